"""Views that figures of compared settings are drawn from, beside the comparison: curves, confusions."""

from dataclasses import dataclass
from typing import Any, NamedTuple

from app.views.base import View
from trainer.metrics.fields import Figure


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


class ConfusionDifference(View):
    """Row-normalised confusion of A minus that of B (means over their runs), and both sides' leakage.

    matrix[true][predicted] is a difference of fractions; leakage is the share of tail images taken for head
    classes.
    """

    a: str
    b: str
    names: tuple[str, ...]
    train_counts: tuple[int, ...]
    matrix: tuple[tuple[Figure, ...], ...]
    leakage_a: Figure
    leakage_b: Figure
