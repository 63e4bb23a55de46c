"""The linear readout against scipy's minimiser, and what it is told apart by."""

import numpy as np
import pytest
import torch
from scipy import optimize, special

from trainer.transfer.readout import STRENGTHS, readout


def images(count: int, width: int, classes: int, apart: float) -> tuple[torch.Tensor, torch.Tensor]:
    random = torch.Generator().manual_seed(7)
    labels = torch.arange(count) % classes
    centres = torch.randn(classes, width, generator=random) * apart
    return centres[labels] + torch.randn(count, width, generator=random), labels


@pytest.mark.parametrize("apart", [0.1, 1.0])
def test_it_minimises_what_it_says(apart: float) -> None:
    """scipy finds the same least value, from numpy's own sum of it, at the strength that was chosen."""
    features, labels = images(60, 5, 3, apart)
    layer = readout(features, labels, 3)
    assert layer.strength in STRENGTHS
    x = features.double().numpy()
    x = (x - x.mean(0)) / x.std(0)
    truth = np.eye(3)[labels.numpy()]

    def objective(flat: np.ndarray) -> float:
        weights, constant = flat[:15].reshape(5, 3), flat[15:]
        logits = x @ weights + constant
        entropy = (special.logsumexp(logits, axis=1) - (logits * truth).sum(1)).mean()
        return float(entropy + layer.strength / 2 * (weights**2).sum())

    least = optimize.minimize(objective, np.zeros(18), method="BFGS", options={"gtol": 1e-8})
    ours = layer(features).numpy() @ np.eye(3)
    theirs = x @ least.x[:15].reshape(5, 3) + least.x[15:]
    gap = special.log_softmax(ours, axis=1) - special.log_softmax(theirs, axis=1)
    assert np.abs(gap).max() < 1e-3


def test_noise_is_held_down_and_a_clear_signal_is_read() -> None:
    features, labels = images(80, 30, 4, 0.0)
    assert readout(features, labels, 4).strength >= 0.1
    features, labels = images(80, 30, 4, 6.0)
    layer = readout(features, labels, 4)
    assert (layer(features).argmax(1) == labels).all()


def test_the_scale_of_a_feature_changes_nothing_and_a_constant_one_is_no_news() -> None:
    features, labels = images(60, 5, 3, 1.0)
    scaled = torch.cat([features * torch.tensor([1e3, 1.0, 1e-3, 5.0, 1.0]) + 7, torch.full((60, 1), 3.0)], 1)
    plain, other = readout(features, labels, 3)(features), readout(scaled, labels, 3)(scaled)
    assert torch.allclose(plain.log_softmax(1), other.log_softmax(1), atol=1e-3)
