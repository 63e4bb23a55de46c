"""Evaluation in batches against all images at once."""

import numpy as np
import pytest
import torch
from sklearn.metrics import confusion_matrix
from torch import nn
from torch.nn import functional as F

from trainer.data.loader import ImageSet, image_set
from trainer.evaluation import evaluate


def images(count: int) -> ImageSet:
    random = np.random.default_rng(1)
    pixels = random.integers(0, 256, (count, 16, 16, 3)).astype(np.uint8)
    return image_set(pixels, random.integers(0, 4, count), ((0.5,) * 3, (0.2,) * 3), torch.device("cpu"))


def network() -> nn.Module:
    torch.manual_seed(0)
    return nn.Sequential(nn.Flatten(), nn.Linear(3 * 16 * 16, 4))


@pytest.mark.parametrize("count", [1, 100, 257])
def test_batches_add_up_to_the_whole(count: int) -> None:
    split, model = images(count), network()
    found = evaluate(model, split, 4)
    with torch.no_grad():
        logits = model(split.normalised(split.pixels))
    assert found.loss == pytest.approx(F.cross_entropy(logits, split.labels).item(), rel=1e-5)
    predicted = logits.argmax(dim=1)
    assert (found.confusion == confusion_matrix(split.labels, predicted, labels=range(4))).all()
    assert not found.diverged


def test_no_images_have_no_loss() -> None:
    found = evaluate(network(), images(0), 4)
    assert found.loss is None
    assert not found.diverged
    assert found.confusion.tolist() == [[0] * 4] * 4


@pytest.mark.parametrize("value", [float("nan"), 1e38])
def test_logits_that_are_not_finite_are_divergence(value: float) -> None:
    model = network()
    for parameter in model.parameters():
        nn.init.constant_(parameter, value)
    assert evaluate(model, images(5), 4).diverged
