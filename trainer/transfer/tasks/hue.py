"""Hue: that of the shape's ink, as a direction on the circle of hues."""

import numpy as np

from trainer.data.scenes import Scenes
from trainer.transfer.tasks.angles import COS_SIN, unit_vectors
from trainer.transfer.tasks.entry import Examples, Task
from trainer.transfer.tasks.measures import MEAN_ANGLE
from trainer.transfer.tasks.objectives import DIRECTION


def _make(scenes: Scenes, _: np.random.Generator) -> Examples:
    return Examples(scenes.images, unit_vectors(2 * np.pi * scenes.hue))


TASK = Task(
    name="hue",
    title="dominant hue",
    short="hue",
    about="hue: that of the shape's ink, red at 0 degrees and green at 120",
    level="low",
    kind="vector",
    outputs=COS_SIN,
    make=_make,
    objective=DIRECTION,
    measure=MEAN_ANGLE,
    ceiling=0.0,
    ceiling_why="no error; the noise of some hundred pixels of ink leaves little of one",
)
