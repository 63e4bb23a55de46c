"""Parts of a comparison: a mean with its spread, an interval, how a rate was tuned, effects of a 2 x 2."""

import math
from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, Literal, NamedTuple

from app.formats import change
from app.lifecycle import State
from app.views.base import View
from app.views.sweeps.view import SweepRow
from trainer.metrics.fields import Figure
from trainer.metrics.table import NAMES

if TYPE_CHECKING:
    from app.comparing.effects.view import LevelDifference
    from app.comparing.view import Answer, Delta


Pairing = Literal["welch", "paired"]
Multiplicity = Literal["holm", "none"]
ALPHA = 0.05
ACCURACY, TAIL = NAMES.index("accuracy"), NAMES.index("tail")
EQUAL = 1e-9
"""Two means that differ by less are equal: their runs were added up in another order."""


class How(NamedTuple):
    """How differences are judged.

    margin: a fraction; None where "same" is no possible verdict. alpha: the error of the page as a whole.
    """

    pairing: Pairing = "welch"
    multiplicity: Multiplicity = "holm"
    margin: float | None = None
    alpha: float = ALPHA


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


def mean_accuracy(row: SweepRow) -> tuple[float | None, float | None, int]:
    """Mean and deviation of the accuracy of a row's completed cells, and how many there are.

    A row whose runs saw different images has neither.
    """
    cells = [cell for cell in row.cells if cell and cell.state == State.COMPLETED]
    done = [cell.accuracy for cell in cells if cell.accuracy is not None]
    return (*mean_sd(() if row.mixed else done), len(done))


def parting(
    verdict: "Answer", ends: Interval | None, same: float, margin: float | None, together: int
) -> Parting | None:
    """What decides where `verdict` is not what `ends` say; None where they agree.

    Verdicts go by Holm's step-down p, or by two one-sided tests; intervals that hold together are
    Bonferroni's and two-sided. Both err as rarely as promised, but a verdict may stand beside an interval
    that holds 0, or that reaches beyond the margin of "the same". No such pair is shown without this.

    same: the p of "the same"; margin: a fraction; together: how many differences `ends` hold together with.
    """
    if ends is None or ends.low is None or ends.high is None:
        return None
    holm, among = "p", ""
    if together > 1:
        holm, among = "Holm's step-down p", f" Bonferroni's for all {together} comparisons at once"
    if verdict in ("better", "worse") and ends.low <= 0 <= ends.high:
        return Parting(p=ends.p, why=f"{holm} decides; the interval is{among} and wider")
    if verdict == "same" and margin is not None and max(-ends.low, ends.high) > margin:
        two = f"{holm} of two one-sided tests decides; the interval is two-sided"
        return Parting(p=same, why=f"{two}{',' if among else ''}{among} and wider")
    return None


def ends_text(delta: "Delta", *, told: bool = False) -> str:
    """ "+1.0 to +3.0, n = 5", with p and the reason where the verdict parts from it; `told`: with p alone."""
    ends = delta.adjusted
    if ends is None or ends.low is None or ends.high is None:
        return f"n = {delta.n}"
    said, found = f"{change(ends.low)} to {change(ends.high)}, n = {delta.n}", delta.parting
    if found is None:
        return said
    return f"{said}, {p_text(delta)}" if told else f"{said}; {p_text(delta)}: {found.why}"


def p_text(delta: "Delta") -> str:
    """ "p 0.03" of a verdict that parts from its interval, else ""."""
    return f"p {delta.parting.p:.2g}" if delta.parting is not None else ""


def parting_note(deltas: "Iterable[Delta | LevelDifference | None]") -> str:
    """The sentence below a table that shows `p_text` in its cells; "" where nothing parts."""
    found = dict.fromkeys(one.parting.why for one in deltas if one is not None and one.parting is not None)
    return f"Where a p stands beside an interval: {'. '.join(found)}." if found else ""
