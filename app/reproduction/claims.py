"""Answers to the claims of a plan from the runs that there are: holds, does not hold, or cannot be told.

A part of a claim is a statement about one figure, a mean over seeds or the difference of two such means: that
it lies above a bound, below one, or between two. It holds where the 95 % interval lies inside, it does not
where the interval lies outside, so that either answer errs in at most 2.5 % of cases. A claim holds where all
its parts do (which needs no correction: R. L. Berger, Technometrics 24, 1982) and fails where one part does,
which errs in at most 2.5 % for each part.
"""

import math
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from typing import Literal

from app.formats import change, counted, percent, setting
from app.reproduction.estimates import ALPHA, FEWEST, estimate_of, seeds_to_tell
from app.reproduction.plan import Claim, Part
from app.reproduction.results import Measured
from app.views.base import View
from trainer.metrics.fields import Figure
from trainer.metrics.table import METRICS

Answer = Literal["holds", "does not hold", "cannot tell"]
Rows = Mapping[str, Sequence[Measured]]
"""The finished runs of each setting by its id."""
_OPEN: Answer = "cannot tell"


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
        answer = "does not hold" if "does not hold" in answers else _OPEN
    return ClaimAnswer(id=claim.id, says=claim.says, source=claim.source, answer=answer, parts=parts)


def tally(claims: Iterable[ClaimAnswer]) -> str:
    """Such as "4 of 11 claims hold, 2 do not, 5 are open"."""
    answers = Counter(claim.answer for claim in claims)
    holds, fails, left = (answers[one] for one in ("holds", "does not hold", _OPEN))
    said = [f"{holds} of {counted(answers.total(), 'claim')} {'holds' if holds == 1 else 'hold'}"]
    said += [f"{fails} {'does' if fails == 1 else 'do'} not"] if fails else []
    said += [f"{left} {'is' if left == 1 else 'are'} open"] if left else []
    return ", ".join(said)


def declared(part: Part, labels: Mapping[str, str]) -> str:
    """Such as "CB focal 0.997 minus cross-entropy: accuracy above 0 points"."""
    figure = labels[part.of] + (f" minus {labels[part.minus]}" if part.minus else "")
    bounds = [
        f"{word} {setting(bound)}"
        for word, bound in (("above", part.above), ("below", part.below))
        if math.isfinite(bound)
    ]
    unit = "points" if part.minus else "%"
    return f"{figure}: {METRICS[part.metric].spoken} {' and '.join(bounds)} {unit}"


def _part(part: Part, rows: Rows, labels: Mapping[str, str]) -> PartAnswer:
    sides = [rows.get(name, ()) for name in (part.of, part.minus) if name]
    n, words = tuple(map(len, sides)), declared(part, labels)
    if min(n) < FEWEST:
        return _unknown(words, n, f"{min(n)} of the {FEWEST} seeds that it takes at least")
    if any(run.metrics.get(part.metric) is None for runs in sides for run in runs):
        return _unknown(words, n, "the figure is not defined for all of these runs")
    estimate = estimate_of(part.metric, sides)
    mean = float(estimate.mean)
    low, high = (float(end) for end in estimate.interval(ALPHA))
    answer = _answer((low, high), (part.above / 100, part.below / 100))
    distance = min(abs(mean - bound / 100) for bound in (part.above, part.below) if math.isfinite(bound))
    needed = seeds_to_tell(part.metric, sides, distance) if answer == _OPEN else None
    return PartAnswer(
        declared=words,
        answer=answer,
        mean=mean,
        low=low,
        high=high,
        n=n,
        seeds_needed=needed,
        said=_said((mean, low, high), n, answer, needed),
    )


def _answer(interval: tuple[float, float], bounds: tuple[float, float]) -> Answer:
    (low, high), (above, below) = interval, bounds
    if low > above and high < below:
        return "holds"
    return "does not hold" if high < above or low > below else _OPEN


def _unknown(words: str, n: tuple[int, ...], said: str) -> PartAnswer:
    return PartAnswer(
        declared=words, answer=_OPEN, mean=None, low=None, high=None, n=n, seeds_needed=None, said=said
    )


def _said(figures: Sequence[float], n: Sequence[int], answer: Answer, needed: int | None) -> str:
    """Mean, interval and seeds, of two settings as a difference; what would tell where nothing does."""
    mean, low, high = map(change if len(n) > 1 else percent, figures)
    found = f"{mean} ({low} to {high}), n = {' and '.join(map(str, n))}"
    if answer != _OPEN:
        return found
    return f"{found}; {f'about {needed:,} seeds each would' if needed else 'more seeds may'} tell"
