"""Class weights by effective number of samples (Cui et al., CVPR 2019, equations 2 and 4) and by a power.

A class of n images counts as E_n = (1 - beta^n) / (1 - beta) images; its weight is 1 / E_n, and the C
weights are scaled to sum to C. beta = 0 weights all classes equally; beta = 1 is the limit E_n = n, inverse
frequency. Weights by a power of the counts, n^-g, meet those at g = 0 and g = 1.
Which counts and which beta a run uses is not decided here (see `trainer.weighting`).
"""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray


def effective_numbers(counts: Sequence[int], beta: float) -> NDArray[np.float64]:
    """E_n of each of C classes, float64 [C].

    Written with expm1, so that it stays exact where beta is close to 1. Raises ValueError for beta outside
    0..1 and for a class without images, naming its index.
    """
    n = _checked(counts)
    if not 0 <= beta <= 1:
        raise ValueError(f"beta must lie between 0 and 1, got {beta}")
    if beta == 0:
        return np.ones_like(n)
    if beta == 1:
        return n
    numbers: NDArray[np.float64] = np.expm1(n * np.log(beta)) / (beta - 1)
    return numbers


def class_balanced_weights(counts: Sequence[int], beta: float) -> NDArray[np.float64]:
    """Weights 1 / E_n scaled to sum to the number of classes, float64 [C]. Raises as `effective_numbers`."""
    weights: NDArray[np.float64] = 1 / effective_numbers(counts, beta)
    weights *= len(weights) / weights.sum()
    return weights


def inverse_frequency_weights(counts: Sequence[int]) -> NDArray[np.float64]:
    """Weights 1 / n scaled to sum to the number of classes, float64 [C]: the limit beta = 1."""
    return class_balanced_weights(counts, 1.0)


def power_weights(counts: Sequence[int], power: float) -> NDArray[np.float64]:
    """Weights (n_min / n)^power scaled to sum to the number of classes, float64 [C].

    Raises ValueError for a class without images, naming its index.
    """
    n = _checked(counts)
    weights: NDArray[np.float64] = (n.min() / n) ** power
    weights *= len(weights) / weights.sum()
    return weights


def _checked(counts: Sequence[int]) -> NDArray[np.float64]:
    n = np.asarray(counts, dtype=np.float64)
    if n.ndim != 1 or n.size == 0:
        raise ValueError("class counts must be a list of at least one number")
    bad = np.flatnonzero(~(np.isfinite(n) & (n >= 1)))
    if bad.size:
        raise ValueError(f"class {bad[0]} has {counts[bad[0]]} images; a weight needs at least one")
    return n
