"""What a beta does at given counts, in a sentence: nothing, hardly anything, or as much as inverse frequency.

Cui et al. (CVPR 2019) name the two extremes. The bounds of 1 % and 10 % are ours. Two causes make weights
alike, and only one of them is beta's: N far below every count, or counts that are alike themselves.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np

from trainer.class_balance import class_balanced_weights, inverse_frequency_weights
from trainer.numerals import beta_digits, percent, plain

Effect = Literal["uniform", "equal_counts", "no_effect", "slight", "partial", "inverse_frequency"]
NO_EFFECT_BELOW = 1.01
SLIGHT_BELOW = 1.1
_AS_INVERSE = 0.01
_FAR = 4
"""n far above N: beta^n is below 2 % from n = 4 N on."""
_FAR_ABOVE_ALL = 10
"""N far above every n: without this, counts that are alike would pass for inverse frequency at any beta."""
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
    furthest = float(np.abs(weights / inverse - 1).max())
    if furthest < _AS_INVERSE and volume >= _FAR_ABOVE_ALL * max(counts):
        return Advice("inverse_frequency", _as_inverse(counts, beta, volume, furthest))
    if spread < SLIGHT_BELOW:
        return Advice("slight", _slight(counts, beta, volume, weights.tolist()))
    return Advice("partial", _partial(counts, beta, volume, spread))


def _no_effect(counts: Sequence[int], beta: float, volume: float, spread: float) -> str:
    said = f"beta {_word(beta)} has no effect for these counts: "
    alike = f"all weights are within 1 % (largest / smallest = {plain(spread, 4)})"
    widest = max(counts) / min(counts)
    if widest < NO_EFFECT_BELOW:
        return (
            f"{said}they are alike. {alike.capitalize()}, and no beta takes them further apart than inverse "
            f"frequency does, {plain(widest, 4)}."
        )
    if min(counts) >= _FAR * volume:
        return (
            f"{said}every class holds many more images than N = 1/(1 - beta) = {_volume(volume)} (the "
            f"smallest {min(counts):,}), so {alike}. Take a beta closer to 1."
        )
    return (
        f"{said}{alike}, against {plain(widest, 4)} by inverse frequency. N = 1/(1 - beta) is "
        f"{_volume(volume)}; a beta closer to 1 takes them further apart."
    )


def _slight(counts: Sequence[int], beta: float, volume: float, weights: Sequence[float]) -> str:
    least = min(weights)
    apart = [index for index, weight in enumerate(weights) if weight / least >= NO_EFFECT_BELOW]
    named = ", ".join(f"{index} ({counts[index]:,} images)" for index in apart[:3])
    more = f" and {len(apart) - 3} more" if len(apart) > 3 else ""
    return (
        f"beta {_word(beta)} has hardly any effect for these counts: N = {_volume(volume)}, and the "
        f"weights differ by {percent(max(weights) / least - 1)} at most, by inverse frequency by "
        f"{percent(max(counts) / min(counts) - 1)}. Over 1 % above the "
        f"weight of the largest class: class {named}{more}."
    )


def _as_inverse(counts: Sequence[int], beta: float, volume: float, furthest: float) -> str:
    return (
        f"beta {_word(beta)} is as good as inverse frequency here: N = {_volume(volume)} is far above "
        f"the largest class ({max(counts):,} images); no weight is more than {percent(furthest)} from it."
    )


def _partial(counts: Sequence[int], beta: float, volume: float, spread: float) -> str:
    above = sum(count > volume for count in counts)
    where = f"{above} of {len(counts)} classes hold" if above else "No class holds"
    return (
        f"beta {_word(beta)}: largest / smallest weight = {plain(spread, 4)}, against "
        f"{plain(max(counts) / min(counts), 4)} by inverse frequency. {where} more than "
        f"N = {_volume(volume)} images: far above N classes weigh alike, far below it as 1/n."
    )


def _volume(volume: float) -> str:
    """As counts are written where it is as large as they are: 1,000 but 333.3."""
    return f"{volume:,.0f}" if volume > 999.95 else plain(volume, 4)


def _word(beta: float) -> str:
    return plain(beta, beta_digits(beta))
