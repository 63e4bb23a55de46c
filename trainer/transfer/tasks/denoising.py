"""Denoising: the clean image from one that is noisier than the scenes are."""

import numpy as np

from trainer.data.scenes import Scenes
from trainer.transfer.tasks.entry import Examples, Task
from trainer.transfer.tasks.measures import root_mean_square
from trainer.transfer.tasks.objectives import squared_error
from trainer.transfer.tasks.pictures import BRIGHTNESS, as_map

ADDED = 0.1
"""Standard deviation of the added noise, where 0 is black and 1 white; the scenes have 0.02 to 0.06."""


def _make(scenes: Scenes, random: np.random.Generator) -> Examples:
    noise = random.standard_normal(scenes.images.shape, np.float32) * np.float32(255 * ADDED)
    noisier = np.clip(scenes.images + noise, 0, 255).round().astype(np.uint8)
    return Examples(noisier, as_map(scenes.clean))


TASK = Task(
    name="denoising",
    title="denoising",
    short="denoise",
    about="denoising: the image as it was before its noise and more of it",
    source="Vincent et al. 2008",
    level="low",
    kind="map",
    outputs=("red", "green", "blue"),
    units=BRIGHTNESS,
    make=_make,
    own_inputs=True,
    objective=squared_error(centre=(0.45,), scale=(0.2,)),
    measure=root_mean_square(BRIGHTNESS),
    ceiling=None,
    ceiling_why="more than 0, since noise hides a part; how much is not known",
)
