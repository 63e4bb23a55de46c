"""Which tasks to label under a budget, so that all targets are served best, and how sentences say it."""

import math
from collections.abc import Mapping, Sequence
from functools import lru_cache

from app.errors import InvalidError
from app.formats import counted
from app.task_transfers.options import Option
from app.task_transfers.view import PolicyEdge, TaskPolicyView
from app.task_transfers.words import called
from trainer.errors import FieldProblem
from trainer.transfer.policy import Candidate, Policy, best_policy
from trainer.transfer.tasks import TASKS

MOST_IMPORTANT = 1000.0
_Options = tuple[tuple[str, tuple[Option, ...]], ...]


def policy_view(
    options: Mapping[str, Sequence[Option]], importance: Mapping[str, float], budget: float
) -> TaskPolicyView:
    """By target what could serve it. A task that people must label costs 1, another nothing."""
    found = _solved(
        tuple((target, tuple(options[target])) for target in importance), tuple(importance.items()), budget
    )
    edges = tuple(_edge(edge, options[edge.target]) for edge in found.edges)
    labelled = tuple(name for name in found.sources if cost_of(name))
    free = tuple(name for name in found.sources if not cost_of(name))
    return TaskPolicyView(
        budget=budget,
        importance=dict(importance),
        edges=edges,
        labelled=labelled,
        free=free,
        cost=found.cost,
        worth=found.worth,
        text=_text(budget, labelled, free, edges, found.worth),
    )


def cost_of(name: str) -> float:
    """Of having the task's network: 1 where people must label its images."""
    task = TASKS.get(name)
    return float(task is None or task.needs_labels)


def importance_of(text: str, targets: Sequence[str]) -> dict[str, float]:
    """ "shape:2,edges:0" as figures of every target, 1 where none is given. Raises InvalidError."""
    found, problems = dict.fromkeys(targets, 1.0), []
    for part in filter(None, (one.strip() for one in text.split(","))):
        name, _, said = (piece.strip() for piece in part.partition(":"))
        value = _number(said)
        if name not in found:
            problems.append(f"{name} is no target here: there are {', '.join(targets)}")
        elif value is None:
            problems.append(f"of {name} must be a number from 0 to {MOST_IMPORTANT:g}, such as {name}:2")
        else:
            found[name] = value
    if problems:
        raise InvalidError(
            "The policy was refused: importance.",
            fields=[FieldProblem("importance", one) for one in problems],
        )
    return found


def _number(text: str) -> float | None:
    try:
        value = float(text)
    except ValueError:
        return None
    return value if math.isfinite(value) and 0 <= value <= MOST_IMPORTANT else None


@lru_cache(maxsize=256)
def _solved(options: _Options, importance: tuple[tuple[str, float], ...], budget: float) -> Policy:
    candidates = [
        Candidate(target, option.sources, option.affinity) for target, those in options for option in those
    ]
    costs = {name: cost_of(name) for candidate in candidates for name in candidate.sources}
    return best_policy(candidates, dict(importance), budget, costs)


def _edge(edge: Candidate, options: Sequence[Option]) -> PolicyEdge:
    option = next(one for one in options if one.sources == edge.sources)
    return PolicyEdge(
        target=edge.target,
        sources=edge.sources,
        way=option.way,
        affinity=edge.affinity,
        gain=option.gain,
    )


def _text(
    budget: float,
    labelled: Sequence[str],
    free: Sequence[str],
    edges: Sequence[PolicyEdge],
    worth: float,
) -> str:
    """What to label, what then serves how many targets, and what that is worth."""
    named = _and([called(name) for name in labelled])
    what = f"Label {named}" if labelled else "Label nothing"
    besides = (
        f"; train {_and([called(name) for name in free])} besides, which no one must label" if free else ""
    )
    count = {way: sum(edge.way == way for edge in edges) for way in ("transfer", "own")}
    rest = len(edges) - sum(count.values())
    parts = [
        said
        for number, said in (
            (count["transfer"], f"{count['transfer']} by networks of other tasks"),
            (count["own"], f"{count['own']} by their own"),
            (rest, f"{rest} by what needs no source"),
        )
        if number
    ]
    return (
        f"{what}{besides}. At a budget of {budget:g} this serves {counted(len(edges), 'target')}: "
        f"{_and(parts)}. It is worth {worth:.2f}: affinity times importance, summed over targets, "
        "by validation images."
    )


def _and(names: Sequence[str]) -> str:
    return " and ".join(filter(None, [", ".join(names[:-1]), *names[-1:]]))
