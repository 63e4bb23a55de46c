"""Fills the curves of compared settings: one metric by epoch, step and time, mean and sd over seeds."""

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from itertools import accumulate, groupby, repeat
from math import isfinite
from operator import itemgetter
from typing import Any, NamedTuple

from sqlalchemy.orm import Session

from app.comparing.baselines import baseline_of, checked_samples, refused
from app.comparing.parts import mean_sd
from app.comparing.samples import Sample
from app.store import series
from app.views.series.view import COSTS
from trainer.metrics.table import EPOCH_METRICS


class CurvePoint(NamedTuple):
    """A metric after one epoch, over the runs of a row that reached it. No figure is infinite or NaN.

    Curves hold thousands of points and stay inside the process, so pydantic does not look at each.
    """

    epoch: int
    step: float
    """Training steps so far."""
    seconds: float
    """Training time so far, mean over the runs."""
    mean: float | None
    sd: float | None
    n: int
    best: bool
    """The best epoch of some run of the row: kept when a curve is thinned."""


@dataclass(frozen=True)
class Curve:
    """A metric of one setting over its epochs."""

    label: str
    setting_hash: str
    config: dict[str, Any]
    points: tuple[CurvePoint, ...]


@dataclass(frozen=True)
class Curves:
    """One metric of every setting."""

    metric: str
    curves: tuple[Curve, ...]
    baseline: str | None


CURVE_METRICS = (*EPOCH_METRICS, *COSTS)
"""Every figure of an epoch that can be drawn."""

_Step = tuple[int, float, float | None]
"""A run after one epoch: the epoch, the training time so far, and the figure."""


def curves(
    session: Session, run_ids: Sequence[int], metric: str = "test_accuracy", baseline: str | None = None
) -> Curves:
    """`metric` of each setting by epoch, over those of its runs that reached the epoch (one a pair of seeds).

    metric: of an epoch, or one of its costs; "accuracy" is short for "test_accuracy". baseline: as in
    `comparison`. Raises NotFoundError for an unknown run, InvalidError for another metric or baseline and for
    too many runs.
    """
    field = metric if metric in CURVE_METRICS else f"test_{metric}"
    if field not in CURVE_METRICS:
        raise refused(
            "metric", f"{metric!r} is not a figure of an epoch; there are {', '.join(CURVE_METRICS)}"
        )
    chosen = checked_samples(session, run_ids)
    base = baseline_of(chosen, baseline)
    steps = _steps(session, chosen, field)
    return Curves(field, tuple(_curve(sample, steps) for sample in chosen), base.label if base else None)


def _steps(session: Session, chosen: Sequence[Sample], field: str) -> dict[int, list[_Step]]:
    """By run, epoch by epoch; in one query."""
    ids = [run.id for sample in chosen for run in sample.distinct]
    found: dict[int, list[_Step]] = {run_id: [] for run_id in ids}
    rows = series.curves_of_runs(session, ids, ("seconds", field))
    for run_id, of_run in groupby(rows, itemgetter(0)):
        _, epochs, seconds, values = zip(*of_run, strict=True)
        found[run_id] = list(zip(epochs, accumulate(seconds), values, strict=True))
    return found


def _curve(sample: Sample, steps: dict[int, list[_Step]]) -> Curve:
    first, bests = sample.runs[0], {run.best["epoch"] for run in sample.distinct if run.best}
    known = [run.started["steps_per_epoch"] for run in sample.distinct if run.started]
    per_epoch = sum(known) / len(known) if known else 0.0  # their subsets may differ by a batch
    runs = [steps[run.id] for run in sample.distinct]
    points = _points_of_one(runs[0], per_epoch, bests) if len(runs) == 1 else _points(runs, per_epoch, bests)
    return Curve(sample.label, first.setting_hash, first.config, tuple(points))


def _points_of_one(run: Sequence[_Step], per_epoch: float, bests: Collection[int]) -> Iterator[CurvePoint]:
    """As `_points`, for a lone run: nothing to average, and fifty settings of one seed are thousands."""
    epochs, spent, values = zip(*run, strict=True) if run else ((), (), ())
    steps = [epoch * per_epoch for epoch in epochs]
    counted = [int(value is not None) for value in values]
    best = [epoch in bests for epoch in epochs]
    columns = (epochs, steps, spent, map(_finite, values), repeat(None, len(run)), counted, best)
    return map(CurvePoint._make, zip(*columns, strict=True))


def _points(
    runs: Sequence[Sequence[_Step]], per_epoch: float, bests: Collection[int]
) -> Iterator[CurvePoint]:
    by_epoch: dict[int, list[_Step]] = {}
    for run in runs:
        for step in run:
            by_epoch.setdefault(step[0], []).append(step)
    for epoch, there in sorted(by_epoch.items()):
        values = [value for _, _, value in there if value is not None]
        mean, sd = mean_sd(values)
        spent = sum([seconds for _, seconds, _ in there]) / len(there)
        yield CurvePoint(
            epoch, epoch * per_epoch, spent, _finite(mean), _finite(sd), len(values), epoch in bests
        )


def _finite(value: float | None) -> float | None:
    return value if value is not None and isfinite(value) else None
