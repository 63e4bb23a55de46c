"""Shape: which of the ten it is."""

import numpy as np

from trainer.data.scenes import Scenes
from trainer.data.shapes import SHAPES
from trainer.transfer.tasks.entry import Examples, Task
from trainer.transfer.tasks.measures import ACCURACY
from trainer.transfer.tasks.objectives import CROSS_ENTROPY


def _make(scenes: Scenes, _: np.random.Generator) -> Examples:
    return Examples(scenes.images, scenes.labels)


TASK = Task(
    name="shape",
    title="class of the shape",
    short="class",
    about="shape: which of the ten it is",
    level="high",
    kind="classes",
    outputs=tuple(SHAPES),
    make=_make,
    objective=CROSS_ENTROPY,
    measure=ACCURACY,
    ceiling=1.0,
    ceiling_why="all images, as far as one knows; people have not been asked",
)
