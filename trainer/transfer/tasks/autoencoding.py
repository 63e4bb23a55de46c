"""Autoencoding: the image itself, through the narrow end of the encoder."""

import numpy as np

from trainer.data.scenes import Scenes
from trainer.transfer.tasks.entry import Examples, Task
from trainer.transfer.tasks.measures import root_mean_square
from trainer.transfer.tasks.objectives import squared_error
from trainer.transfer.tasks.pictures import BRIGHTNESS, as_map


def _make(scenes: Scenes, _: np.random.Generator) -> Examples:
    return Examples(scenes.images, as_map(scenes.images))


TASK = Task(
    name="autoencoding",
    title="autoencoding",
    short="autoencode",
    about="autoencoding: the image, noise and all, from its features",
    source="Hinton and Salakhutdinov 2006",
    level="low",
    kind="map",
    outputs=("red", "green", "blue"),
    units=BRIGHTNESS,
    make=_make,
    needs_labels=False,
    objective=squared_error(centre=(0.45,), scale=(0.2,)),
    measure=root_mean_square(BRIGHTNESS),
    ceiling=0.0,
    ceiling_why="no error; features fewer than pixels cannot hold the noise, so it stays out of reach",
)
