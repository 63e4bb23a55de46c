"""Placement: where the shape's centre is, and how large the shape."""

import numpy as np

from trainer.data.drawing import SIZE
from trainer.data.scenes import Scenes
from trainer.transfer.tasks.entry import Examples, Task
from trainer.transfer.tasks.measures import mean_absolute
from trainer.transfer.tasks.objectives import squared_error


def _make(scenes: Scenes, _: np.random.Generator) -> Examples:
    shares = np.stack([scenes.x, scenes.y, scenes.radius], axis=1)
    return Examples(scenes.images, shares * np.float32(SIZE / 2))


TASK = Task(
    name="placement",
    title="position and size",
    short="placement",
    about="placement: the shape's centre, from the image's, and its half-width before it was stretched",
    level="middle",
    kind="vector",
    outputs=("to the right", "down", "half-width"),
    units="pixels",
    make=_make,
    objective=squared_error(centre=(0.0, 0.0, 9.6), scale=(2.3, 2.3, 1.4)),
    measure=mean_absolute("pixels"),
    ceiling=0.0,
    ceiling_why="no error; an outline that is some dozens of pixels long tells fractions of one",
)
