"""Where one would transfer from, guessed by a target's like, and where the measured figures say."""

from collections.abc import Collection, Sequence

import numpy as np

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
    expected, measured = max(guesses, key=lambda key: guesses[key]), next(iter(served.affinity))
    return Expectation(
        target=served.target,
        is_new=served.target not in sources,
        expected=expected,
        measured=measured,
        rank=served.rank_by_affinity(expected),
        of=len(served.affinity),
        text=_expectation_text(served, expected, measured, len(used), used is alike),
    )


def _guesses(served: Served, others: Sequence[Served]) -> dict[str, float]:
    """Of each source of the target, its mean affinity to other targets."""
    found = {}
    for source in served.affinity:
        known = [one.affinity[source] for one in others if source in one.affinity]
        if known:
            found[source] = float(np.mean(known))
    return found


def _expectation_text(served: Served, expected: str, measured: str, used: int, is_alike: bool) -> str:
    of_level = f" {level_of(served.target)}" if is_alike else ""
    plural = f"the {used} other{of_level} targets" if used > 1 else f"the other{of_level} target"
    said = f"By {plural} one would guess {called(expected)}"
    if expected == measured:
        return f"{said}, and by validation images it is the best of {len(served.affinity)} sources."
    rank = ranked(served.rank_by_affinity(expected), len(served.affinity))
    text = f"{said}: {rank} sources by validation images. The best by them is {called(measured)}, "
    lead = served.best_versus.get(expected, NONE)
    if against(lead) > 0:
        return f"{text}and what is chosen so beats the guess on {share_text(lead)} of test images."
    return f"{text}but test images do not tell the two apart ({share_text(lead)})."
