"""Batches: order, crops, flips and normalisation, against per-image operations done one by one."""

import numpy as np
import pytest
import torch
from numpy.typing import NDArray
from torch import Tensor

from trainer.data.loader import CROP_PADDING, ImageSet, TrainingBatches, image_set
from trainer.mixing import MixedLabels
from trainer.sampling.instance import InstanceSampling

MEAN, STD = (0.5, 0.4, 0.3), (0.2, 0.25, 0.3)
CPU = torch.device("cpu")


def pixels(count: int, size: int = 16) -> NDArray[np.uint8]:
    return np.random.default_rng(0).integers(1, 256, (count, size, size, 3)).astype(np.uint8)


def split(count: int) -> ImageSet:
    """Images labelled by their own index, so that a batch says which they are."""
    return image_set(pixels(count), np.arange(count), (MEAN, STD), CPU)


def batches_of(images: ImageSet, batch_size: int, augment: bool) -> TrainingBatches:
    return TrainingBatches(images, InstanceSampling((len(images),)), batch_size, augment)


def seeded(seed: int = 0) -> torch.Generator:
    return torch.Generator().manual_seed(seed)


def normalised(image: NDArray[np.uint8]) -> NDArray[np.float64]:
    """[H, W, 3] -> [3, H, W] by the definition."""
    standardised: NDArray[np.float64] = (image / 255 - np.array(MEAN)) / np.array(STD)
    return standardised.transpose(2, 0, 1)


def windows(image: NDArray[np.uint8]) -> list[NDArray[np.float64]]:
    """Every crop of the black-bordered image, plain and mirrored, normalised."""
    border = ((CROP_PADDING, CROP_PADDING), (CROP_PADDING, CROP_PADDING), (0, 0))
    padded, (height, width, _) = np.pad(image, border), image.shape
    places = range(2 * CROP_PADDING + 1)
    crops = [padded[y : y + height, x : x + width] for y in places for x in places]
    return [normalised(crop) for crop in crops] + [normalised(crop[:, ::-1]) for crop in crops]


def test_evaluation_batches_are_in_order_and_normalised() -> None:
    images = split(7)
    batches = list(images.batches(3))
    assert torch.cat([labels for _, labels in batches]).tolist() == list(range(7))
    together = torch.cat([batch for batch, _ in batches])
    expected = np.stack([normalised(image) for image in pixels(7)])
    np.testing.assert_allclose(together.numpy(), expected, atol=1e-5)


def test_batches_lie_channels_last() -> None:
    for augment in (False, True):
        batch, _, _ = next(batches_of(split(6), 4, augment).epoch(1, seeded()))
        assert batch.shape == (4, 3, 16, 16)
        assert batch.is_contiguous(memory_format=torch.channels_last)


def test_without_augmentation_each_image_comes_once_and_whole() -> None:
    batches = list(batches_of(split(10), 4, augment=False).epoch(1, seeded()))
    order = torch.cat([labels for _, labels, _ in batches])
    assert sorted(order.tolist()) == list(range(10))
    assert order.tolist() != list(range(10))
    images = torch.cat([batch for batch, _, _ in batches])
    expected = np.stack([normalised(image) for image in pixels(10)])[order.numpy()]
    np.testing.assert_allclose(images.numpy(), expected, atol=1e-5)


def test_augmented_images_are_crops_of_their_own_image() -> None:
    source = pixels(12)
    seen = set()
    for batch, labels, _ in batches_of(split(12), 5, augment=True).epoch(1, seeded()):
        for image, label in zip(batch.numpy(), labels.tolist(), strict=True):
            matches = [
                n for n, crop in enumerate(windows(source[label])) if np.allclose(image, crop, atol=1e-5)
            ]
            assert matches, f"image {label} is no crop of itself"
            seen.add(matches[0])
    assert len(seen) > 6


