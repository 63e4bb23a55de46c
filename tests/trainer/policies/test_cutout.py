"""Cutout erases at most its square, anywhere alike."""

import pytest
import torch
from scipy.stats import chisquare

from tests.trainer.policies.made import GREY, applied, chosen


@pytest.mark.parametrize(("size", "side"), [(1, 9), (5, 9), (16, 32), (99, 8)])
def test_cutout_erases_a_square_that_the_edges_cut(size: int, side: int) -> None:
    pixels = torch.zeros(300, side, side, 3, dtype=torch.uint8)
    erased = applied(chosen(name="cutout", size=size), pixels)
    assert set(map(tuple, erased.flatten(0, 2).tolist())) <= {(0, 0, 0), tuple(GREY.tolist())}
    gone = erased[..., 0] == GREY[0]
    tall, wide = gone.any(dim=2).sum(dim=1), gone.any(dim=1).sum(dim=1)
    assert torch.equal(gone.sum(dim=(1, 2)), tall * wide)
    assert tall.max() == wide.max() == min(size, side)
    assert tall.min() >= min((size + 1) // 2, side)
    if size == 1:
        assert chisquare(gone.sum(dim=0).flatten()).pvalue > 1e-4
