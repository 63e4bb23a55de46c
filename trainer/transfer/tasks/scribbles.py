"""Scribbles: how many short lines were drawn, below the shape and over it."""

import numpy as np

from trainer.data.scenes import Scenes
from trainer.transfer.tasks.entry import Examples, Task
from trainer.transfer.tasks.measures import ACCURACY
from trainer.transfer.tasks.objectives import CROSS_ENTROPY


def _make(scenes: Scenes, _: np.random.Generator) -> Examples:
    return Examples(scenes.images, scenes.scribbles.astype(np.int64))


TASK = Task(
    name="scribbles",
    title="number of scribbles",
    short="scribbles",
    about="scribbles: how many short lines there are, from none to three",
    level="middle",
    kind="classes",
    outputs=("none", "one", "two", "three"),
    make=_make,
    objective=CROSS_ENTROPY,
    measure=ACCURACY,
    ceiling=0.96,
    ceiling_why="in 4 % of the images a scribble lies wholly below the shape or another one",
)
