"""Class weights as tables: for some betas, and over the ruler N = 1/(1 - beta) between the two extremes.

The formulas stand in `trainer.class_balance`; what a row shows in words is in `trainer.weight_advice`.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from app.lab.base.formula.evenly import evenly
from app.lab.class_balance.formula.betas import Beta
from trainer.class_balance import class_balanced_weights, effective_numbers

MOST_CURVES = 40
_BEYOND_LARGEST = 100
"""At N = 100 times the largest class, beta^n is within 1 % of 1 - n/N everywhere: inverse frequency."""


@dataclass(frozen=True)
class WeightRow:
    """One beta; tuples hold one figure a class. weights sum to the number of classes.

    shares: n_j w_j / sum of n_i w_i, a class's share of the weights, and so of the loss while all images
    have the same loss. mean_weight: of an image of the training set, which batch_mean scales the loss by.
    """

    beta: float
    volume: float | None
    effective_numbers: tuple[float, ...]
    weights: tuple[float, ...]
    max_over_min: float
    shares: tuple[float, ...]
    mean_weight: float


@dataclass(frozen=True)
class WeightCurve:
    """weights[i][k] is the weight of classes[i] at volumes[k]; volumes rise from 1 in equal ratios.

    classes: one for each different count, evenly by count where there are many.
    """

    volumes: tuple[float, ...]
    classes: tuple[int, ...]
    weights: tuple[tuple[float, ...], ...]


def weight_row(counts: Sequence[int], beta: Beta) -> WeightRow:
    """The row of one beta. Raises ValueError for a class without images."""
    n = np.asarray(counts, dtype=np.float64)
    weights = class_balanced_weights(counts, beta.value)
    carried = n * weights
    return WeightRow(
        beta=beta.value,
        volume=beta.volume,
        effective_numbers=tuple(effective_numbers(counts, beta.value).tolist()),
        weights=tuple(weights.tolist()),
        max_over_min=float(weights.max() / weights.min()),
        shares=tuple((carried / carried.sum()).tolist()),
        mean_weight=float(carried.sum() / n.sum()),
    )


def weight_curve(counts: Sequence[int], points: int = 61) -> WeightCurve:
    """Weights from uniform (N = 1) to inverse frequency (N = 100 x the largest class)."""
    volumes = np.geomspace(1, _BEYOND_LARGEST * max(counts), points)
    classes = _different(counts)
    columns = np.stack([class_balanced_weights(counts, 1 - 1 / volume)[classes] for volume in volumes])
    return WeightCurve(tuple(volumes.tolist()), tuple(classes), tuple(map(tuple, columns.T.tolist())))


def _different(counts: Sequence[int]) -> list[int]:
    """The first class of each count, from the largest down; at most MOST_CURVES, both ends among them."""
    firsts = sorted({count: at for at, count in reversed(list(enumerate(counts)))}.items(), reverse=True)
    return [firsts[at][1] for at in evenly(len(firsts), MOST_CURVES)]
