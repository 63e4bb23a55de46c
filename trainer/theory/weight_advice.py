"""What a beta does at given counts, in a sentence: nothing, hardly anything, or as much as inverse frequency.

Cui et al. (CVPR 2019) name the two extremes. The bounds of 1 % and 10 % are ours.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np

from trainer.theory.class_balance import class_balanced_weights, inverse_frequency_weights
from trainer.theory.numerals import percent, plain

Effect = Literal["uniform", "equal_counts", "no_effect", "slight", "partial", "inverse_frequency"]
NO_EFFECT_BELOW = 1.01
SLIGHT_BELOW = 1.1
_AS_INVERSE = 0.01
_UNIFORM = (
    "beta 0 has no effect for these counts, nor for any others: all classes weigh the same, as in the "
    "unweighted loss."
)


@dataclass(frozen=True)
class Advice:
    """`text` is a whole sentence or two; `effect` is stable."""

    effect: Effect
    text: str


def advice(counts: Sequence[int], beta: float) -> Advice:
    """What `beta` does to classes of `counts` images. Raises ValueError as `class_balanced_weights`."""
    if min(counts) == max(counts):
        return Advice("equal_counts", "All classes hold equally many images: every beta gives the weight 1.")
    if beta == 0:
        return Advice("uniform", _UNIFORM)
    if beta == 1:
        return Advice("inverse_frequency", "beta 1 is the limit: weights go by inverse frequency, 1/n.")
    weights, inverse = class_balanced_weights(counts, beta), inverse_frequency_weights(counts)
    spread = float(weights.max() / weights.min())
    volume = 1 / (1 - beta)
    if spread < NO_EFFECT_BELOW:
        return Advice("no_effect", _no_effect(counts, beta, volume, spread))
    if spread < SLIGHT_BELOW:
        return Advice("slight", _slight(counts, beta, volume, weights.tolist()))
    furthest = float(np.abs(weights / inverse - 1).max())
    if furthest < _AS_INVERSE:
        return Advice("inverse_frequency", _as_inverse(counts, beta, volume, furthest))
    return Advice("partial", _partial(counts, beta, volume, spread))


def _no_effect(counts: Sequence[int], beta: float, volume: float, spread: float) -> str:
    return (
        f"beta {plain(beta)} has no effect for these counts: every class holds many more images than "
        f"N = 1/(1 - beta) = {plain(volume, 4)} (the smallest {min(counts)}), so all weights are within 1 % "
        f"(largest / smallest = {plain(spread, 4)}). Take a beta closer to 1."
    )


def _slight(counts: Sequence[int], beta: float, volume: float, weights: Sequence[float]) -> str:
    least = min(weights)
    apart = [index for index, weight in enumerate(weights) if weight / least >= NO_EFFECT_BELOW]
    named = ", ".join(f"{index} ({counts[index]} images)" for index in apart[:3])
    more = f" and {len(apart) - 3} more" if len(apart) > 3 else ""
    return (
        f"beta {plain(beta)} has hardly any effect for these counts: N = {plain(volume, 4)}, and the "
        f"weights differ by {percent(max(weights) / least - 1)} at most. Over 1 % "
        f"above the weight of the largest class: class {named}{more}."
    )


def _as_inverse(counts: Sequence[int], beta: float, volume: float, furthest: float) -> str:
    return (
        f"beta {plain(beta, 12)} is as good as inverse frequency here: N = {plain(volume, 4)} is far above "
        f"the largest class ({max(counts)} images); no weight is more than {percent(furthest)} from it."
    )


def _partial(counts: Sequence[int], beta: float, volume: float, spread: float) -> str:
    above = sum(count > volume for count in counts)
    where = f"{above} of {len(counts)} classes hold" if above else "No class holds"
    return (
        f"beta {plain(beta, 12)}: largest / smallest weight = {plain(spread, 4)}, against "
        f"{plain(max(counts) / min(counts), 4)} by inverse frequency. {where} more than "
        f"N = {plain(volume, 4)} images: far above N classes weigh alike, far below it as 1/n."
    )
