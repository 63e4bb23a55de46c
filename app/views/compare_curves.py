"""Fills the curves of compared settings: one metric by epoch, step and time, mean and sd over seeds."""

from collections.abc import Sequence
from typing import Any

from sqlalchemy.orm import Session

from app.store import series
from app.store.tables import Run
from app.views.compare import Curve, Curves
from app.views.compare_views import baseline_of, checked_samples, refused
from app.views.samples import Sample
from app.views.series import EpochRow
from app.views.spread import mean_sd

CURVE_METRICS = tuple(name for name in EpochRow.model_fields if name not in ("epoch", "time", "diverged"))
"""Every figure of an epoch that can be drawn."""


_Step = tuple[float, float | None]
"""A run after one epoch: its training time so far, and the figure."""


def curves(
    session: Session, run_ids: Sequence[int], metric: str = "test_accuracy", baseline: str | None = None
) -> Curves:
    """`metric` of each setting by epoch, over those of its runs that reached the epoch (one a pair of seeds).

    metric: a field of EpochRow; "accuracy" is short for "test_accuracy". baseline: as in `comparison`. Raises
    NotFoundError for an unknown run, InvalidError for another metric or baseline and for too many runs.
    """
    field = metric if metric in CURVE_METRICS else f"test_{metric}"
    if field not in CURVE_METRICS:
        raise refused(
            "metric", f"{metric!r} is not a figure of an epoch; there are {', '.join(CURVE_METRICS)}"
        )
    chosen = checked_samples(session, run_ids)
    base = baseline_of(chosen, baseline)
    steps = _steps(session, chosen, field)
    return Curves(
        metric=field,
        curves=tuple(_curve(sample, steps) for sample in chosen),
        baseline=base.label if base else None,
    )


def _steps(session: Session, chosen: Sequence[Sample], field: str) -> dict[int, dict[int, _Step]]:
    """By run, then epoch; in one query."""
    ids = [run.id for sample in chosen for run in sample.distinct]
    found: dict[int, dict[int, _Step]] = {run_id: {} for run_id in ids}
    spent = dict.fromkeys(ids, 0.0)
    for run_id, epoch, seconds, value in series.figures_of_runs(session, ids, ("seconds", field)):
        spent[run_id] += seconds
        found[run_id][epoch] = (spent[run_id], value)
    return found


def _curve(sample: Sample, steps: dict[int, dict[int, _Step]]) -> Curve:
    """Validated whole, which takes half the time of validating point by point."""
    first, runs = sample.runs[0], [steps[run.id] for run in sample.distinct]
    bests = {run.best["epoch"] for run in sample.distinct if run.best}
    per_epoch = _steps_per_epoch(sample.distinct)
    by_epoch: dict[int, list[_Step]] = {}
    for run in runs:
        for epoch, step in run.items():
            by_epoch.setdefault(epoch, []).append(step)
    points = [_point(epoch, by_epoch[epoch], epoch * per_epoch, epoch in bests) for epoch in sorted(by_epoch)]
    whole = {"label": sample.label, "setting_hash": first.setting_hash, "config": first.config}
    return Curve.model_validate(whole | {"points": points})


def _point(epoch: int, there: Sequence[_Step], step: float, best: bool) -> dict[str, Any]:
    values = [value for _, value in there if value is not None]
    mean, sd = mean_sd(values)
    seconds = sum([seconds for seconds, _ in there]) / len(there)
    return {"epoch": epoch, "step": step, "seconds": seconds, "mean": mean, "sd": sd, "n": len(values),
            "best": best}  # fmt: skip


def _steps_per_epoch(runs: Sequence[Run]) -> float:
    """Mean over the runs that have started; their subsets may differ by a batch."""
    known = [run.started["steps_per_epoch"] for run in runs if run.started]
    return sum(known) / len(known) if known else 0.0
