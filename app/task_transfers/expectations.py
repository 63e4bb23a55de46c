"""Where one would transfer from, guessed by a target's like, and where the measured figures say."""

from collections.abc import Collection, Sequence

import numpy as np

from app.formats import percent
from app.task_transfers.served import Served
from app.task_transfers.shares import NONE, against
from app.task_transfers.view import Expectation
from app.task_transfers.words import called, level_of, ranked, share_text


def expectations_of(served: Sequence[Served], sources: Collection[str]) -> tuple[Expectation, ...]:
    """Of every target of which others tell something; a target that is none of `sources` is new."""
    found = (_expectation(one, served, sources) for one in served)
    return tuple(one for one in found if one is not None)


def _expectation(
    served: Served, all_served: Sequence[Served], sources: Collection[str]
) -> Expectation | None:
    """None where no other target tells anything of a source."""
    others = [one for one in all_served if one.target != served.target]
    alike = [one for one in others if level_of(one.target) == level_of(served.target)]
    used = alike if _guesses(served, alike) else others
    guesses = _guesses(served, used)
    if not guesses:
        return None
    expected, measured = max(guesses, key=lambda key: guesses[key]), next(iter(served.means))
    return Expectation(
        target=served.target,
        is_new=served.target not in sources,
        expected=expected,
        measured=measured,
        rank=served.rank(expected),
        of=len(served.means),
        text=_expectation_text(served, expected, measured, len(used), used is alike),
    )


def _guesses(served: Served, others: Sequence[Served]) -> dict[str, float]:
    """Of each source of the target, its mean share of wins for other targets."""
    found = {}
    for source in served.means:
        known = [one.means[source] for one in others if source in one.means]
        if known:
            found[source] = float(np.mean(known))
    return found


def _expectation_text(served: Served, expected: str, measured: str, used: int, is_alike: bool) -> str:
    of_level = f" {level_of(served.target)}" if is_alike else ""
    plural = f"the {used} other{of_level} targets" if used > 1 else f"the other{of_level} target"
    said = f"By {plural} one would guess {called(expected)} ({percent(served.means[expected])} % measured)"
    if served.rank(expected) == 1:
        return f"{said}, and it has the highest share of {len(served.means)} sources."
    first = served.first_versus.get(expected, NONE)
    text = (
        f"{said}: {ranked(served.rank(expected), len(served.means))} sources. The highest share has "
        f"{called(measured)} ({percent(served.means[measured])} %), "
    )
    if against(first) > 0:
        return f"{text}which beats the guess on {share_text(first)} of images."
    return f"{text}but the figures do not tell the two apart ({share_text(first)} of images)."
