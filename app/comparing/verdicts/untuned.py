"""What a comparison of tuned settings would be without tuning: both at one rate, rate by rate."""

from collections.abc import Mapping, Sequence

from app.comparing.kept_predictions import Kept
from app.comparing.samples import At, RunFigures, Sample
from app.comparing.verdicts.judging import How, Judgement
from app.comparing.verdicts.scores import scored
from app.comparing.view import CompareClass, CompareRow
from app.formats import change
from trainer.config_fields import flatten


def at_one_rate(
    row: CompareRow,
    base: CompareRow,
    unfolded: Sequence[Sample],
    figures: Mapping[int, RunFigures],
    classes: Sequence[CompareClass],
    at: At,
    kept: Kept,
    column: int,
) -> str:
    """Such as "0.02: +6.1 (+2.0 to +10.2); 0.1: ...", each interval for itself; "" without a shared rate."""
    assert row.tuning is not None, "a tuned row"
    assert base.tuning is not None, "rows are tuned together"
    path, told = row.tuning.path, []
    for tried in row.tuning.tried:
        pair = [_at_value(one, unfolded, path, tried.value) for one in (row, base)]
        group = [sample for sample in pair if sample is not None]
        if len(group) < 2:
            continue
        judged = Judgement(scored(group, figures, classes, at, kept), 1, column, How("welch", "none"))
        if len(judged.scored.rows) < 2 or (delta := judged.delta(0, 1, column)) is None:
            continue
        ends = f" ({change(delta.low)} to {change(delta.high)})" if delta.low is not None else ""
        told.append(f"{tried.value:g}: {change(delta.mean)}{ends}")
    return "; ".join(told)


def _at_value(row: CompareRow, unfolded: Sequence[Sample], path: str, value: float) -> Sample | None:
    """The setting of this row that was trained with this value."""
    ids = set(row.run_ids)
    return next(
        (
            one
            for one in unfolded
            if flatten(one.config)[path] == value and any(run.id in ids for run in one.runs)
        ),
        None,
    )
