"""Normals: at each pixel the direction in which the distance to the outline grows.

They are those of the task distance: none where that is cut off.
"""

import numpy as np

from trainer.data.scenes import Scenes
from trainer.transfer.tasks.distance import FARTHEST
from trainer.transfer.tasks.entry import Examples, Task
from trainer.transfer.tasks.measures import MEAN_ANGLE
from trainer.transfer.tasks.objectives import DIRECTION
from trainer.transfer.tasks.outline import outline_normals


def _make(scenes: Scenes, _: np.random.Generator) -> Examples:
    return Examples(scenes.images, outline_normals(scenes, within=FARTHEST))


TASK = Task(
    name="normals",
    title="normals of the outline's distance",
    short="normals",
    about="normals: at each pixel within 8 of the outline, the direction out of the shape and on",
    source="stands for the surface normals of Zamir et al. 2018",
    level="middle",
    kind="map",
    outputs=("to the right", "down"),
    make=_make,
    objective=DIRECTION,
    measure=MEAN_ANGLE,
    ceiling=0.0,
    ceiling_why="no error beyond that of the targets, some degrees",
)
