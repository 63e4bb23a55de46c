"""Orientation: how far the shape is turned, as far as its own symmetry lets one tell."""

import numpy as np

from trainer.data.scenes import Scenes
from trainer.data.shapes import SHAPES
from trainer.transfer.tasks.angles import COS_SIN, unit_vectors
from trainer.transfer.tasks.entry import Examples, Task
from trainer.transfer.tasks.measures import MEAN_ANGLE
from trainer.transfer.tasks.objectives import DIRECTION

SYMMETRY = {"square": 4, "cross": 4, "triangle": 3, "star": 5, "bars": 2, "crescent": 1, "tee": 1, "frame": 4}
"""Into how many equal turns a shape goes into itself, before it is stretched. Disc and ring have no turn."""

_ORDERS = np.array([SYMMETRY.get(name, 0) for name in SHAPES], np.float32)


def _make(scenes: Scenes, _: np.random.Generator) -> Examples:
    orders = _ORDERS[scenes.labels]
    return Examples(scenes.images, unit_vectors(orders * scenes.turn), orders > 0)


TASK = Task(
    name="orientation",
    title="orientation",
    short="orientation",
    about="orientation: the shape's turn times the order of its symmetry; round shapes are left out",
    level="middle",
    kind="vector",
    outputs=COS_SIN,
    make=_make,
    objective=DIRECTION,
    measure=MEAN_ANGLE,
    ceiling=0.0,
    ceiling_why="no error, in degrees of the turn times the order: five of the star's are one of its turn",
)
