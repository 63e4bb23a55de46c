"""Parts of a comparison: a mean with its spread, an interval, how a rate was tuned, effects of a 2 x 2."""

import math
from collections.abc import Iterable, Sequence

from app.views.base import View
from trainer.metrics.fields import Figure


class Spread(View):
    """Mean and sample standard deviation over the n runs of a row, and the 95 % interval of the mean.

    sd is null at n = 1, as is the interval; it covers seeds and, where predictions are kept, test images.
    """

    mean: Figure
    sd: Figure
    low: Figure = None
    high: Figure = None

    @classmethod
    def of(cls, values: Iterable[float | None]) -> "Spread":
        """Of the values that there are."""
        mean, sd = mean_sd([value for value in values if value is not None])
        return cls(mean=mean, sd=sd)


def mean_sd(values: Sequence[float]) -> tuple[float | None, float | None]:
    """(mean, sample standard deviation); the second is None below two values, both at none."""
    n = len(values)
    if n < 2:
        return (values[0] if values else None), None
    mean = math.fsum(values) / n
    return mean, math.sqrt(math.fsum([(value - mean) ** 2 for value in values]) / (n - 1))


class Interval(View):
    """Ends of an interval and the two-sided p of no difference, both of one test."""

    low: Figure
    high: Figure
    p: Figure


class Parting(View):
    """Why a verdict stands beside an interval that does not agree with it: the p that decides, in words."""

    p: Figure
    why: str


class TriedValue(View):
    """A value of a tuned field: what the setting reached with it, on validation and on test."""

    value: float
    n: int
    validation: Figure
    test: Figure
    chosen: bool


class Tuning(View):
    """How a row's rate was chosen: on validation, for each seed by the other seeds.

    `chosen` is the value that all seeds together choose; `seeds` the value by which each run was reported.
    """

    path: str
    tried: tuple[TriedValue, ...]
    chosen: float
    seeds: tuple[float, ...]
    at_edge: bool
    held_out: bool
    """Whether each seed's value was chosen without that seed."""


class Effect(View):
    """A contrast of the 2 x 2: estimate and 95 % interval in the metric's unit, adjusted as a difference."""

    mean: Figure
    low: Figure
    high: Figure
    adjusted: Interval | None


class TwoByTwo(View):
    """(unweighted, weighted) x (full rate, rate times E[w]): what the weights do and what the rate does.

    total = weights + rate is (weighted, scaled) minus (unweighted, full): the loss as published against the
    one without weights. `share` of the rate only where the total's adjusted interval leaves 0 out.
    """

    metric: str
    unweighted_full: str
    unweighted_scaled: str
    weighted_full: str
    weighted_scaled: str
    """Labels of the four rows."""
    mean_weight: float
    only_weights: bool
    """Whether loss and gamma are the same on both sides, so that weights alone differ."""
    total: Effect
    weights: Effect
    rate: Effect
    interaction: Effect
    share: Figure
