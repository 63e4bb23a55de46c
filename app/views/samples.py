"""Runs grouped by setting: a configuration without its seeds, whose runs are a sample.

Which runs of a sample count: one for each pair of seeds, the completed and furthest one, so that a repeated
experiment is no second seed; and only completed ones once there are any, so that a mean never mixes a third
epoch with a tenth.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Literal

from sqlalchemy.orm import Session

from app.lifecycle import State
from app.store import runs as run_store
from app.store import series
from app.store.tables import Run
from app.views.setting_labels import setting_labels

At = Literal["last", "best"]
Seeds = tuple[int, int | None]
METRICS = ("accuracy", "balanced_accuracy", "geometric_mean", "macro_f1", "worst_class", "head", "medium",
           "tail", "many_shot", "medium_shot", "few_shot", "loss")  # fmt: skip
"""Test figures of an epoch, without their "test_"."""


@dataclass(frozen=True)
class Sample:
    """The runs of one setting, in the order they were asked for, under its label."""

    label: str
    runs: tuple[Run, ...]

    @cached_property
    def distinct(self) -> tuple[Run, ...]:
        """One run for each pair of seeds: completed before others, then the furthest, then the newest."""
        best: dict[Seeds, Run] = {}
        for run in self.runs:
            held = best.setdefault(seeds_of(run), run)
            if _rank(run) > _rank(held):
                best[seeds_of(run)] = run
        return tuple(best.values())

    @cached_property
    def counted(self) -> tuple[Run, ...]:
        """The runs that the row's figures are of: the completed ones, or all while none is completed."""
        completed = tuple(run for run in self.distinct if run.state == State.COMPLETED)
        return completed or self.distinct


@dataclass(frozen=True)
class RunFigures:
    """A run's test figures after `epoch`: by metric, and recall by class name. None where there is none."""

    epoch: int
    metrics: dict[str, float | None]
    recall: dict[str, float | None]


def samples(session: Session, run_ids: Sequence[int]) -> tuple[Sample, ...]:
    """The runs by setting, settings in the order of their first run. Raises NotFoundError."""
    runs = run_store.get_runs(session, tuple(dict.fromkeys(run_ids)))
    by_setting: dict[str, list[Run]] = {}
    for run in runs:
        by_setting.setdefault(run.setting_hash, []).append(run)
    labels = setting_labels([group[0].config for group in by_setting.values()])
    return tuple(
        Sample(label, tuple(group)) for label, group in zip(labels, by_setting.values(), strict=True)
    )


def figures_of(session: Session, chosen: Sequence[Sample], at: At) -> dict[int, RunFigures]:
    """By run id, the figures of every run that counts and has finished an epoch; in two queries."""
    runs = {run.id: run for sample in chosen for run in sample.counted}
    wanted: list[series.At] = [(run.id, epoch) for run in runs.values() if (epoch := epoch_of(run, at))]
    recalls: dict[int, dict[str, float | None]] = {run_id: {} for run_id, _ in wanted}
    for run_id, class_id, support, correct in series.class_hits(session, wanted):
        names = (runs[run_id].started or {})["class_names"]
        recalls[run_id][names[class_id]] = correct / support if support else None
    columns = tuple(f"test_{name}" for name in METRICS)
    return {
        run_id: RunFigures(epoch, dict(zip(METRICS, values, strict=True)), recalls[run_id])
        for run_id, epoch, *values in series.figures_at(session, wanted, columns)
    }


def epoch_of(run: Run, at: At) -> int | None:
    """The run's last finished epoch, or its best by its own rule; None before the first."""
    if at == "best":
        return run.best["epoch"] if run.best else None
    return run.epoch or None


def seeds_of(run: Run) -> Seeds:
    """What two runs of other settings share when they are a pair: training seed and subset seed."""
    return run.config["seed"], run.config["data"]["subset_seed"]


def _rank(run: Run) -> tuple[bool, int, int]:
    return run.state == State.COMPLETED, run.epoch, run.id
