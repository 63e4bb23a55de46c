"""A matrix of task transfers as a job would leave it: fifteen tasks, three seeds, figures made up."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from app.comparing.parts import Spread
from app.task_transfers.readings import best_first
from app.task_transfers.view import (
    Answers,
    Claim,
    Contradicting,
    Control,
    Expectation,
    Levels,
    PolicyEdge,
    Scratch,
    Share,
    TaskLine,
    TaskPolicyView,
    TaskTransferView,
    Transfer,
)
from trainer.data.scenes import draw_scenes
from trainer.transfer.between_tasks.store import ALONE, SAMPLES, Outcome, Slot, TransferStore, Way
from trainer.transfer.tasks import CONTROLS, TASKS, Examples, Task

SIZES = (100, 300, 1000)
_STRENGTH = {"low": -0.05, "middle": 0.1, "high": 0.03, "self-supervised": 0.0}


def examples_of(task: Task, *_: Any) -> Examples:
    """The first images, drawn on the spot."""
    return task.make(draw_scenes("test", 1), np.random.default_rng(0))


def share(mean: float, seeds: int = 3) -> Share:
    mean = round(min(0.97, max(0.03, mean)), 4)
    return Share(mean=mean, low=mean - 0.03, high=mean + 0.03) if seeds > 1 else Share(mean=mean)


def spread(mean: float, seeds: int = 3) -> Spread:
    return Spread(mean=round(mean, 4), sd=0.01 * abs(mean) if seeds > 1 else None)


def task_line(task: Task, is_source: bool, seeds: int) -> TaskLine:
    chance, ceiling = (0.25, 1.0) if task.measure.unit == "share" else (2.0, 0.0)
    return TaskLine(
        name=task.name,
        title=task.title,
        short=task.short,
        about=task.about,
        level=task.level,
        kind=task.kind,
        is_source=is_source,
        is_target=True,
        needs_labels=task.needs_labels,
        measure=task.measure.name,
        unit=task.measure.unit,
        better=task.measure.better,
        chance=chance,
        ceiling=task.ceiling,
        ceiling_why=task.ceiling_why,
        own=spread(chance + 0.85 * (ceiling - chance), seeds),
    )


def view(
    seeds: Sequence[int] = (0, 1, 2),
    new: Sequence[str] = ("double",),
    state: str = "completed",
    **changes: Any,
) -> TaskTransferView:
    """The job whole; `new` are targets that are no sources."""
    tasks = tuple(task_line(task, task.name not in new, len(seeds)) for task in TASKS)
    sources = [task.name for task in tasks if task.is_source]
    transfers = tuple(_transfers(tasks, sources, len(seeds)))
    made = TaskTransferView(
        id=1,
        name="15 tasks, 3 seeds",
        state=state,
        sources=len(sources),
        targets=len(tasks),
        seeds=tuple(seeds),
        sizes=SIZES,
        pieces=330,
        done=330,
        created_at="2026-11-30T12:00:00Z",
        notes="",
        order=2,
        finetune=False,
        width=16,
        epochs=20,
        tasks=tasks,
        transfers=transfers,
        scratch=tuple(
            Scratch(target=task.name, images=images, measure=spread(_measure(task, 0.3), len(seeds)))
            for task in tasks
            for images in SIZES
        ),
        order_of_sources=(*reversed(sources), *CONTROLS),
        order_of_targets=tuple(reversed([task.name for task in tasks])),
        answers=answers(sources, new),
        eta_seconds=None,
        waits_for="",
        error=None,
        warnings=(),
    )
    return made.model_copy(update=changes)


def _transfers(tasks: Sequence[TaskLine], sources: Sequence[str], seeds: int) -> list[Transfer]:
    random = np.random.default_rng(7)
    level = {task.name: task.level for task in tasks}
    found = []
    for images_at, images in enumerate(SIZES):
        for task in tasks:
            strengths = [
                -0.15 if source in CONTROLS
                else _STRENGTH[level[source]] + 0.1 * (level[source] == task.level)
                + 0.15 * (source == task.name)
                for source in (*sources, *CONTROLS)
            ]  # fmt: skip
            gains = (
                0.58 + np.array(strengths) - 0.06 * images_at + 0.04 * random.standard_normal(len(strengths))
            )
            weights = np.exp(6 * gains)
            for source, gain, weight in zip(
                (*sources, *CONTROLS), gains, weights / weights.sum(), strict=True
            ):
                found.append(_transfer((source,), task, images, float(gain), float(weight), seeds))
    top = {task.name: sources[:2] for task in tasks}
    return found + [_transfer(tuple(top[task.name]), task, 1000, 0.66, None, seeds) for task in tasks]


def fine_tuned(of: TaskTransferView) -> TaskTransferView:
    """The same with every task trained on as a whole besides, on the most images: 2 points more gain."""
    more = [
        one.model_copy(update={"way": "finetune", "gain": share((one.gain.mean or 0) + 0.02, len(of.seeds))})
        for one in of.transfers
        if len(one.sources) == 1 and one.images == SIZES[-1] and one.sources[0] not in CONTROLS
    ]
    return of.model_copy(update={"finetune": True, "transfers": (*of.transfers, *more)})


def _transfer(
    sources: tuple[str, ...], task: TaskLine, images: int, gain: float, affinity: float | None, seeds: int
) -> Transfer:
    return Transfer(
        sources=sources,
        target=task.name,
        images=images,
        way="frozen",
        gain=share(gain, seeds),
        quality=share(gain - 0.3, seeds),
        wins=share(gain - 0.1, seeds),
        affinity=affinity,
        measure=spread(_measure(task, gain), seeds),
    )


def _measure(task: TaskLine, way: float) -> float:
    assert task.chance is not None
    assert task.own.mean is not None
    return task.chance + way * (task.own.mean - task.chance)


def answers(sources: Sequence[str], new: Sequence[str]) -> Answers:
    return Answers(
        strongest="Strongest: distance → normals, both middle: 71.2 % of test images gain (68.0 to 74.4).",
        weakest="Weakest: hue → shape, low for high: 38.0 % of test images gain (35.1 to 40.9).",
        claims=(
            Claim(
                claim="From depth to normals transfers well.",
                source="distance",
                target="normals",
                verdict="holds",
                text="distance is the 1st of 14 sources for normals; it beats scratch on 71.2 % of images.",
            ),
            Claim(
                claim="From the class of an object to depth transfers badly.",
                source="shape",
                target="distance",
                verdict="cannot tell",
                text="shape is the 9th of 14 sources for distance; the interval holds the middle.",
            ),
        ),
        levels=Levels(
            statistic=0.06,
            p=0.012,
            labelings=10_000,
            verdict="holds",
            text="Sources of the target's level win on 6.0 points more of the images, p = 0.012.",
            contradictions=(
                Contradicting(
                    source="segmentation",
                    target="edges",
                    wins=0.68,
                    text="segmentation (middle) is better for edges (low) than every low source.",
                ),
            ),
        ),
        expectations=tuple(
            Expectation(
                target=name,
                is_new=name in new,
                expected="segmentation",
                measured="distance",
                rank=3,
                of=14,
                text="The expected source is the 3rd of 14.",
            )
            for name in (*sources, *new)
        ),
        controls=tuple(
            Control(
                target=name, best="segmentation", wins=share(0.8 if at else 0.5), is_better=bool(at) or None
            )
            for at, name in enumerate((*sources, *new))
        ),
    )


def policy(
    of: TaskTransferView, budget: float = 4.0, importance: Mapping[str, float] | None = None
) -> TaskPolicyView:
    """By hand: a source of each kind, own networks, two side by side, and a control."""
    labelled = ("distance", "segmentation", "shape", "edges")
    targets = [task.name for task in of.tasks if task.is_target]

    def edge(target: str, at: int) -> PolicyEdge:
        gain = share(0.5 + 0.03 * at)
        if target in labelled:
            return PolicyEdge(target=target, sources=(target,), way="own", affinity=0.2, gain=share(0.9))
        if target == "hue":
            return PolicyEdge(target=target, sources=(), way="random", affinity=0.1, gain=share(0.46))
        if target == "ramp":
            return PolicyEdge(target=target, sources=(), way="scratch", affinity=0.1, gain=Share(mean=0.5))
        sources: tuple[str, ...] = (
            ("distance", "shape") if target in ("double", "scribbles") else ("segmentation",)
        )
        sources = ("turns",) if target in ("orientation", "turns") else sources
        return PolicyEdge(target=target, sources=sources, way="transfer", affinity=0.15, gain=gain)

    return TaskPolicyView(
        budget=budget,
        importance=dict.fromkeys(targets, 1.0) | dict(importance or {}),
        edges=tuple(edge(target, at) for at, target in enumerate(targets)),
        labelled=labelled,
        free=("turns",),
        cost=4.0,
        worth=2.31,
        text="Label distance, segmentation, shape and edges: 4 of 4 spent. 13 of 15 targets beat scratch.",
    )


def predictions(task: Task, noise: float = 0.1) -> Any:
    """Near the truth of the first images, as a network would have them."""
    examples = examples_of(task)
    random = np.random.default_rng(1)
    if task.kind == "classes":
        logits = np.eye(len(task.outputs))[np.asarray(examples.targets[:SAMPLES])]
        return (logits + noise * random.standard_normal(logits.shape)).astype(np.float16)
    truth = np.asarray(examples.targets[:SAMPLES], np.float32)
    return (truth + noise * truth.std() * random.standard_normal(truth.shape)).astype(np.float16)


def keep_samples(folder: Path, of: TaskTransferView, targets: Sequence[str] | None = None) -> None:
    """What the first seed left of these targets, all by default."""
    store = TransferStore(folder)
    for task in TASKS:
        if targets is not None and task.name not in targets:
            continue
        store.keep_shown(task.name, examples_of(task))
        found = [one.sources[0] for one in best_first(of, task.name, SIZES[-1])]
        kept: list[tuple[Way, int, str, float]] = [
            ("full", 0, ALONE, 0.1), ("frozen", SIZES[-1], found[0], 0.3),
            ("frozen", SIZES[-1], found[-1], 0.9), ("scratch", SIZES[-1], ALONE, 0.6),
        ]  # fmt: skip
        for way, images, key, noise in kept:
            slot = Slot(task.name, way, images, of.seeds[0], of.width, of.epochs)
            store.keep(slot, key, outcome(predictions(task, noise)))


def outcome(samples: Any) -> Outcome:
    few = np.zeros(3, np.float32)
    return Outcome(validation=few, test=few, quality=0.5, samples=samples, seconds=1.0)
