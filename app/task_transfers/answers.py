"""What the matrix says to the questions that were asked of it: pure functions of shares, and words.

A sentence claims no more than its interval bears. No figure here is of a task's own network on its own task.
"""

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from scipy import special

from app.formats import percent
from app.task_transfers.expectations import expectations_of
from app.task_transfers.served import Served
from app.task_transfers.shares import against, deviation_of, standing
from app.task_transfers.view import (
    Answers,
    Claim,
    Contradicting,
    Levels,
    Share,
    Verdict,
)
from app.task_transfers.words import called, level_of, of_seeds, points, ranked, share_text
from trainer.transfer.agreement import LevelTest, level_test

P = 0.05
OF_NO_LEVEL = "self-supervised"
FEWEST_RIVALS = 3
"""Other tasks that are sources, without which a claim is not judged."""


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
        if target is None or arrow.source not in target.wins:
            continue
        side = standing(_rivals(arrow, target), seeds) if _has_rivals(arrow, target) else 0
        yield Claim(
            claim=arrow.claim,
            source=arrow.source,
            target=arrow.target,
            verdict=_verdict(side if arrow.is_strong else -side),
            text=_claim_text(arrow, target, seeds, side),
        )


def _rivals(arrow: _Arrow, served: Served) -> tuple[Share, Share, Share]:
    """What a strong transfer beats on more than half of the test images, all three."""
    source = arrow.source
    return served.wins[source], served.versus_random[source], served.gain[source]


def _has_rivals(arrow: _Arrow, served: Served) -> bool:
    return len(served.wins.keys() - {arrow.source}) >= FEWEST_RIVALS


def _verdict(side: int) -> Verdict:
    return "holds" if side > 0 else "does not hold" if side < 0 else "cannot tell"


def _claim_text(arrow: _Arrow, served: Served, seeds: int, side: int) -> str:
    wins, random, gain = _rivals(arrow, served)
    said = (
        f"{called(arrow.source)} stands for the source, {called(arrow.target)} for the target. Strong is "
        "what beats another task's network on average, a random encoder, and a network from scratch, each on "
        f"more than half of the test images. From {served.images:,} labelled images it beats them on "
        f"{share_text(wins)}, {share_text(random)} and {share_text(gain)} {of_seeds(seeds)}"
    )
    if arrow.source in served.means:
        said += f"; by the first it is {ranked(served.rank(arrow.source), len(served.means))} sources"
    said += "."
    if not side and seeds == 1:
        said += " One seed has no interval."
    elif not side and not _has_rivals(arrow, served):
        said += f" Fewer than {FEWEST_RIVALS} other tasks are sources here."
    elif not side:
        said += " They lie neither all above 50 % nor any surely below."
    return said[0].upper() + said[1:]


def _furthest(served: Sequence[Served], seeds: int, *, strongest: bool) -> str:
    """The pair of most or fewest wins, and whether that was to be expected; "" without any pair.

    Chosen by validation images. A seed's network may be good on both, so that it is told from chance only by
    its own interval, and by one for all pairs together of the deviation that they have in common.
    """
    pairs = [(won, source, one) for one in served for source, won in one.validation_wins.items()]
    if not pairs:
        return ""
    _, source, one = (max if strongest else min)(pairs, key=lambda pair: pair[0])
    share, word = one.wins[source], "most" if strongest else "fewest"
    text = (
        f"{called(source)} → {called(one.target)}: {share_text(share)} of test images won against the other "
        f"tasks' networks {of_seeds(seeds)}; by validation images it wins {word} of {len(pairs)} pairs. "
    )
    side = 1 if strongest else -1
    lead = ((share.mean or 0.0) - 0.5) * side
    every = [each.wins[name] for _, name, each in pairs]
    if against(share) == side and lead > _chance_of_all(every, share, seeds):
        text += _expected(source, one.target, is_strong=strongest)
    else:
        text += (
            "One seed has no interval: it may be chance." if seeds == 1 else "Of so many, it may be chance."
        )
    return text[0].upper() + text[1:]


def _chance_of_all(every: Sequence[Share], share: Share, seeds: int) -> float:
    """How far from one half one of so many shares comes by chance, in 5 % of cases (Bonferroni)."""
    common = float(np.sqrt(np.mean([deviation_of(each, seeds) ** 2 for each in every])))
    quantile = float(special.ndtri(1 - P / 2 / len(every)))
    return quantile * max(common, deviation_of(share, seeds))


def _expected(source: str, target: str, *, is_strong: bool) -> str:
    """Whether the levels of two tasks would have had one expect this."""
    ours, theirs = level_of(source), level_of(target)
    if OF_NO_LEVEL in (ours, theirs):
        return "One of them is self-supervised: no level of features was expected of it."
    if ours == theirs:
        told = f"Both were expected to need {ours}-level features"
    else:
        told = f"They were expected to need {ours}- and {theirs}-level features"
    return f"{told}: {'as' if (ours == theirs) == is_strong else 'against what'} one would expect."


def levels_of(served: Sequence[Served]) -> Levels | None:
    """The permutation test of levels; None where there is no pair. Self-supervised tasks are of no level."""
    served = [one for one in served if level_of(one.target) != OF_NO_LEVEL]
    every = dict.fromkeys(source for one in served for source in one.means)
    sources = [source for source in every if level_of(source) != OF_NO_LEVEL]
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
        against=found.against,
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
            f"A source of the target's own level wins on {size} fewer images than one of another level: no "
            "sign of it. Whether the other way round holds was not to be tested."
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
