"""The cosine head: its values, its start, and its place in a network and in what that costs."""

import pytest
import torch
from torch import nn

from tests.toolbox_cases import toolbox_case
from trainer.config import ModelConfig
from trainer.models import MODELS, Head, ModelContext, model_spec
from trainer.models.cosine import CosineLinear, directions
from trainer.models.layered import build_layered

SMALL = ModelConfig.model_validate({"width": 4})
COSINE = Head("cosine", scale=30.0)


def test_cosines_are_the_golden_ones() -> None:
    known = toolbox_case("cosine_head")
    head = CosineLinear(2, 3, scale=7.0).double()
    with torch.no_grad():
        head.weight.copy_(torch.tensor(known["input"]["weight_rows"]))
    logits = head(torch.tensor([known["input"]["features"]], dtype=torch.float64))
    assert (logits / 7)[0].tolist() == pytest.approx(known["expected"], rel=1e-12)
    assert directions(head).norm(dim=1).tolist() == pytest.approx([1, 1, 1])


def test_it_starts_as_random_directions_of_unit_length() -> None:
    head = CosineLinear(64, 10, scale=30.0)
    assert head.weight.norm(dim=1).tolist() == pytest.approx([1] * 10)
    assert (head.weight @ head.weight.T).fill_diagonal_(0).abs().max().item() < 0.7


def test_it_takes_the_place_of_the_last_linear_layer_and_has_no_bias() -> None:
    spec = model_spec(SMALL, 7, 16)
    network = build_layered(spec)
    network.take(COSINE)
    assert isinstance(network.head, CosineLinear)
    assert list(network.children())[-1] is network.head
    assert (network.head.in_features, network.head.out_features) == (32, 7)
    assert "bias" not in dict(network.head.named_parameters())
    counted = sum(parameter.numel() for parameter in network.parameters())
    assert counted == model_spec(SMALL, 7, 16, COSINE).parameters == spec.parameters - 7
    assert model_spec(SMALL, 7, 16, COSINE).multiply_adds == spec.multiply_adds


@pytest.mark.parametrize("name", MODELS.names)
def test_every_network_takes_it(name: str) -> None:
    """As many parameters as its specification says: those of the linear head less one bias a class."""
    section = ModelConfig.model_validate({"name": name})
    entry = MODELS[name]
    network = entry.build(ModelContext(fields=entry.fields_of(section), classes=7, image_size=32))
    network.take(COSINE)
    counted = sum(parameter.numel() for parameter in network.parameters())
    assert (
        counted == model_spec(section, 7, 32, COSINE).parameters == model_spec(section, 7, 32).parameters - 7
    )
    logits = network.folded()(torch.randn(2, 3, 32, 32))
    assert logits.shape == (2, 7)
    assert logits.abs().max().item() <= 30.001


def test_logits_do_not_hang_on_how_long_features_and_weights_are() -> None:
    torch.manual_seed(0)
    head, features = CosineLinear(5, 3, scale=30.0), torch.randn(4, 5)
    before = head(features)
    with torch.no_grad():
        head.weight.mul_(torch.tensor([[0.1], [3.0], [50.0]]))
    torch.testing.assert_close(head(7 * features), before)
    assert before.abs().max().item() <= 30.0


def test_features_of_nothing_have_finite_gradients() -> None:
    """As of an image for which all units are dead."""
    features = torch.zeros(2, 5, requires_grad=True)
    CosineLinear(5, 3, scale=30.0)(nn.functional.relu(features)).sum().backward()
    assert features.grad is not None
    assert torch.isfinite(features.grad).all()


def test_folding_keeps_it() -> None:
    network = build_layered(model_spec(SMALL, 3, 16))
    network.take(COSINE)
    images = torch.randn(5, 3, 16, 16)
    with torch.inference_mode():
        torch.testing.assert_close(network.folded()(images), network.eval()(images), rtol=1e-4, atol=1e-4)


@pytest.mark.parametrize(("depth", "classes"), [(20, 10), (32, 10), (32, 100), (56, 100)])
def test_published_networks_have_the_published_count_with_it(depth: int, classes: int) -> None:
    golden = toolbox_case("resnet_cifar_parameters")["expected"]
    section = ModelConfig.model_validate({"name": "resnet_cifar", "depth": depth})
    assert model_spec(section, classes, 32, COSINE).parameters == golden[f"resnet{depth}_{classes}_cosine"]
