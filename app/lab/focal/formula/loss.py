r"""Focal loss of one term and its slope, as figures (Lin et al., ICCV 2017).

p is the probability given to the truth: of the true class under softmax; under sigmoid, of the right side of
one binary term (p for the true class, 1 - p for every other), and the image's loss is the sum over its C
terms. z is the logit that raises it: the true class's, or the term's own with the sign of its label. Both
forms have dp/dz = p (1 - p), and so the same loss and slope:

    FL = -w (1 - p)^g log p        dFL/dz = w (1 - p)^g (g p log p + p - 1)

At g = 0 this is w times cross-entropy, -log p, with the slope p - 1. At p = 0 the loss is infinite (None
here) while its slope has the limit -w; at p = 1 both are 0. How the trainer computes it is in
`trainer.losses`.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from app.lab.base.formula.exact import each, number, refuse

MOST_PROBABILITIES = 1000
MOST_GAMMAS = 50
LARGEST_GAMMA = 20
LARGEST_WEIGHT = 1e6


@dataclass(frozen=True)
class FocalRow:
    """One gamma; tuples hold one figure for each p. loss is None where it is infinite, at p = 0.

    factors: w (1 - p)^g, what the example's cross-entropy is multiplied by. slope_ratios: the gradient over
    that of unweighted cross-entropy; it exceeds the factor, and may exceed w.
    """

    gamma: float
    loss: tuple[float | None, ...]
    gradient: tuple[float, ...]
    factors: tuple[float, ...]
    slope_ratios: tuple[float, ...]


def read_probabilities(values: object) -> tuple[float, ...]:
    """Numbers from 0 to 1. Raises TheoryError naming the entry: p[2]."""
    return each(values, "p", MOST_PROBABILITIES, read_probability)


def read_gammas(values: object) -> tuple[float, ...]:
    """Numbers from 0 to 20. Raises TheoryError naming the entry: gammas[0]."""
    return each(values, "gammas", MOST_GAMMAS, read_gamma)


def read_probability(value: object, path: str) -> float:
    """A number from 0 to 1. Raises TheoryError naming `path`."""
    return _between(value, path, 1, "a probability lies there")


def read_gamma(value: object, path: str) -> float:
    """A number from 0 to 20. Raises TheoryError naming `path`."""
    why = "below, easy images count most; above, nothing is left to learn"
    return _between(value, path, LARGEST_GAMMA, why)


def read_weight(value: object) -> float:
    """A positive number. Raises TheoryError naming weight."""
    weight = number(value, "weight")
    if not 0 < weight <= LARGEST_WEIGHT:
        raise refuse("weight", f"must be above 0 and at most 1000000, got {value}")
    return float(weight)


def cross_entropy(p: Sequence[float]) -> NDArray[np.float64]:
    """-log p, infinite at 0; [P]."""
    with np.errstate(divide="ignore"):
        return -np.log(np.asarray(p, dtype=np.float64)) + 0.0


def focal_losses(p: Sequence[float], gamma: float, weight: float = 1) -> NDArray[np.float64]:
    """-w (1 - p)^g log p, infinite at p = 0; [P]."""
    return weight * (1 - np.asarray(p, dtype=np.float64)) ** gamma * cross_entropy(p)


def focal_row(p: Sequence[float], gamma: float, weight: float = 1) -> FocalRow:
    """Loss and slope of one gamma at each of `p`, in 0..1."""
    share = np.asarray(p, dtype=np.float64)
    factors = weight * (1 - share) ** gamma
    above = 1 + gamma * _p_log_p_over_rest(share)
    losses = focal_losses(p, gamma, weight).tolist()
    return FocalRow(
        gamma=gamma,
        loss=tuple(value if np.isfinite(value) else None for value in losses),
        gradient=tuple((-factors * above * (1 - share) + 0.0).tolist()),
        factors=tuple(factors.tolist()),
        slope_ratios=tuple((factors * above).tolist()),
    )


def _p_log_p_over_rest(p: NDArray[np.float64]) -> NDArray[np.float64]:
    """-p log p / (1 - p), with its limits 0 at p = 0 and 1 at p = 1."""
    inside = (p > 0) & (p < 1)
    safe = np.where(inside, p, 0.5)
    return np.where(inside, -safe * np.log(safe) / (1 - safe), p)


def _between(value: object, path: str, largest: int, why: str) -> float:
    exact = number(value, path)
    if not 0 <= exact <= largest:
        raise refuse(path, f"must lie between 0 and {largest}, got {value}: {why}")
    return float(exact)
