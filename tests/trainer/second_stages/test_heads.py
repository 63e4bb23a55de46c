"""The last layers of second stages against golden values, special cases, and other ways to compute them."""

from functools import partial
from typing import Any

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from torch import Tensor, nn
from torch.nn import functional as F

from tests.toolbox_cases import toolbox_case
from trainer.models.cosine import CosineLinear
from trainer.second_stages.heads import NearestMean, ScaledLinear, adjusted, last_layer, shortened

near = partial(pytest.approx, rel=1e-9, abs=1e-12)


def double(numbers: Any) -> Tensor:
    return torch.tensor(numbers, dtype=torch.float64)


def linear(rows: Any, bias: Any) -> nn.Linear:
    """A layer of these weights [C, D] and bias [C], in float64."""
    layer = nn.Linear(len(rows[0]), len(rows)).double()
    with torch.no_grad():
        layer.weight.copy_(double(rows))
        layer.bias.copy_(double(bias))
    return layer


def drawn(seed: int, classes: int, size: int) -> tuple[nn.Linear, Tensor]:
    """A layer and four images' features."""
    torch.manual_seed(seed)
    return nn.Linear(size, classes), torch.randn(4, size)


layers = st.builds(drawn, st.integers(0, 2**31), st.integers(1, 12), st.integers(1, 20))


@pytest.mark.parametrize("tau", [0.0, 0.5, 1.0])
def test_tau_normalisation_as_published(tau: float) -> None:
    case = toolbox_case(f"tau_norm_{tau}")
    given_, wanted = case["input"], case["expected"]
    layer = shortened(linear(given_["weight_rows"], given_["bias"]), tau).double()
    logits = layer(double([given_["features"]]))[0]
    assert logits.tolist() == pytest.approx(wanted["logits"], rel=1e-6)  # the layer itself is float32
    assert logits.argmax() == wanted["argmax"]


@given(layers)
def test_tau_0_is_the_old_layer_without_its_bias_to_the_last_bit(made: tuple[nn.Linear, Tensor]) -> None:
    layer, features = made
    assert torch.equal(shortened(layer, 0.0)(features), F.linear(features, layer.weight))


@given(layers, st.floats(0, 4))
def test_a_length_becomes_its_power(made: tuple[nn.Linear, Tensor], tau: float) -> None:
    layer, _ = made
    lengths = layer.weight.detach().norm(dim=1)
    found = shortened(layer, tau).weight.norm(dim=1)
    assert found.tolist() == pytest.approx((lengths ** (1 - tau)).tolist(), rel=1e-4)


@pytest.mark.parametrize("tau", [0.5, 1.0, 1.5, 2.0])
def test_post_hoc_logit_adjustment_as_published(tau: float) -> None:
    case = toolbox_case(f"post_hoc_logit_adjustment_tau_{tau}")
    given_, wanted = case["input"], case["expected"]
    layer = adjusted(linear([[1.0]] * 3, given_["logits"]), torch.tensor(given_["counts"]), given_["tau"])
    logits = layer.double()(double([[0.0]]))[0]
    assert logits.tolist() == pytest.approx(wanted["logits"], rel=1e-6)  # the layer itself is float32
    assert logits.softmax(0).tolist() == pytest.approx(wanted["probabilities"], rel=1e-5)
    assert logits.argmax() == wanted["argmax"]


@given(layers, st.floats(0, 4))
def test_adjusted_logits_trained_upon_are_as_before(made: tuple[nn.Linear, Tensor], tau: float) -> None:
    """Adding tau log n_c, as the logit-adjusted loss does, undoes it but for a constant."""
    layer, features = made
    counts = torch.arange(1, layer.out_features + 1)
    again = adjusted(layer, counts, tau)(features) + tau * (counts / counts.sum()).log()
    assert torch.allclose(again, layer(features), atol=1e-4)


def test_weights_that_are_all_zero_stay_so() -> None:
    layer = shortened(linear([[0.0, 0.0], [3.0, 4.0]], [0.0, 0.0]), 1.0)
    assert layer.weight.tolist() == [[0, 0], pytest.approx([0.6, 0.8])]


def test_learnt_scales_multiply_the_logits_with_their_bias() -> None:
    case = toolbox_case("lws")["input"]
    layer = ScaledLinear(linear(case["weight_rows"], case["bias"])).double()
    with torch.no_grad():
        layer.scales.copy_(double(case["scales"]))
    found = layer(double([case["features"]]))[0].tolist()
    assert found == pytest.approx(toolbox_case("lws")["expected"], rel=1e-6)
    weights, bias = last_layer(layer.float())
    assert (weights @ torch.tensor(case["features"]) + bias).tolist() == pytest.approx(found, rel=1e-6)


@given(layers)
def test_scales_start_at_the_old_layer_and_nothing_else_is_trained(made: tuple[nn.Linear, Tensor]) -> None:
    layer, features = made
    for old in (layer, CosineLinear(layer.in_features, layer.out_features, 30.0)):
        new = ScaledLinear(old)
        assert torch.allclose(new(features), old(features), atol=1e-4)
        assert [name for name, one in new.named_parameters() if one.requires_grad] == ["scales"]


def test_the_nearest_mean_as_published() -> None:
    case = toolbox_case("ncm_euclid")
    layer = NearestMean(double(case["input"]["means"])).double()
    logits = layer(double([case["input"]["features"]]))[0]
    assert logits.tolist() == near(case["expected"]["euclid"])
    assert logits.argmax() == case["expected"]["argmax"]


@given(layers)
def test_the_nearest_mean_is_minus_the_squared_distance(made: tuple[nn.Linear, Tensor]) -> None:
    layer, features = made
    means = layer.weight.detach()
    wanted = -(torch.cdist(features.double(), means.double()) ** 2)
    assert torch.allclose(NearestMean(means)(features).double(), wanted, rtol=1e-4, atol=1e-4)


def test_a_layer_without_bias_or_with_a_cosine_tells_0_and_unit_lengths() -> None:
    weights, bias = last_layer(CosineLinear(5, 3, 20.0))
    assert weights.norm(dim=1).tolist() == pytest.approx([1, 1, 1])
    assert bias.tolist() == [0, 0, 0]
