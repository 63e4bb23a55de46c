"""Segmentation: which pixels belong to the shape, also below a scribble."""

import numpy as np

from trainer.data.scenes import Scenes
from trainer.transfer.tasks.entry import Examples, Task
from trainer.transfer.tasks.measures import OVERLAP
from trainer.transfer.tasks.objectives import PIXEL_CROSS_ENTROPY


def _make(scenes: Scenes, _: np.random.Generator) -> Examples:
    return Examples(scenes.images, scenes.mask[:, None].astype(np.float32))


TASK = Task(
    name="segmentation",
    title="segmentation",
    short="segment",
    about="segmentation: the pixels of the shape, also where a scribble hides them",
    source="Zamir et al. 2018",
    level="middle",
    kind="map",
    outputs=("shape",),
    make=_make,
    objective=PIXEL_CROSS_ENTROPY,
    measure=OVERLAP,
    ceiling=1.0,
    ceiling_why="all pixels; a scribble over the outline, on a fourth of the images, leaves some to guess",
)
