"""shapes10: always the same images, balanced, of the right kind, and never twice."""

import dataclasses
import hashlib

import numpy as np
import pytest

from trainer.config import DataConfig
from trainer.data.cache import DatasetArrays, Images, channel_statistics
from trainer.data.drawing import Look
from trainer.data.longtail import plan
from trainer.data.shapes import SHAPES
from trainer.data.synthetic import V1, V2, make_shapes10, render

pytestmark = pytest.mark.slow

STATISTICS = {
    V1: ((0.473119, 0.460063, 0.449251), (0.196056, 0.195159, 0.194873)),
    V2: ((0.457173, 0.457741, 0.447295), (0.191451, 0.189763, 0.188337)),
}
GOLDEN = {
    V1: "e5c 94a c89 62b ecb fa6 602 023 8cc 8b6 65a 0a8 866 5e7 e31 566 ca5 2af bd8 550",
    V2: "134 cab 50d 574 7a6 70c cda 3e5 af4 a75 4bc 9ae eb0 18e 9ec 81a 365 7d8 316 87e",
}
"""The first three hex digits of the sha256 of the first training and test image of each class."""


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


@pytest.mark.parametrize("look", [V1, V2], ids=["v1", "v2"])
def test_the_images_of_a_version_have_not_drifted(look: Look) -> None:
    """Another numpy may round a pixel or two in another way, no more; a new drawing needs a new version."""
    drawn = make_shapes10(20, 8, look)
    first = [*drawn.train_images[::20], *drawn.test_images[::8]]
    seen = [hashlib.sha256(image.tobytes()).hexdigest()[:3] for image in first]
    same = sum(one == other for one, other in zip(seen, GOLDEN[look].split(), strict=True))
    assert same >= 18
    for found, golden in zip(channel_statistics(drawn.train_images), STATISTICS[look], strict=True):
        assert found == pytest.approx(golden, abs=2e-4)


def test_versions_are_told_apart_by_their_source_and_images() -> None:
    assert (V1.info.source, V2.info.source) == ("shapes10/v1", "shapes10/v2")
    one, two = (make_shapes10(4, 2, look) for look in (V1, V2))
    assert not hashes(one.train_images) & hashes(two.train_images)
    assert V1.info.class_names == V2.info.class_names


def test_at_ratio_100_the_largest_class_has_1000_images() -> None:
    counts = plan(V2.info.train_counts, DataConfig()).train_counts
    assert counts == (1000, 599, 359, 215, 129, 77, 46, 27, 16, 10)
    assert sum(counts) == 2478
    assert V2.info.test_counts == (200,) * 10


def test_the_hue_asked_for_is_the_hue_drawn() -> None:
    plain = dataclasses.replace(V2, hue_spread=0.0)
    images = render(plain, SHAPES["square"], 0.0, 300, np.random.RandomState(0)).astype(float)
    centre = images[:, 14:18, 14:18].mean((0, 1, 2))
    assert centre[0] > 1.3 * max(centre[1], centre[2])


def test_a_double_has_the_hue_of_its_class() -> None:
    """Only the shape tells disc from ring: their inks have one distribution."""
    drawn = make_shapes10(400, 1)
    disc, ring = drawn.train_images[:400].astype(float), drawn.train_images[-400:].astype(float)
    red_over_blue = [np.sort((images[..., 0] - images[..., 2]).max((1, 2))) for images in (disc, ring)]
    assert np.abs(red_over_blue[0] - red_over_blue[1]).mean() < 12
