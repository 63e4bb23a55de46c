"""What the matrix says to the questions that were asked of it: pure functions of shares, and words.

A sentence claims no more than its interval bears. No figure here is of a task's own network on its own task.
"""

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from app.formats import percent
from app.task_transfers.expectations import expectations_of
from app.task_transfers.served import Served
from app.task_transfers.shares import NONE, against
from app.task_transfers.view import (
    Answers,
    Claim,
    Contradicting,
    Levels,
    Verdict,
)
from app.task_transfers.words import called, level_of, of_seeds, points, ranked, share_text
from trainer.transfer.agreement import LevelTest, level_test

P = 0.05


@dataclass(frozen=True)
class _Arrow:
    """One of the write-up's claims, with the tasks that stand for its own here."""

    claim: str
    source: str
    target: str
    is_strong: bool


ARROWS = (
    _Arrow("Depth to surface normals is a strong transfer.", "distance", "normals", is_strong=True),
    _Arrow("Object class to depth is a weak transfer.", "shape", "distance", is_strong=False),
)


def answers_of(served: Sequence[Served], sources: Sequence[str], seeds: int) -> Answers:
    """Of targets of which all single sources are measured."""
    by_target = {one.target: one for one in served}
    return Answers(
        strongest=_furthest(served, seeds, strongest=True),
        weakest=_furthest(served, seeds, strongest=False),
        claims=tuple(_claims(by_target, seeds)),
        levels=levels_of(served),
        expectations=expectations_of(served, sources),
        controls=tuple(one.control for one in served if one.control is not None),
    )


def _claims(served: Mapping[str, Served], seeds: int) -> Iterable[Claim]:
    for arrow in ARROWS:
        target = served.get(arrow.target)
        if target is None or arrow.source not in target.means:
            continue
        share = target.wins[arrow.source]
        yield Claim(
            claim=arrow.claim,
            source=arrow.source,
            target=arrow.target,
            verdict=_verdict(against(share) if arrow.is_strong else -against(share)),
            text=_claim_text(arrow, target, seeds),
        )


def _verdict(side: int) -> Verdict:
    return "holds" if side > 0 else "does not hold" if side < 0 else "cannot tell"


def _claim_text(arrow: _Arrow, served: Served, seeds: int) -> str:
    share, random = served.wins[arrow.source], served.versus_random.get(arrow.source, NONE)
    said = (
        f"{called(arrow.source)} stands for the source, {called(arrow.target)} for the target. It beats "
        f"another task's network on {share_text(share)} of test images on average {of_seeds(seeds)}, and is "
        f"{ranked(served.rank(arrow.source), len(served.means))} sources by that."
    )
    if random.mean is not None:
        said += f" It beats a random encoder on {share_text(random)}."
    if not against(share):
        said += " One seed has no interval." if seeds == 1 else " The interval holds 50 %."
    return said[0].upper() + said[1:]


def _furthest(served: Sequence[Served], seeds: int, *, strongest: bool) -> str:
    """The pair of highest or lowest share, and whether that was to be expected; "" without any pair."""
    pairs = [(mean, source, one) for one in served for source, mean in one.means.items()]
    if not pairs:
        return ""
    _, source, one = (max if strongest else min)(pairs, key=lambda pair: pair[0])
    share, word = one.wins[source], "highest" if strongest else "lowest"
    side = against(share) * (1 if strongest else -1)
    text = (
        f"{called(source)} → {called(one.target)}: {share_text(share)} of test images won against the other "
        f"tasks' networks, the {word} of {len(pairs)} pairs {of_seeds(seeds)}"
    )
    text += ", further out than it would come again, as it was picked for that. " if len(pairs) > 1 else ". "
    if side > 0:
        text += _expected(source, one.target, is_strong=strongest)
    else:
        doubt = "One seed has no interval" if seeds == 1 else "The interval does not leave 50 % out"
        text += f"{doubt}: it may be chance."
    return text[0].upper() + text[1:]


def _expected(source: str, target: str, *, is_strong: bool) -> str:
    """Whether the levels of two tasks would have had one expect this."""
    ours, theirs = level_of(source), level_of(target)
    if "self-supervised" in (ours, theirs):
        return "One of them is self-supervised: no level of features was expected of it."
    if ours == theirs:
        told = f"Both were expected to need {ours}-level features"
    else:
        told = f"They were expected to need {ours}- and {theirs}-level features"
    return f"{told}: {'as' if (ours == theirs) == is_strong else 'against what'} one would expect."


def levels_of(served: Sequence[Served]) -> Levels | None:
    """The permutation test of levels; None where there is no pair."""
    sources = list(dict.fromkeys(source for one in served for source in one.means))
    if not sources:
        return None
    matrix = np.array([[one.means.get(source, math.nan) for one in served] for source in sources])
    try:
        found = level_test(
            matrix,
            {name: level_of(name) for name in sources},
            {one.target: level_of(one.target) for one in served},
        )
    except ValueError:
        text = "Cannot tell: there are no pairs both within a level and across levels."
        return Levels(
            statistic=None, p=None, labelings=0, verdict="cannot tell", text=text, contradictions=()
        )
    return Levels(
        statistic=found.statistic,
        p=found.p,
        labelings=found.labelings,
        verdict="holds" if found.p <= P and found.statistic > 0 else "cannot tell",
        text=_levels_text(found),
        contradictions=tuple(
            Contradicting(
                source=one.source,
                target=one.target,
                wins=one.value,
                text=_contradiction(one.source, one.target, one.value, one.by),
            )
            for one in found.contradictions
        ),
    )


def _levels_text(found: LevelTest) -> str:
    size = points(abs(found.statistic))
    if found.statistic < 0:
        return (
            f"A source of the target's own level wins on {size} fewer images than one of another level: the "
            "measured transfers lean against the expectation. That way round nothing was to be tested."
        )
    drawn = "of all" if found.exact else "of"
    text = (
        f"A source of the target's own level wins on {size} more images than one of another level. With "
        f"levels dealt out to tasks by chance it is as much or more in {100 * found.p:.2g} % {drawn} "
        f"{found.labelings:,} cases (p {found.p:.2g})"
    )
    return f"{text}." if found.p <= P else f"{text}: that may be chance."


def _contradiction(source: str, target: str, value: float, by: float) -> str:
    ours, theirs = level_of(source), level_of(target)
    if ours == theirs:
        kind, side = f"both {ours}", "below the mean across levels"
    else:
        kind, side = f"{ours} to {theirs}", "above the mean within levels"
    return f"{called(source)} → {called(target)} ({kind}): {percent(value)} %, {points(by)} {side}."
