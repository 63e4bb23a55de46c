"""Targets of the high tasks, by the names of the shapes."""

import numpy as np
import pytest
from scipy import ndimage

from tests.trainer.transfer.drawn import examples, some_scenes
from trainer.transfer.tasks import TASKS

pytestmark = pytest.mark.slow

HOLES = {"disc": 0, "square": 0, "ring": 1, "frame": 1}
"""Of the shapes that differ from their double by one."""


def test_the_class_is_that_of_the_shape_which_the_mask_shows() -> None:
    """A hole in the mask tells ring and frame; bars are the one shape in three pieces."""
    scenes = some_scenes()
    for label, mask in zip(examples("shape", scenes).targets, scenes.mask, strict=True):
        name = TASKS["shape"].outputs[label]
        if name in HOLES:
            assert ndimage.label(~np.pad(mask, 1))[1] == 1 + HOLES[name]
        assert (ndimage.label(mask, np.ones((3, 3)))[1] >= 3) == (name == "bars")


def test_the_frequent_ones_are_the_first_five_of_shapes10() -> None:
    names = TASKS["shape"].outputs
    made = examples("double", some_scenes())
    frequent = {names[label] for label, double in zip(some_scenes().labels, made.targets, strict=True)
                if not double}  # fmt: skip
    assert frequent == {"disc", "square", "cross", "triangle", "star"}
    assert {made.targets.dtype.name, examples("shape", some_scenes()).targets.dtype.name} == {"int64"}
