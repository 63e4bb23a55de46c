"""The torch network against its specification, and the folded copy against the network."""

import math
from typing import Any

import pytest
import torch
from torch import nn
from torch.utils.flop_counter import FlopCounterMode

from trainer.config import ModelConfig
from trainer.models import model_spec
from trainer.models.layered import LayeredNetwork, build_layered
from trainer.models.specs import Add, Conv, Flatten, GlobalPool, Linear, ModelSpec, layered_spec


def spec(classes: int = 10, image_size: int = 32, **model: object) -> ModelSpec:
    return model_spec(ModelConfig.model_validate(model), classes, image_size)


def stirred(network: LayeredNetwork) -> LayeredNetwork:
    """The network with batch norm statistics and scales that are not the trivial ones."""
    network.train()
    for _ in range(3):
        network(torch.randn(8, 3, 16, 16) * 2 + 1)
    for layer in network:
        if isinstance(layer, nn.BatchNorm2d):
            nn.init.uniform_(layer.weight, -2, 2)
            nn.init.normal_(layer.bias)
    return network


@pytest.mark.parametrize(
    "model", [{}, {"batch_norm": False}, {"width": 1}, {"width": 5, "batch_norm": False}]
)
@pytest.mark.parametrize(("classes", "image_size"), [(10, 32), (1, 16), (100, 33)])
def test_sizes_are_those_of_the_specification(classes: int, image_size: int, model: dict[str, Any]) -> None:
    planned = spec(classes, image_size, **model)
    network = build_layered(planned)
    assert sum(parameter.numel() for parameter in network.parameters()) == planned.parameters
    images = torch.zeros(2, 3, image_size, image_size)
    for place, layer in zip(planned.layers, network, strict=True):
        images = layer(images)
        assert tuple(images.shape[1:]) == place.output, place
    assert images.shape == (2, classes)


def test_multiply_adds_against_torchs_flop_counter() -> None:
    planned = spec()
    with FlopCounterMode(display=False) as counter:
        build_layered(planned).eval()(torch.zeros(1, 3, 32, 32))
    assert counter.get_total_flops() == 2 * planned.multiply_adds


def test_layers_come_in_the_published_order() -> None:
    kinds = [type(layer).__name__ for layer in build_layered(spec(activation="leaky_relu"))]
    assert kinds == ["Conv2d", "BatchNorm2d", "MaxPool2d", "LeakyReLU"] * 4 + [
        "Flatten", "Dropout", "Linear", "LeakyReLU", "Dropout", "Linear",
    ]  # fmt: skip


def test_pooling_before_the_activation_changes_nothing() -> None:
    features = torch.randn(4, 5, 8, 8)
    for activation in (nn.ReLU(), nn.LeakyReLU(0.01)):
        pool = nn.MaxPool2d(2)
        assert torch.equal(activation(pool(features)), pool(activation(features)))


def test_without_batch_norm_convolutions_have_a_bias_and_nothing_else_changes() -> None:
    network = build_layered(spec(batch_norm=False))
    assert [type(layer).__name__ for layer in network[:3]] == ["Conv2d", "MaxPool2d", "ReLU"]
    assert not any(isinstance(layer, nn.BatchNorm2d) for layer in network)
    assert len(network) == len(build_layered(spec())) - 4
    assert all(layer.bias is not None for layer in network if isinstance(layer, nn.Conv2d))


@pytest.mark.parametrize("batch_norm", [True, False])
def test_asked_first_biases_are_those_right_before_an_activation(batch_norm: bool) -> None:
    torch.manual_seed(0)
    usual = build_layered(spec(3, 16, batch_norm=batch_norm))
    torch.manual_seed(0)
    network = build_layered(spec(3, 16, batch_norm=batch_norm))
    network.start_biases_at(-0.7)
    kind = nn.BatchNorm2d if batch_norm else nn.Conv2d
    changed = [layer for layer in network if isinstance(layer, kind)] + [network[-4]]
    assert len(changed) == 5
    asked = {id(layer.bias) for layer in changed}
    for mine, theirs in zip(network.parameters(), usual.parameters(), strict=True):
        assert torch.equal(mine, torch.full_like(mine, -0.7) if id(mine) in asked else theirs)


@pytest.mark.parametrize("batch_norm", [True, False])
@pytest.mark.parametrize("activation", ["relu", "leaky_relu"])
def test_folded_copy_computes_the_same_function(activation: str, batch_norm: bool) -> None:
    network = stirred(build_layered(spec(3, 16, activation=activation, batch_norm=batch_norm)))
    images = torch.randn(5, 3, 16, 16)
    copy = network.folded()
    assert not any(isinstance(layer, nn.BatchNorm2d | nn.Dropout) for layer in copy)
    with torch.inference_mode():
        torch.testing.assert_close(copy(images), network.eval()(images), rtol=1e-4, atol=1e-4)


def test_folding_leaves_the_network_trainable() -> None:
    network = stirred(build_layered(spec(3, 16)))
    before = {name: value.clone() for name, value in network.state_dict().items()}
    network.folded()
    assert all(torch.equal(value, before[name]) for name, value in network.state_dict().items())
    network.train()(torch.randn(4, 3, 16, 16)).sum().backward()


@pytest.mark.parametrize(("classes", "expected"), [(10, 0.1), (100, 0.01), (2, 0.5)])
def test_sigmoids_start_at_one_in_c(classes: int, expected: float) -> None:
    network = build_layered(spec(classes, 16))
    network.start_at_prior()
    assert network.head.bias.detach().sigmoid().tolist() == pytest.approx([expected] * classes)


def test_one_class_keeps_a_finite_bias() -> None:
    network = build_layered(spec(1, 16))
    network.start_at_prior()
    assert math.isfinite(network.head.bias.item())


def test_a_network_may_end_in_the_mean_over_positions() -> None:
    layers = (Conv(4, kernel=3, padding=0, bias=True, stride=2), GlobalPool(), Flatten(), Linear(2))
    network, images = build_layered(layered_spec("mean", layers, 9)), torch.randn(3, 3, 9, 9)
    features = network[0](images)
    assert features.shape == (3, 4, 4, 4)
    torch.testing.assert_close(network(images), network.head(features.mean((2, 3))))


def test_what_goes_around_a_block_is_refused() -> None:
    with pytest.raises(ValueError, match="no part of layers one after another"):
        build_layered(layered_spec("around", (Add(None),), 9))


def test_weights_lie_channels_last() -> None:
    convolution = build_layered(spec(3, 16))[4]
    assert isinstance(convolution, nn.Conv2d)
    assert convolution.weight.is_contiguous(memory_format=torch.channels_last)
