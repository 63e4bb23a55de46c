"""shapes10: always the same images, balanced, of the right kind, and never twice."""

import hashlib

import numpy as np
import pytest

from trainer.config import DataConfig
from trainer.data.cache import DatasetArrays, Images, channel_statistics
from trainer.data.longtail import plan
from trainer.data.shapes import SHAPES
from trainer.data.synthetic import INFO, make_shapes10, render

GOLDEN_MEAN = (0.473119, 0.460063, 0.449251)
GOLDEN_STD = (0.196056, 0.195159, 0.194873)


@pytest.fixture(scope="module")
def small() -> DatasetArrays:
    return make_shapes10(20, 8)


def hashes(images: Images) -> set[str]:
    return {hashlib.sha256(image.tobytes()).hexdigest() for image in images}


def test_the_kind_of_the_arrays(small: DatasetArrays) -> None:
    assert small.train_images.shape == (200, 32, 32, 3)
    assert small.train_labels.shape == (200,)
    assert [small.train_images.dtype.name, small.train_labels.dtype.name] == ["uint8", "int64"]
    assert np.bincount(small.test_labels).tolist() == [8] * 10
    assert small.train_images.flags.c_contiguous


def test_the_same_images_every_time_and_all_different(small: DatasetArrays) -> None:
    again = make_shapes10(20, 8)
    assert np.array_equal(small.train_images, again.train_images)
    assert np.array_equal(small.test_images, again.test_images)
    assert len(hashes(small.train_images) | hashes(small.test_images)) == 280


def test_the_images_of_version_1_have_not_drifted(small: DatasetArrays) -> None:
    """Another numpy may round a pixel in another way, no more; a new drawing needs a new version."""
    mean, std = channel_statistics(small.train_images)
    assert mean == pytest.approx(GOLDEN_MEAN, abs=2e-4)
    assert std == pytest.approx(GOLDEN_STD, abs=2e-4)


def test_at_ratio_100_the_largest_class_has_1000_images() -> None:
    counts = plan(INFO.train_counts, DataConfig()).train_counts
    assert counts == (1000, 599, 359, 215, 129, 77, 46, 27, 16, 10)
    assert sum(counts) == 2478
    assert INFO.test_counts == (200,) * 10


def test_the_hue_asked_for_is_the_hue_drawn() -> None:
    images = render(SHAPES["square"], 0.0, 300, np.random.RandomState(0)).astype(float)
    centre = images[:, 14:18, 14:18].mean((0, 1, 2))
    assert centre[0] > 1.3 * max(centre[1], centre[2])
