"""The measures by which tasks are judged: of predictions and targets of one shape, [N, ...], one figure."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

Values = NDArray[Any]


@dataclass(frozen=True)
class Measure:
    """name and unit stand beside its figures; better: which of two figures is."""

    name: str
    unit: str
    better: Literal["higher", "lower"]
    of: Callable[[Values, Values], float]
    """Of predictions and targets."""


def root_mean_square(unit: str) -> Measure:
    """Over all numbers of all images."""
    return Measure("root mean squared error", unit, "lower", _root_mean_square)


def mean_absolute(unit: str) -> Measure:
    """Over all numbers of all images."""
    return Measure("mean absolute error", unit, "lower", _mean_absolute)


def mean_length(unit: str) -> Measure:
    """The mean length of the error of a vector [N, K]."""
    return Measure("mean length of the error", unit, "lower", _mean_length)


def _root_mean_square(predictions: Values, targets: Values) -> float:
    return float(np.sqrt(np.mean(np.square(predictions - targets), dtype=np.float64)))


def _mean_absolute(predictions: Values, targets: Values) -> float:
    return float(np.mean(np.abs(predictions - targets), dtype=np.float64))


def _mean_length(predictions: Values, targets: Values) -> float:
    return float(np.mean(np.linalg.norm(predictions - targets, axis=1), dtype=np.float64))


def _mean_angle(predictions: Values, targets: Values) -> float:
    """Of vectors (x, y) along axis 1, whatever their lengths."""
    (x, y), (to_x, to_y) = np.moveaxis(predictions, 1, 0), np.moveaxis(targets, 1, 0)
    angles = np.abs(np.arctan2(x * to_y - y * to_x, x * to_x + y * to_y))
    angles = np.where((x == 0) & (y == 0), np.pi / 2, angles)
    return float(np.degrees(np.mean(angles[(to_x != 0) | (to_y != 0)], dtype=np.float64)))


def _accuracy(predictions: Values, targets: Values) -> float:
    return float(np.mean(predictions == targets))


def _overlap(predictions: Values, targets: Values) -> float:
    """Jaccard's index of where both exceed one half, for each image; an image without either counts as 1."""
    found, wanted = predictions > 0.5, targets > 0.5
    inside = tuple(range(1, targets.ndim))
    both, either = (found & wanted).sum(inside), (found | wanted).sum(inside)
    return float(np.mean(np.where(either == 0, 1, both / np.maximum(either, 1))))


MEAN_ANGLE = Measure("mean angle", "degrees", "lower", _mean_angle)
"""Between the directions of predicted vectors and of the targets, of any length, (x, y) along axis 1. A
prediction of length 0 counts as 90 degrees off; a target of length 0 has no direction and does not count."""
ACCURACY = Measure("accuracy", "share", "higher", _accuracy)
OVERLAP = Measure("mean intersection over union", "share", "higher", _overlap)
