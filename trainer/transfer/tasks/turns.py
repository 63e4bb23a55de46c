"""Turns: by how many quarters of a turn the image was turned."""

import numpy as np

from trainer.data.scenes import Scenes
from trainer.transfer.tasks.entry import Examples, Task
from trainer.transfer.tasks.measures import ACCURACY
from trainer.transfer.tasks.objectives import CROSS_ENTROPY


def _make(scenes: Scenes, random: np.random.Generator) -> Examples:
    """Quarters move pixels and make none up: no border tells of a turn."""
    quarters = random.permutation(np.arange(len(scenes.images)) % 4)
    turned = scenes.images.copy()
    for number in (1, 2, 3):
        rows = quarters == number
        turned[rows] = np.rot90(turned[rows], number, axes=(1, 2))
    return Examples(turned, quarters)


TASK = Task(
    name="turns",
    title="which of four turns",
    short="turns",
    about="turns: how many quarters of a turn, against the clock, an image was turned",
    source="Gidaris et al. 2018",
    level="self-supervised",
    kind="classes",
    outputs=("0 degrees", "90 degrees", "180 degrees", "270 degrees"),
    make=_make,
    own_inputs=True,
    needs_labels=False,
    objective=CROSS_ENTROPY,
    measure=ACCURACY,
    ceiling=0.575,
    ceiling_why="disc, ring, square, frame and cross look alike in all four turns, bars in two each; stars "
    "and triangles leave less than that, how much is not known",
)
