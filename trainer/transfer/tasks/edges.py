"""Edges: how steeply the clean image's light changes at each pixel, by Sobel's operator."""

import numpy as np

from trainer.data.cache import Images
from trainer.data.scenes import Scenes
from trainer.data.shapes import Floats
from trainer.transfer.tasks.entry import Examples, Task
from trainer.transfer.tasks.measures import mean_absolute
from trainer.transfer.tasks.objectives import squared_error
from trainer.transfer.tasks.pictures import luma

UNITS = "brightness per pixel"


def sobel(images: Images) -> Floats:
    """The length of Sobel's gradient of the luma, an eighth of the operator's value: float32 [N, H, W].

    By that eighth a plain ramp has its own slope. Beyond the border an image goes on as its mirror image.
    """
    light = np.pad(luma(images), ((0, 0), (1, 1), (1, 1)), "symmetric")
    across = light[:, :, 2:] - light[:, :, :-2]
    down = light[:, 2:] - light[:, :-2]
    across = across[:, :-2] + 2 * across[:, 1:-1] + across[:, 2:]
    down = down[:, :, :-2] + 2 * down[:, :, 1:-1] + down[:, :, 2:]
    slope: Floats = np.hypot(across, down) / np.float32(8)
    return slope


def _make(scenes: Scenes, _: np.random.Generator) -> Examples:
    return Examples(scenes.images, sobel(scenes.clean)[:, None])


TASK = Task(
    name="edges",
    title="edges",
    short="edges",
    about="edges: the slope of the clean image at each pixel, by Sobel's operator",
    source="Zamir et al. 2018, edges in two dimensions",
    level="low",
    kind="map",
    outputs=("slope",),
    units=UNITS,
    make=_make,
    objective=squared_error(centre=(0.02,), scale=(0.04,)),
    measure=mean_absolute(UNITS),
    ceiling=0.0,
    ceiling_why="no error; noise hides faint edges, so a part stays out of reach",
)
