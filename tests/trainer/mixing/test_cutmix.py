"""CutMix: one rectangle of a batch comes from other images, and the labels' shares are the areas."""

import math

import pytest
import torch
from scipy.stats import binomtest
from torch import Tensor

from tests.trainer.mixing.made import chosen, one_hot_batch, seeded


def rectangle(foreign: Tensor) -> tuple[int, int]:
    """Height and width of what is True in [H, W], which has to be a rectangle."""
    rows, columns = foreign.any(dim=1).nonzero().flatten(), foreign.any(dim=0).nonzero().flatten()
    inside = foreign[rows.min() : rows.max() + 1, columns.min() : columns.max() + 1]
    assert inside.all()
    return int(inside.shape[0]), int(inside.shape[1])


def test_the_share_is_the_area_that_an_image_keeps() -> None:
    images, labels = one_hot_batch(7, height=12, width=10)
    sizes = set()
    for seed in range(60):
        mixed, (others, share) = chosen(name="cutmix", mixed_batches=1)(images, labels, seeded(seed))
        assert set(mixed.flatten().tolist()) <= {0, 1}
        whose = mixed.argmax(dim=1)
        for image, own, other, kept in zip(whose, labels, others, share, strict=True):
            assert set(image.flatten().tolist()) <= {own.item(), other.item()}
            if own != other:
                assert kept.item() == pytest.approx((image == own).float().mean().item(), abs=1e-6)
        foreign = (whose != labels.view(-1, 1, 1)).any(dim=0)
        if foreign.any():
            sizes.add(rectangle(foreign))
    assert len(sizes) > 15


def test_a_rectangle_has_the_drawn_area_unless_the_edge_cuts_it() -> None:
    """A side s around a random middle loses s / 4 on average at an edge that it meets by chance s."""
    images, labels = one_hot_batch(2, 64, 64)
    mix, generator = chosen(name="cutmix", alpha=50, mixed_batches=1), seeded(0)
    cut = [1 - mix(images, labels, generator)[1].share[0].item() for _ in range(400)]
    side = math.sqrt(0.5)
    assert sum(cut) / len(cut) == pytest.approx((side - side**2 / 4) ** 2, abs=0.03)


def test_so_many_batches_are_mixed() -> None:
    images, labels = one_hot_batch(3, 8, 8)
    for part in (0.25, 1.0):
        mix, generator = chosen(name="cutmix", alpha=8, mixed_batches=part), seeded(2)
        mixed = sum(mix(images, labels, generator)[1].share[0].item() < 1 for _ in range(300))
        assert binomtest(mixed, 300, min(part, 1 - 1e-9)).pvalue > 1e-4


def test_an_unmixed_batch_is_as_it_was() -> None:
    images, labels = torch.rand(5, 3, 8, 8), torch.arange(5)
    mix, generator = chosen(name="cutmix", alpha=8, mixed_batches=0.01), seeded(4)
    for _ in range(5):
        mixed, (_, share) = mix(images, labels, generator)
        assert torch.equal(mixed, images)
        assert share.tolist() == [1] * 5
