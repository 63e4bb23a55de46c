"""The ten shapes of shapes10 as signed distances: negative inside, in units of the shape's own half-width.

Positions u and v run over arrays of any equal shape; v points down, as in an image.
"""

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float32]
Shape = Callable[[Floats, Floats], Floats]


def length(u: Floats, v: Floats) -> Floats:
    """Distance from the origin."""
    root: Floats = np.sqrt(u * u + v * v)
    return root


def _box(u: Floats, v: Floats, width: float, height: float) -> Floats:
    return np.maximum(np.abs(u) - np.float32(width), np.abs(v) - np.float32(height))


def _disc(u: Floats, v: Floats) -> Floats:
    distance: Floats = length(u, v) - np.float32(0.9)
    return distance


def _ring(u: Floats, v: Floats) -> Floats:
    distance: Floats = np.abs(length(u, v) - np.float32(0.66)) - np.float32(0.24)
    return distance


def _square(u: Floats, v: Floats) -> Floats:
    return _box(u, v, 0.78, 0.78)


def _frame(u: Floats, v: Floats) -> Floats:
    return np.abs(_box(u, v, 0.57, 0.57)) - np.float32(0.21)


def _triangle(u: Floats, v: Floats) -> Floats:
    slope = np.float32(np.sqrt(3) / 2)
    return np.maximum(slope * np.abs(u) - v / 2, v) - np.float32(0.5)


def _cross(u: Floats, v: Floats) -> Floats:
    return np.minimum(_box(u, v, 0.9, 0.27), _box(u, v, 0.27, 0.9))


def _tee(u: Floats, v: Floats) -> Floats:
    return np.minimum(_box(u, v + np.float32(0.63), 0.9, 0.27), _box(u, v, 0.27, 0.9))


def _star(u: Floats, v: Floats) -> Floats:
    fifth = np.float32(2 * np.pi / 5)
    turn = np.abs(np.mod(np.arctan2(v, u), fifth) - fifth / 2)
    distance: Floats = length(u, v) - (np.float32(0.95) - np.float32(0.85) * (fifth / 2 - turn))
    return distance


def _bars(u: Floats, v: Floats) -> Floats:
    stripe: Floats = np.abs(np.mod(v + np.float32(0.85), np.float32(0.58)) - np.float32(0.27)) - np.float32(
        0.15
    )
    return np.maximum(_box(u, v, 0.82, 0.82), stripe)


def _crescent(u: Floats, v: Floats) -> Floats:
    bite: Floats = np.float32(0.62) - length(u - np.float32(0.5), v)
    return np.maximum(_disc(u, v), bite)


SHAPES: dict[str, Shape] = {
    "disc": _disc,
    "square": _square,
    "cross": _cross,
    "triangle": _triangle,
    "star": _star,
    "bars": _bars,
    "crescent": _crescent,
    "tee": _tee,
    "frame": _frame,
    "ring": _ring,
}
"""In class order: the first are frequent, the last are rare once the training set is thinned."""
