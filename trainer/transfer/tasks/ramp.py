"""Ramp: whither the background gets lighter, and how fast."""

import numpy as np

from trainer.data.scenes import Scenes
from trainer.transfer.tasks.entry import Examples, Task
from trainer.transfer.tasks.measures import mean_length
from trainer.transfer.tasks.objectives import squared_error

UNITS = "brightness per width of the image"


def _make(scenes: Scenes, _: np.random.Generator) -> Examples:
    """One vector for both: the fainter a ramp, the less its direction means, and the less it counts here."""
    angle, strength = scenes.ramp_direction, scenes.ramp_strength
    return Examples(scenes.images, np.stack([strength * np.cos(angle), strength * np.sin(angle)], axis=1))


TASK = Task(
    name="ramp",
    title="direction and strength of the ramp",
    short="ramp",
    about="ramp: the gradient of the background's brightness, as one vector",
    level="low",
    kind="vector",
    outputs=("to the right", "down"),
    units=UNITS,
    make=_make,
    objective=squared_error(scale=(0.09,)),
    measure=mean_length(UNITS),
    ceiling=0.0,
    ceiling_why="no error; the noise of some hundred pixels of background leaves little of one",
)
