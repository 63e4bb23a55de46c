"""Double: whether the shape is one of the five that are frequent in shapes10, or the rare double of one."""

import numpy as np

from trainer.data.scenes import Scenes
from trainer.data.shapes import SHAPES
from trainer.transfer.tasks.entry import Examples, Task
from trainer.transfer.tasks.measures import ACCURACY
from trainer.transfer.tasks.objectives import CROSS_ENTROPY


def _make(scenes: Scenes, _: np.random.Generator) -> Examples:
    """Both of a pair have one hue: shape alone tells."""
    return Examples(scenes.images, (scenes.labels >= len(SHAPES) // 2).astype(np.int64))


TASK = Task(
    name="double",
    title="frequent shape or rare double",
    short="double",
    about="double: whether the shape is of the frequent half of shapes10 or of the rare one",
    level="high",
    kind="classes",
    outputs=("frequent", "double"),
    make=_make,
    objective=CROSS_ENTROPY,
    measure=ACCURACY,
    ceiling=1.0,
    ceiling_why="all images, as far as one knows; people have not been asked",
)
