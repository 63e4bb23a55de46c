"""The outline of the drawn shape, worked out on a finer grid than the image's. numpy and scipy.

The renderer's own value is no distance under a stretch, so that the shape is drawn once more, at three times
the image's resolution, and distances are measured there.
"""

from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

from trainer.data.drawing import SIZE, signed_distance
from trainer.data.scenes import Scenes
from trainer.data.shapes import SHAPES, Floats

FINE = 3
"""Odd, so that the centre of each pixel is that of a fine one."""
_AT_A_TIME = 100


def outline_distances(scenes: Scenes) -> Floats:
    """Euclidean distance in pixels from each pixel's centre to the outline in the image: float32 [N, 32, 32].

    Negative inside the shape. Right to about a fifth of a pixel.
    """
    distances = np.empty((len(scenes.labels), SIZE, SIZE), np.float32)
    for row, fine in _fine_distances(scenes):
        distances[row] = _centres(fine)
    return distances


def outline_normals(scenes: Scenes, within: float = np.inf) -> Floats:
    """The direction in which the distance grows, out of the shape and on: float32 [N, 2, 32, 32].

    It is a unit vector (to the right, down): that of the mean slope within the pixel. Where this is flatter
    than one half, the nearest points of the outline lie to several sides, and it is (0, 0); so it is where
    the outline is not within so many pixels.
    """
    normals = np.empty((len(scenes.labels), 2, SIZE, SIZE), np.float32)
    for row, fine in _fine_distances(scenes):
        slope = np.stack([_pixel_means(np.gradient(fine, 1 / FINE, axis=axis)) for axis in (1, 0)])
        steepness = np.hypot(*slope)
        told = (steepness >= 0.5) & (np.abs(_centres(fine)) < within)
        normals[row] = np.where(told, slope / np.maximum(steepness, 0.5), 0)
    return normals


def _fine_distances(scenes: Scenes) -> Iterator[tuple[int, NDArray[np.float64]]]:
    """(row, distances in pixels [96, 96]) of each image, in some order."""
    for label, shape in enumerate(SHAPES.values()):
        rows = np.flatnonzero(scenes.labels == label)
        for start in range(0, len(rows), _AT_A_TIME):
            chunk = rows[start : start + _AT_A_TIME]
            masks = signed_distance(shape, scenes.at(chunk), FINE * SIZE) < 0
            yield from zip(chunk.tolist(), map(_distances, masks), strict=True)


def _distances(mask: NDArray[np.bool_]) -> NDArray[np.float64]:
    """To the border between two fine pixels: half a pixel less than to the centre beyond it."""
    from scipy import ndimage  # the names of the tasks need none of it

    inside, outside = ndimage.distance_transform_edt(mask), ndimage.distance_transform_edt(~mask)
    distances: NDArray[np.float64] = np.where(mask, 0.5 - inside, outside - 0.5) / FINE
    return distances


def _centres(fine: NDArray[np.float64]) -> NDArray[np.float64]:
    return fine[FINE // 2 :: FINE, FINE // 2 :: FINE]


def _pixel_means(fine: NDArray[np.float64]) -> NDArray[np.float64]:
    means: NDArray[np.float64] = fine.reshape(SIZE, FINE, SIZE, FINE).mean((1, 3))
    return means
