"""Answers to the claims of a plan from the runs that there are: holds, does not hold, or cannot be told.

A part of a claim is a statement about one figure, a mean over seeds or the difference of two such means: that
it lies above a bound, below one, or between two. It holds where the 95 % interval lies inside, it does not
where the interval lies outside, so that either answer errs in at most 5 % of cases. A claim holds where all
its parts do (which needs no correction: R. L. Berger, Technometrics 24, 1982) and fails where one part does.
"""

import math
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Literal

from app.formats import change, counted, significant
from app.reproduction.plan import Claim, Part
from app.reproduction.results import Measured
from app.views.base import View
from trainer.metrics.fields import Figure
from trainer.metrics.table import METRICS

if TYPE_CHECKING:
    from app.comparing.statistics.contrasts import Estimate
    from app.comparing.statistics.table import RowScores

Answer = Literal["holds", "does not hold", "cannot tell"]
Rows = Mapping[str, Sequence[Measured]]
"""The finished runs of each setting by its id."""
ALPHA = 0.05
FEWEST = 3
"""Seeds of a setting below which nothing is told."""


class PartAnswer(View):
    """What was declared of a figure, and what came out; figures are fractions."""

    declared: str
    answer: Answer
    mean: Figure
    low: Figure
    high: Figure
    n: tuple[int, ...]
    """Seeds of the setting, and of the one that it is held against."""
    seeds_needed: int | None
    """Of each setting, to tell at this distance from the bound; null where it is told, or above 1,000."""
    said: str


class ClaimAnswer(View):
    """A claim with its answer and those of its parts."""

    id: str
    says: str
    source: str
    answer: Answer
    parts: tuple[PartAnswer, ...]


def answered(claim: Claim, rows: Rows, labels: Mapping[str, str]) -> ClaimAnswer:
    """The claim's answer; labels: of the settings by id."""
    parts = tuple(_part(part, rows, labels) for part in claim.parts)
    answers = {part.answer for part in parts}
    answer: Answer = "holds"
    if answers != {"holds"}:
        answer = "does not hold" if "does not hold" in answers else "cannot tell"
    return ClaimAnswer(id=claim.id, says=claim.says, source=claim.source, answer=answer, parts=parts)


def declared(part: Part, labels: Mapping[str, str]) -> str:
    """Such as "CB focal 0.997 minus cross-entropy: accuracy above 0 points"."""
    figure = labels[part.of] + (f" minus {labels[part.minus]}" if part.minus else "")
    bounds = [
        f"{word} {significant(bound)}"
        for word, bound in (("above", part.above), ("below", part.below))
        if math.isfinite(bound)
    ]
    unit = "points" if part.minus else "%"
    return f"{figure}: {METRICS[part.metric].spoken} {' and '.join(bounds)} {unit}"


def _part(part: Part, rows: Rows, labels: Mapping[str, str]) -> PartAnswer:
    sides = [rows.get(name, ()) for name in (part.of, part.minus) if name]
    n = tuple(map(len, sides))
    words = declared(part, labels)
    if min(n) < FEWEST:
        said = f"{counted(min(n), 'seed')} of {FEWEST} that it takes at least"
        return _unknown(words, n, said)
    estimate = _estimate(part.metric, sides)
    mean = float(estimate.mean)
    low, high = (float(end) for end in estimate.interval(ALPHA))
    above, below = part.above / 100, part.below / 100
    answer: Answer = "cannot tell"
    if low > above and high < below:
        answer = "holds"
    elif high < above or low > below:
        answer = "does not hold"
    needed = None if answer != "cannot tell" else _needed(mean, (above, below), sides, part.metric)
    return PartAnswer(
        declared=words,
        answer=answer,
        mean=mean,
        low=low,
        high=high,
        n=n,
        seeds_needed=needed,
        said=_said(mean, low, high, n, bool(part.minus), answer, needed),
    )


def _unknown(words: str, n: tuple[int, ...], said: str) -> PartAnswer:
    return PartAnswer(
        declared=words,
        answer="cannot tell",
        mean=None,
        low=None,
        high=None,
        n=n,
        seeds_needed=None,
        said=said,
    )


def _said(
    mean: float, low: float, high: float, n: Sequence[int], is_gap: bool, answer: Answer, needed: int | None
) -> str:
    told = change if is_gap else _percent
    seeds = f"n = {' and '.join(map(str, n))}"
    found = f"{told(mean)} ({told(low)} to {told(high)}), {seeds}"
    if answer != "cannot tell":
        return found
    return (
        f"{found}; about {needed:,} seeds each would tell" if needed else f"{found}; more seeds do not help"
    )


def _percent(fraction: float) -> str:
    return f"{100 * fraction:.1f}"


def _estimate(metric: str, sides: Sequence[Sequence[Measured]]) -> "Estimate":
    """Of the one setting's mean, or of the first minus the second; arrays without dimensions."""
    import numpy as np

    from app.comparing.statistics.contrasts import contrast, row_means
    from app.comparing.statistics.table import Columns

    columns = Columns((metric,), None, None, np.array([_images(metric, sides[0][0])]))
    rows = [_scores(metric, runs) for runs in sides]
    if len(rows) == 1:
        return _only(row_means(rows, columns), (0, 0))
    return _only(contrast(rows, columns, np.array([1.0, -1.0])), (0,))


def _only(found: "Estimate", at: tuple[int, ...]) -> "Estimate":
    return type(found)(*(value[at] for value in vars(found).values()))


def _scores(metric: str, runs: Sequence[Measured]) -> "RowScores":
    import numpy as np

    from app.comparing.statistics.table import RowScores

    values = [[math.nan if (value := run.metrics[metric]) is None else value] for run in runs]
    return RowScores(np.array(values), None, tuple(run.seed for run in runs), (0,) * len(runs))


def _images(metric: str, run: Measured) -> float:
    """How many test images stand behind the figure."""
    import numpy as np

    counts = np.array([one.train_count for one in run.classes])
    support = np.array([one.support for one in run.classes])
    shares = METRICS[metric].shares
    assert shares is not None, "metrics of claims are means of recalls"
    share = shares(counts, support)
    used = (share > 0) & (support > 0)
    return float(1 / (share[used] ** 2 / support[used]).sum()) if used.any() else 0.0


def _needed(
    mean: float, bounds: tuple[float, float], sides: Sequence[Sequence[Measured]], metric: str
) -> int | None:
    """Seeds of each setting at which the nearest bound is told from a figure that is where this one is."""
    from app.comparing.parts import mean_sd
    from app.comparing.statistics.planning import seeds_needed

    sds = [mean_sd([run.metrics[metric] or 0.0 for run in runs])[1] or 0.0 for runs in sides]
    distance = min(abs(mean - bound) for bound in bounds if math.isfinite(bound))
    return seeds_needed(distance, sds[0], sds[1] if len(sds) > 1 else 0.0, ALPHA)
