"""Normals: at each pixel the direction in which the distance to the outline grows."""

import numpy as np

from trainer.data.scenes import Scenes
from trainer.transfer.tasks.entry import Examples, Task
from trainer.transfer.tasks.measures import MEAN_ANGLE
from trainer.transfer.tasks.objectives import DIRECTION
from trainer.transfer.tasks.outline import outline_normals


def _make(scenes: Scenes, _: np.random.Generator) -> Examples:
    return Examples(scenes.images, outline_normals(scenes))


TASK = Task(
    name="normals",
    title="normals of the outline's distance",
    short="normals",
    about="normals: at each pixel the direction away from the outline, and inside towards it",
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