def test_every_corner_is_drawn_and_half_are_flipped() -> None:
    """One bright pixel in one image, many times over: where it lands says what was drawn."""
    image = np.zeros((1, 16, 16, 3), np.uint8)
    image[0, 7, 7] = 255
    many = image_set(np.repeat(image, 6000, axis=0), np.zeros(6000, np.int64), ((0.0,) * 3, (1.0,) * 3), CPU)
    batch, _, _ = next(batches_of(many, 6000, augment=True).epoch(1, seeded()))
    rows, columns = np.unravel_index(batch[:, 0].flatten(1).argmax(dim=1).numpy(), (16, 16))
    assert set(rows.tolist()) == set(range(3, 12))
    counts = np.bincount(columns, minlength=16)
    assert counts[4:12].min() > 600  # a ninth of 6,000 is 667: plain lands on 3..11, mirrored on 4..12
    assert 270 < counts[3] < 400
    assert 270 < counts[12] < 400


@pytest.mark.parametrize(
    ("count", "batch_size", "sizes"),
    [(10, 4, [4, 4, 2]), (9, 4, [4, 4]), (8, 4, [4, 4]), (3, 64, [3]), (2, 2, [2]), (3, 2, [2])],
)
def test_only_a_last_batch_of_one_is_dropped(count: int, batch_size: int, sizes: list[int]) -> None:
    training = batches_of(split(count), batch_size, augment=True)
    assert [len(labels) for _, labels, _ in training.epoch(1, seeded())] == sizes
    assert (training.steps, training.images_per_epoch) == (len(sizes), sum(sizes))


def drawn(seed: int) -> Tensor:
    return torch.cat([batch for batch, _, _ in batches_of(split(9), 4, augment=True).epoch(1, seeded(seed))])


def test_an_epoch_is_a_function_of_its_seed() -> None:
    torch.rand(3)
    assert torch.equal(drawn(1), drawn(1))
    assert not torch.equal(drawn(1), drawn(2))


def test_a_channel_without_variance_is_only_centred() -> None:
    black = np.zeros((2, 16, 16, 3), np.uint8)
    batch, _ = next(image_set(black, np.zeros(2, np.int64), ((0.0,) * 3, (0.0,) * 3), CPU).batches(2))
    assert torch.equal(batch, torch.zeros(2, 3, 16, 16))


def test_read_only_arrays_are_copied_without_a_warning() -> None:
    mapped = pixels(2)
    mapped.setflags(write=False)
    assert len(image_set(mapped, np.arange(2), (MEAN, STD), CPU)) == 2


def test_images_are_changed_then_mixed_and_the_draws_before_stay() -> None:
    """A change that inverts pixels, and a mixing that adds 1: both meet the images that a plain epoch has."""
    order: list[str] = []

    def invert(pixels: Tensor, generator: torch.Generator) -> None:
        order.append("change")
        torch.rand(7, generator=generator)
        pixels.copy_(255 - pixels)

    def add(images: Tensor, labels: Tensor, generator: torch.Generator) -> tuple[Tensor, MixedLabels]:
        order.append("mix")
        torch.rand(5, generator=generator)
        return images + 1, MixedLabels(labels.flip(0), torch.full((len(labels),), 0.25))

    images, sampling = split(9), InstanceSampling((9,))
    for augment in (True, False):
        order.clear()
        plain = list(TrainingBatches(images, sampling, 4, augment).epoch(1, seeded()))
        mixed = list(TrainingBatches(images, sampling, 4, augment, invert, add).epoch(1, seeded()))
        assert order == ["change", "mix"] * 2
        for (one, labels, none), (other, same, labelled) in zip(plain, mixed, strict=True):
            assert none is None
            assert labelled is not None
            assert torch.equal(labels, same)
            assert torch.equal(labelled.others, labels.flip(0))
            extremes = torch.tensor([[0.0], [1.0]]).sub(torch.tensor(MEAN)).div(torch.tensor(STD)).sum(dim=0)
            torch.testing.assert_close(one + other - 1, extremes.view(1, 3, 1, 1).expand_as(one))
    assert torch.equal(images.pixels, split(9).pixels)


def test_the_neutral_colour_is_the_mean() -> None:
    assert split(2).neutral.tolist() == pytest.approx([255 * mean for mean in MEAN], abs=0.51)
