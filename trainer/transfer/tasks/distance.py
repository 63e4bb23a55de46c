"""Distance: how far each pixel is from the shape's outline, negative inside; the picture's depth."""

import numpy as np

from trainer.data.scenes import Scenes
from trainer.transfer.tasks.entry import Examples, Task
from trainer.transfer.tasks.measures import mean_absolute
from trainer.transfer.tasks.objectives import squared_error
from trainer.transfer.tasks.outline import outline_distances

FARTHEST = 8.0
"""Pixels. Signed, the distance passes smoothly through the outline, where the absolute one has a kink; cut
off here, it does not spend most of the squared error on corners that only show how far off they are."""


def _make(scenes: Scenes, _: np.random.Generator) -> Examples:
    return Examples(scenes.images, np.clip(outline_distances(scenes), -FARTHEST, FARTHEST)[:, None])


TASK = Task(
    name="distance",
    title="distance to the outline",
    short="distance",
    about="distance: pixels from the shape's outline, negative inside, no more than 8 either way",
    source="stands for the depth of Zamir et al. 2018",
    level="middle",
    kind="map",
    outputs=("distance",),
    units="pixels",
    make=_make,
    objective=squared_error(centre=(4.0,), scale=(3.5,)),
    measure=mean_absolute("pixels"),
    ceiling=0.0,
    ceiling_why="no error beyond that of the targets, about a tenth of a pixel",
)
