"""Scenes to work on, and what can be told of them without asking the renderer."""

from collections.abc import Callable
from functools import cache

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage

from trainer.data.drawing import Placement, signed_distance
from trainer.data.scenes import Scenes, draw_scenes
from trainer.data.shapes import SHAPES
from trainer.transfer.tasks import TASKS, Examples

Floats = NDArray[np.float64]
AXIS = (np.arange(32) + 0.5) / 16 - 1
"""Pixel centres, in half-widths."""


@cache
def some_scenes(per_class: int = 20) -> Scenes:
    return draw_scenes("test", per_class)


def examples(task: str, scenes: Scenes, seed: int = 0) -> Examples:
    return TASKS[task].make(scenes, np.random.default_rng(seed))


def where(scenes: Scenes, holds: Callable[[int], bool]) -> Scenes:
    """Those whose number of scribbles holds."""
    return scenes.at(np.array([holds(int(number)) for number in scenes.scribbles]))


def masks(scene: Scenes, size: int = 32, **values: float) -> NDArray[np.bool_]:
    """The mask of one scene with other numbers."""
    names = ("x", "y", "radius", "turn", "stretch")
    place = {name: np.array([values.get(name, vars(scene)[name][0])], np.float32) for name in names}
    shape = list(SHAPES.values())[int(scene.labels[0])]
    return np.asarray(signed_distance(shape, Placement(**place), size)[0] < 0)


def background(clean: NDArray[np.uint8], shape: NDArray[np.bool_]) -> tuple[Floats, Floats]:
    """The plane through what is neither shape nor next to it, by least squares.

    Its slopes to the right and down, per half-width [2, 3], and its values [32, 32, 3], of 0 to 1.
    """
    x, y = np.meshgrid(AXIS, AXIS)
    design = np.stack([x, y, np.ones_like(x)], axis=-1)
    beside = ~ndimage.binary_dilation(shape, np.ones((3, 3)), iterations=2)
    plane, *_ = np.linalg.lstsq(design[beside], clean[beside] / 255, rcond=None)
    return plane[:2], design @ plane


def ink(clean: NDArray[np.uint8], shape: NDArray[np.bool_]) -> Floats:
    """The colour at the shape's thickest place, 0 to 1: [3]."""
    depth = ndimage.distance_transform_edt(shape)
    return np.array(clean[np.unravel_index(depth.argmax(), depth.shape)] / 255)
