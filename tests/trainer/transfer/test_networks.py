"""The networks of the tasks: their sizes by hand, convnet4's own features, raw pixels, that they learn."""

from itertools import pairwise

import numpy as np
import pytest
import torch
from torch import nn

from tests.trainer.transfer.drawn import examples, some_scenes
from trainer.models.convnet4 import MODEL, ConvNet4Fields
from trainer.models.entry import ModelContext
from trainer.transfer.networks import (
    PIXEL_CHANNELS,
    TaskNetwork,
    channels_of,
    encoder,
    head,
    raw_pixels,
)
from trainer.transfer.tasks import TASKS, Task

pytestmark = pytest.mark.slow


def parameters(network: nn.Module) -> int:
    return sum(parameter.numel() for parameter in network.parameters())


def network_of(task: Task) -> TaskNetwork:
    torch.manual_seed(0)
    return TaskNetwork(encoder(), head(task.kind, channels_of(), len(task.outputs)))


def test_the_encoder_has_the_size_that_is_said() -> None:
    """Four convolutions of 3 x 3 without bias, each with a scale and a shift a channel."""
    widths = (3, 16, 32, 64, 128)
    weights = sum(9 * before * after for before, after in pairwise(widths))
    assert parameters(encoder()) == weights + 2 * sum(widths[1:]) == 97_680


@pytest.mark.parametrize("width", [2, 16])
def test_the_encoder_is_the_front_of_convnet4(width: int) -> None:
    """A run's weights fit, and the rest of convnet4 makes its logits of these features."""
    context = ModelContext(fields=ConvNet4Fields(width=width), classes=7, image_size=32)
    whole = MODEL.build(context).eval()
    front = encoder(width).eval()
    front.load_state_dict({name: whole.state_dict()[name] for name in front.state_dict()})
    images = torch.randn(3, 3, 32, 32)
    features = front(images)
    assert features.shape == (3, channels_of(width), 2, 2)
    rest = nn.Sequential(*list(whole.children())[len(front) :])
    torch.testing.assert_close(rest(features), whole(images))


def test_a_width_that_cannot_be_is_refused() -> None:
    with pytest.raises(ValueError, match="width"):
        encoder(0)


def test_raw_pixels_are_all_pixels_each_in_its_quarter() -> None:
    images = np.random.default_rng(0).standard_normal((2, 3, 32, 32)).astype(np.float32)
    features = raw_pixels()(torch.from_numpy(images)).numpy()
    assert features.shape == (2, PIXEL_CHANNELS, 2, 2)
    for down in range(2):
        for right in range(2):
            quarter = images[:, :, 16 * down : 16 * down + 16, 16 * right : 16 * right + 16]
            assert np.array_equal(np.sort(features[:, :, down, right]), np.sort(quarter.reshape(2, -1)))


@pytest.mark.parametrize("outputs", [1, 2, 10])
def test_heads_have_the_size_that_is_said(outputs: int) -> None:
    """By hand: 512 to 64 to the outputs; a 1 x 1 convolution, three of 3 x 3 with batch norm, the last."""
    vector = 512 * 64 + 64 + 64 * outputs + outputs
    ways_up = 128 * 64 + 9 * (64 * 32 + 32 * 16 + 16 * 16) + 2 * (64 + 32 + 16 + 16)
    last = 9 * 16 * 4 * outputs + 4 * outputs
    assert parameters(head("classes", 128, outputs)) == vector == 32_832 + 65 * outputs
    assert parameters(head("map", 128, outputs)) == ways_up + last == 33_792 + 580 * outputs


@pytest.mark.parametrize("channels", [128, 2 * 128, PIXEL_CHANNELS])
def test_heads_take_features_side_by_side(channels: int) -> None:
    features = torch.randn(2, channels, 2, 2)
    assert head("vector", channels, 3)(features).shape == (2, 3)
    assert head("map", channels, 3)(features).shape == (2, 3, 32, 32)


def test_a_map_keeps_left_and_right_and_up_and_down() -> None:
    """What stands in one corner of the features changes the map most there, and least in the other."""
    torch.manual_seed(0)
    network = head("map", 128, 1).eval()
    features = torch.randn(1, 128, 2, 2)
    other = features.clone()
    other[:, :, 0, 1] += 1
    changed = (network(features) - network(other)).abs()[0, 0]
    own, opposite = changed[:16, 16:].mean().item(), changed[16:, :16].mean().item()
    sides = (changed[:16, :16].mean().item(), changed[16:, 16:].mean().item())
    assert own > 1.2 * max(sides)
    assert min(sides) > 1.2 * opposite


@pytest.mark.parametrize("name", TASKS.names)
def test_each_task_is_learnt_by_heart(name: str) -> None:
    """A few images, a few steps: the loss falls well below that of the start, and everything is trained."""
    task, scenes = TASKS[name], some_scenes().at(np.arange(1, 9))
    made = examples(name, scenes)
    network = network_of(task).train()
    images = torch.from_numpy(made.inputs).permute(0, 3, 1, 2) / 255 - 0.5
    targets = torch.from_numpy(made.targets)
    optimizer = torch.optim.Adam(network.parameters(), 3e-3)
    losses = []
    for _ in range(15):
        loss = task.objective.per_image(network(images), targets).mean()
        optimizer.zero_grad()
        torch.autograd.backward(loss)
        assert all(parameter.grad is not None for parameter in network.parameters())
        optimizer.step()
        losses.append(loss.item())
    assert losses[-1] < 0.7 * losses[0]
