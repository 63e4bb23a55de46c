"""Rows of the page's tables: how targets are served, what was expected, controls, own networks."""

from dataclasses import dataclass

from app.formats import DASH
from app.task_transfers.readings import best_first, measured, sets_of, share_text, title_of, unit_of
from app.task_transfers.view import Expectation, TaskLine, TaskPolicyView, TaskTransferView, Transfer

BEST_SETS = 3
_WAYS = {
    "own": "its own network, labelled on the large split",
    "scratch": "a network from scratch on its few images",
    "random": "a readout of a random encoder",
    "pixels": "a readout of raw pixels",
}


@dataclass(frozen=True)
class Served:
    """A target of a policy: by what, with which gain."""

    target: str
    by: str
    gain: str
    affinity: float


@dataclass(frozen=True)
class ControlRow:
    """Whether a target's best source beats a random encoder, with the verdict in words."""

    target: str
    level: str
    best: str
    wins: str
    verdict: str


@dataclass(frozen=True)
class SetRow:
    """One source, or several side by side."""

    sources: tuple[str, ...]
    gain: str
    quality: str

    @property
    def by(self) -> str:
        """As the page calls them."""
        return " + ".join(map(title_of, self.sources))


@dataclass(frozen=True)
class SideBySide:
    """Of a target: its best single source, and the best sets; both in `rows`, the single one first."""

    target: str
    rows: tuple[SetRow, ...]


@dataclass(frozen=True)
class NetworkRow:
    """A task's own network beside chance and ceiling, all in its unit."""

    task: TaskLine
    unit: str
    chance: str
    own: str
    sd: str
    ceiling: str
    role: str


def served(policy: TaskPolicyView) -> tuple[Served, ...]:
    """Every edge of a policy in words."""
    return tuple(
        Served(
            edge.target,
            _WAYS.get(edge.way) or f"a readout of {' and '.join(map(title_of, edge.sources))}",
            share_text(edge.gain),
            edge.affinity,
        )
        for edge in policy.edges
    )


def expectations(view: TaskTransferView) -> tuple[Expectation, ...]:
    """New targets first: of those nobody has a network."""
    found = view.answers.expectations if view.answers else ()
    return tuple(sorted(found, key=lambda one: not one.is_new))


def controls(view: TaskTransferView) -> tuple[ControlRow, ...]:
    """In the order of the tasks' levels."""
    levels = {task.name: task.level for task in view.tasks}
    words = {True: "better", False: "not better", None: "cannot tell"}
    return tuple(
        ControlRow(one.target, levels[one.target], one.best, share_text(one.wins), words[one.is_better])
        for one in (view.answers.controls if view.answers else ())
    )


def side_by_side(view: TaskTransferView) -> tuple[SideBySide, ...]:
    """Of targets for which sets are measured, by the most images: the `BEST_SETS` sets of highest gain."""
    found = []
    for target in view.order_of_targets:
        sets = sets_of(view, target)[:BEST_SETS]
        if sets:
            several = (*best_first(view, target, max(view.sizes))[:1], *sets)
            found.append(SideBySide(target, tuple(map(_set_row, several))))
    return tuple(found)


def _set_row(one: Transfer) -> SetRow:
    return SetRow(one.sources, share_text(one.gain), share_text(one.quality))


def networks(view: TaskTransferView) -> tuple[NetworkRow, ...]:
    """Every task of the job."""
    return tuple(
        NetworkRow(
            task,
            unit_of(task),
            measured(task, task.chance),
            measured(task, task.own.mean),
            "" if task.own.sd is None else measured(task, task.own.sd),
            DASH if task.ceiling is None else measured(task, task.ceiling),
            _role(task),
        )
        for task in view.tasks
    )


def _role(task: TaskLine) -> str:
    if task.is_source and task.is_target:
        return "source and target"
    return "source" if task.is_source else "new target"
