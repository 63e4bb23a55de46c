"""The loss, or the learning rate: rows that are (unweighted, weighted) x (full, E[w]), and their effects.

A class-balanced loss under batch_mean multiplies the gradient by E[w], the mean weight of a training image.
With the loss without weights at E[w] times its size, and the weighted one at mean weight 1, the two are
told apart: total = effect of the weights + effect of the rate.
"""

import math
from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, NamedTuple

from app.comparing.parts import ALPHA, TAIL, Effect, Interval, TwoByTwo
from app.comparing.view import SettingRow
from app.views.rates import is_scaled_throughout, rates_differ
from app.views.setting_labels import fields_beside_loss, setting_fields
from trainer.config_fields import flatten
from trainer.config_meaning import BESIDE_WEIGHTS

if TYPE_CHECKING:
    from app.comparing.verdicts.judging import Judgement

_CLOSE = 0.01
"""A control may be typed with its rate rounded."""
_SIZE = ("optim.learning_rate", "optim.weight_decay")
_COEFFICIENTS = {
    "total": (-1.0, 0.0, 0.0, 1.0),
    "weights": (-0.5, -0.5, 0.5, 0.5),
    "rate": (-0.5, 0.5, -0.5, 0.5),
    "interaction": (1.0, -1.0, -1.0, 1.0),
}
"""Of (unweighted full, unweighted scaled, weighted full, weighted scaled). interaction: how much more the
rate does to the weighted loss than to the other."""


class Square(NamedTuple):
    """The four rows by label, and E[w]."""

    unweighted_full: str
    unweighted_scaled: str
    weighted_full: str
    weighted_scaled: str
    mean_weight: float
    only_weights: bool


def squares(rows: Sequence[SettingRow]) -> Iterator[Square]:
    """Every complete square among these rows, those with one loss and gamma on both sides first."""
    found = [square for row in rows if _is_published_scale(row) for square in _of(row, rows)]
    yield from sorted(found, key=lambda one: not one.only_weights)


def two_by_two(judged: "Judgement", rows: Sequence[SettingRow]) -> tuple[TwoByTwo, ...]:
    """The effects in the headline column of the first square and, where there is one, of the tail."""
    labels = {sample.label: at for at, sample in enumerate(judged.scored.samples)}
    square = next(
        (one for one in squares([row for row in rows if row.label in labels and row.adjusted is None])), None
    )
    if square is None:
        return ()
    places = [labels[label] for label in square[:4]]
    columns = [one for one in dict.fromkeys((judged.headline, TAIL)) if judged.place(one) is not None]
    tests, names = len(_COEFFICIENTS) * len(columns), judged.scored.columns.names
    found = [(names[column], _effects(judged, places, column, tests)) for column in columns]
    return tuple(_view(square, metric, effects) for metric, effects in found if effects is not None)


def _view(square: Square, metric: str, effects: Mapping[str, Effect]) -> TwoByTwo:
    total, rate = effects["total"], effects["rate"]
    ends = total.adjusted
    sure = ends is not None and ends.low is not None and ends.high is not None and ends.low * ends.high > 0
    share = rate.mean / total.mean if sure and rate.mean is not None and total.mean else None
    return TwoByTwo(metric=metric, share=share, **square._asdict(), **effects)


def _effects(judged: "Judgement", places: Sequence[int], column: int, tests: int) -> dict[str, Effect] | None:
    """By name, cut to what they can be of shares; None where a row has no figure in this column."""
    import numpy as np

    from app.comparing.statistics.contrasts import contrast
    from app.comparing.statistics.table import narrowed

    rows, columns = narrowed(judged.scored.rows, judged.scored.columns, [column])
    found: dict[str, Effect] = {}
    for name, four in _COEFFICIENTS.items():
        coefficients = np.zeros(len(rows))
        coefficients[places] = four
        one = contrast(rows, columns, coefficients)
        if math.isnan(float(one.mean[0])):
            return None
        alpha = judged.part_alpha("effects", tests)
        most = math.fsum(map(abs, four)) / 2
        low, high = (float(np.clip(end[0], -most, most)) for end in one.interval(ALPHA))
        ends = [float(np.clip(end[0], -most, most)) for end in one.interval(alpha)]
        p = float(one.p()[0]) * judged.factor("effects", tests)
        adjusted = None if math.isnan(p) else Interval(low=ends[0], high=ends[1], p=min(1.0, p))
        found[name] = Effect(mean=float(one.mean[0]), low=low, high=high, adjusted=adjusted)
    return found


def _of(row: SettingRow, rows: Sequence[SettingRow]) -> Iterator[Square]:
    assert row.mean_weight is not None, "a row of the published scale has started"
    scale = ("loss.reduction",)
    plain, beside = flatten(row.config), fields_beside_loss(row.config)
    ours = setting_fields(row.config, scale)
    mean_one = [one for one in rows if one.config and one.config["loss"].get("reduction") == "mean_one"]
    full = [one for one in mean_one if setting_fields(one.config, scale) == ours]
    for other in rows if full else ():
        if not _is_unweighted(other) or fields_beside_loss(other.config) != beside:
            continue
        small = next((one for one in rows if is_scaled(one, other, row.mean_weight)), None)
        if small is not None:
            same = all(flatten(other.config).get(path) == plain.get(path) for path in BESIDE_WEIGHTS)
            yield Square(other.label, small.label, full[0].label, row.label, row.mean_weight, same)


def _is_published_scale(row: SettingRow) -> bool:
    return row.kind == "setting" and row.mean_weight is not None and is_scaled_throughout(row.config)


def _is_unweighted(row: SettingRow) -> bool:
    return bool(row.config) and row.config["loss"]["weighting"] == "none"


def is_scaled(row: SettingRow, plain: SettingRow, mean_weight: float) -> bool:
    """Whether `row` is `plain` with its loss multiplied: rate times E, decay divided by E."""
    alike = setting_fields(row.config, _SIZE) == setting_fields(plain.config, _SIZE)
    return alike and _is_unweighted(row) and _is_multiplied(row, plain, mean_weight)


def with_controls(rows: Sequence[SettingRow]) -> list[SettingRow]:
    """The rows, those that are a control knowing the weighted row at whose effective rate they train.

    Such a row has no weights, differs from the weighted one in its loss alone, and is multiplied by its E.
    """
    plain = [row for row in rows if row.adjusted is None]
    shifted = [row for row in plain if _is_published_scale(row) and rates_differ(row.mean_weight or 1.0, 1.0)]
    controlled = [(row, _controlled(row, shifted) if row in plain else "") for row in rows]
    return [row.model_copy(update={"control_of": label}) if label else row for row, label in controlled]


def _controlled(row: SettingRow, shifted: Sequence[SettingRow]) -> str:
    if not shifted or row.tuning or not _is_unweighted(row):
        return ""
    rest = fields_beside_loss(row.config, _SIZE)
    alike = [one for one in shifted if fields_beside_loss(one.config, _SIZE) == rest]
    return next((one.label for one in alike if _is_multiplied(row, one, one.mean_weight or 1.0)), "")


def _is_multiplied(row: SettingRow, other: SettingRow, mean_weight: float) -> bool:
    """Whether the rate is E times the other's, the decay the other's divided by E."""
    (rate, decay), (full, plain) = ([flatten(one.config)[path] for path in _SIZE] for one in (row, other))
    same_rate = math.isclose(rate, full * mean_weight, rel_tol=_CLOSE)
    return same_rate and math.isclose(decay, plain / mean_weight, rel_tol=_CLOSE, abs_tol=1e-15)
