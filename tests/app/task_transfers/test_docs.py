"""What the docs say of the labelled images is so."""

from importlib.resources import files

import numpy as np

from tests.app.task_transfers import made
from trainer.data.scenes import PER_CLASS
from trainer.data.shapes import SHAPES
from trainer.transfer.measure import drawn
from trainer.transfer.tasks import TASKS

LABELS = np.tile(np.arange(len(SHAPES)), PER_CLASS["readout"])
TEXT = " ".join(files("app").joinpath("docs/task-transfers.md").read_text("utf-8").split())


def test_orientation_has_four_fifths_of_the_labelled_images() -> None:
    examples, names = made.examples_of(TASKS["orientation"]), np.array(list(SHAPES))
    assert examples.counted is not None
    assert set(names[~examples.counted]) == {"disc", "ring"}
    for images in (100, 300, 1000):
        chosen = names[LABELS[drawn(LABELS, images, len(SHAPES), 0)]]
        assert np.isin(chosen, ("disc", "ring"), invert=True).sum() == 0.8 * images
    assert "Orientation leaves out discs and rings" in TEXT
    assert "80 of 100" in TEXT


def test_seeds_have_the_same_images_where_they_take_all() -> None:
    def taken(images: int, seed: int) -> set[int]:
        return set(drawn(LABELS, images, len(SHAPES), seed).tolist())

    assert taken(1000, 0) == taken(1000, 1)
    assert taken(300, 0) != taken(300, 1)
    assert "at 1,000 images every seed has the same ones" in TEXT
