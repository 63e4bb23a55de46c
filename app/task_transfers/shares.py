"""Shares of test images on which one network beats another, and their doubt: pure functions of losses.

Losses of a target are arrays by key of sources, [K, N]: seeds, images. Seeds share their test images, so that
a share varies by both, and the spread over seeds alone would be too small wherever seeds agree on an image.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import special

from app.task_transfers.view import Share

Floats = NDArray[np.float64]
Losses = Mapping[str, Floats]
"""By key of sources: [K, N], of images that have a target; infinite where a network has no number."""
LEVEL = 0.95
NONE = Share(mean=None)


@dataclass(frozen=True)
class Measured:
    """One target's losses, by which choices are made and by which they are reported."""

    validation: Losses
    test: Losses


def counted(losses: Mapping[str, NDArray[np.floating]]) -> Losses:
    """Without the images that have no target: those of which no network has a loss.

    A network that has none where others have one is the worst there is.
    """
    stacked = {key: np.asarray(values, dtype=np.float64) for key, values in losses.items()}
    if not stacked:
        return {}
    has_target = ~np.all([np.isnan(values) for values in stacked.values()], axis=(0, 1))
    return {key: np.where(np.isnan(values), np.inf, values)[:, has_target] for key, values in stacked.items()}


def beats(own: Floats, other: Floats) -> Floats:
    """1 where `own` is lower than `other`, one half where they are equal, else 0."""
    found: Floats = (own < other) + 0.5 * (own == other)
    return found


def beats_mean(own: Floats, others: Sequence[Floats]) -> Floats | None:
    """[K, N]: of the others, the share that `own` beats on an image; None where there are no others."""
    if not others:
        return None
    every = np.stack(others)
    found: Floats = ((own < every).sum(axis=0) + 0.5 * (own == every).sum(axis=0)) / len(others)
    return found


def share_of(won: Floats | None) -> Share:
    """The mean of what was won [K, N], and its 95 % interval, null at one seed.

    Student's t with K - 1 degrees of freedom. Its variance is that of a table of seeds x images, both drawn:
    between seeds and between images, less what both contain of the rest, and no less than the larger of them.
    """
    if won is None or not won.size:
        return NONE
    mean, (seeds, images) = float(won.mean()), won.shape
    if seeds < 2:
        return Share(mean=mean)
    by_seed, by_image = won.mean(axis=1), won.mean(axis=0)
    of_seeds = by_seed.var(ddof=1) / seeds
    of_images = by_image.var(ddof=1) / images if images > 1 else 0.0
    rest = won - by_seed[:, None] - by_image[None] + mean
    of_rest = np.square(rest).sum() / max((seeds - 1) * (images - 1), 1) / won.size
    deviation = np.sqrt(max(of_seeds + of_images - of_rest, of_seeds, of_images))
    half = _quantile(seeds, 0.5 + LEVEL / 2) * float(deviation)
    return Share(mean=mean, low=max(0.0, mean - half), high=min(1.0, mean + half))


def standing(shares: Sequence[Share], seeds: int) -> int:
    """1 where all of these lie above one half, -1 where any lies below, 0 where neither can be told.

    Of networks that are equal, either is told in at most 2.5 %: all lie above no more often than the first
    does, and any lies below by an interval at 95 % of all of them together (Bonferroni).
    """
    if seeds < 2 or not shares or any(share.low is None or share.high is None for share in shares):
        return 0
    if all(against(share) > 0 for share in shares):
        return 1
    wider = _quantile(seeds, 1 - (1 - LEVEL) / 2 / len(shares)) / _quantile(seeds, 0.5 + LEVEL / 2)
    return -int(any((share.mean or 0.0) + wider * half_of(share) < 0.5 for share in shares))


def half_of(share: Share) -> float:
    """Half the length of its interval, also where one end was cut at 0 or 1; 0 without an interval."""
    if share.mean is None or share.low is None or share.high is None:
        return 0.0
    return max(share.mean - share.low, share.high - share.mean)


def deviation_of(share: Share, seeds: int) -> float:
    """Standard deviation of its mean, from its interval over so many seeds."""
    return half_of(share) / _quantile(seeds, 0.5 + LEVEL / 2)


def _quantile(seeds: int, p: float) -> float:
    return float(special.stdtrit(seeds - 1, p))


def against(share: Share) -> int:
    """1 where the interval lies above one half, -1 where it lies below, 0 where it cannot be told."""
    if share.low is None or share.high is None:
        return 0
    return int(share.low > 0.5) - int(share.high < 0.5)
