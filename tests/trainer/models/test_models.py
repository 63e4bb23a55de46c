"""Every model of the registry: golden sizes, what is built against what is specified, a short training."""

import math
from pathlib import Path
from typing import Any

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import Tensor, nn
from torch.utils.flop_counter import FlopCounterMode

from tests.examples import at_most
from tests.toolbox_cases import toolbox_case
from tests.trainer.tiny import tiny_arrays, tiny_config
from trainer.config import ModelConfig, parse_config
from trainer.dead_relu import watched
from trainer.events import Epoch
from trainer.loop import train
from trainer.models import MODELS, ModelContext, model_spec
from trainer.models.network import Network
from trainer.run_dir import RunDir

pytestmark = pytest.mark.slow

SMALL: dict[str, dict[str, Any]] = {
    "convnet4": {"width": 2, "blocks": [1, 3], "kernel": 5, "pool": 3},
    "convnet5": {},
    "mlp": {"hidden": 8},
    "resnet18": {},
    "resnet_cifar": {"depth": 8},
}
"""Fields that make each quick."""
CHOSEN = [{"name": name, **fields} for name, fields in SMALL.items()]

RESNETS = st.fixed_dictionaries({"name": st.just("resnet_cifar"), "depth": st.sampled_from([8, 14, 20])})
PLAIN = st.fixed_dictionaries({"name": st.just("mlp"), "hidden": st.integers(1, 40)})
CONVOLUTIONS = st.fixed_dictionaries(
    {
        "name": st.just("convnet4"),
        "width": st.integers(1, 5),
        "blocks": st.lists(st.integers(1, 3), min_size=1, max_size=3),
        "kernel": st.sampled_from([1, 3, 5]),
        "pool": st.integers(1, 2),
        "batch_norm": st.booleans(),
    }
)
OTHERS = st.sampled_from([{"name": "convnet5"}, {"name": "resnet18"}])
ANY = st.one_of(RESNETS, PLAIN, CONVOLUTIONS, OTHERS)


def section(fields: dict[str, Any]) -> ModelConfig:
    return parse_config({"model": fields}).model


def built(fields: dict[str, Any], classes: int = 10, image_size: int = 32) -> Network:
    model = section(fields)
    entry = MODELS[model.name]
    torch.manual_seed(0)
    return entry.build(ModelContext(fields=entry.fields_of(model), classes=classes, image_size=image_size))


def parameters(network: nn.Module) -> int:
    return sum(parameter.numel() for parameter in network.parameters())


def multiply_adds(network: nn.Module, image_size: int) -> int:
    """As torch itself counts them in a forward pass."""
    with FlopCounterMode(display=False) as counter:
        network.eval()(torch.zeros(1, 3, image_size, image_size))
    return int(counter.get_total_flops()) // 2


def stirred(network: Network, image_size: int) -> Network:
    """The network with batch norm statistics and scales that are not the trivial ones."""
    for module in network.modules():
        if isinstance(module, nn.BatchNorm2d):
            nn.init.uniform_(module.weight, 0.5, 1.5)
            nn.init.normal_(module.bias, std=0.2)
    network.train()
    for _ in range(3):
        network(torch.randn(8, 3, image_size, image_size) * 2 + 1)
    return network


def test_each_model_is_tried_here() -> None:
    assert set(SMALL) == set(MODELS.names)


@pytest.mark.parametrize("depth", [20, 32, 44, 56])
def test_golden_sizes_of_the_residual_networks_for_cifar(depth: int) -> None:
    fields, golden = {"name": "resnet_cifar", "depth": depth}, toolbox_case("resnet_cifar_parameters")
    for classes in (10, 100):
        expected = golden["expected"][f"resnet{depth}_{classes}"]
        assert parameters(built(fields, classes)) == expected
        assert model_spec(section(fields), classes, 32).parameters == expected
    expected = toolbox_case("resnet_cifar_multiply_adds")["expected"][f"resnet{depth}"]
    assert model_spec(section(fields), 10, 32).multiply_adds == expected
    assert multiply_adds(built(fields), 32) == expected


def test_golden_size_of_resnet18() -> None:
    golden = toolbox_case("resnet18_small_images_parameters")
    for classes, expected in zip(golden["input"]["classes"], golden["expected"], strict=True):
        assert parameters(built({"name": "resnet18"}, classes)) == expected
        assert model_spec(section({"name": "resnet18"}), classes, 32).parameters == expected


def test_convnet5_has_the_size_that_its_source_prints() -> None:
    assert model_spec(section({"name": "convnet5"}), 10, 32).parameters == 122_570


def test_mlp_by_hand() -> None:
    spec = model_spec(section({"name": "mlp", "hidden": 7}), 10, 32)
    assert spec.parameters == 3072 * 7 + 7 + 7 * 10 + 10
    assert spec.multiply_adds == 3072 * 7 + 7 * 10


@settings(max_examples=at_most(25))
@given(fields=ANY, classes=st.integers(1, 12), image_size=st.integers(18, 37))
def test_what_is_built_has_the_size_and_work_that_is_specified(
    fields: dict[str, Any], classes: int, image_size: int
) -> None:
    spec, network = model_spec(section(fields), classes, image_size), built(fields, classes, image_size)
    assert parameters(network) == spec.parameters
    assert multiply_adds(network, image_size) == spec.multiply_adds
    assert network(torch.zeros(2, 3, image_size, image_size)).shape == (2, classes)
    assert spec.layers[-1].output == (classes,)
    assert network.head.out_features == classes
    for before, after in zip(spec.layers, spec.layers[1:], strict=False):
        assert after.input == before.output


@settings(max_examples=at_most(15))
@given(fields=ANY, image_size=st.integers(18, 33))
def test_the_folded_copy_is_the_same_function_without_batch_norm(
    fields: dict[str, Any], image_size: int
) -> None:
    network = stirred(built(fields, 3, image_size), image_size)
    copy, images = network.folded(), torch.randn(4, 3, image_size, image_size)
    assert not any(isinstance(module, nn.BatchNorm2d) for module in copy.modules())
    with torch.inference_mode():
        torch.testing.assert_close(copy(images), network.eval()(images), rtol=1e-5, atol=1e-5)
    assert list(copy.activations()) == list(network.activations())


@pytest.mark.parametrize("fields", CHOSEN)
def test_folding_leaves_the_network_as_it_was_and_trainable(fields: dict[str, Any]) -> None:
    network = stirred(built(fields), 32)
    before = {name: value.clone() for name, value in network.state_dict().items()}
    network.folded()
    assert network.state_dict().keys() == before.keys()
    assert all(torch.equal(value, before[name]) for name, value in network.state_dict().items())
    network.train()(torch.randn(4, 3, 32, 32)).sum().backward()
    assert all(parameter.grad is not None for parameter in network.parameters())


@pytest.mark.parametrize("fields", CHOSEN)
def test_each_activation_that_is_named_is_counted_once_an_image_and_has_a_place(
    fields: dict[str, Any],
) -> None:
    network = built(fields).folded()
    with watched(network) as tallies, torch.inference_mode():
        network(torch.randn(5, 3, 32, 32))
    model = section(fields)
    assert set(MODELS[model.name].places(model.model_dump(mode="json"))) == set(tallies)
    spec = model_spec(model, 10, 32)
    outputs = {place.output for place in spec.layers if place.kind == "activation"}
    for tally in tallies.values():
        counts = tally.counts()
        assert counts is not None
        assert (counts.units, counts.activations / 5) in {(out[0], Tensor(*out).numel()) for out in outputs}


@pytest.mark.parametrize(
    "fields",
    [pytest.param(one, marks=pytest.mark.slow if one["name"] == "resnet18" else ()) for one in CHOSEN],
    ids=SMALL,
)
def test_each_trains(fields: dict[str, Any], tmp_path: Path) -> None:
    """Checkpoints of 90 MB make that of resnet18 slow."""
    arrays = tiny_arrays((8, 8, 8), test_per_class=2, size=18)
    config = tiny_config(model=fields, optim={"epochs": 2, "milestones": [1], "learning_rate": 0.01})
    events = train(config, arrays, RunDir(tmp_path), stop=lambda: False)
    epochs = [event for event in events if isinstance(event, Epoch)]
    assert len(epochs) == 2
    assert epochs[-1].train_loss is not None
    assert epochs[0].train_loss is not None
    assert epochs[-1].train_loss < epochs[0].train_loss
    shares = [key.removeprefix("dead_units/") for key in epochs[-1].scalars if key.startswith("dead_units/")]
    assert shares == list(built(fields).activations())


@pytest.mark.parametrize(
    "fields", [one for one in CHOSEN if one["name"] in ("convnet4", "resnet_cifar", "mlp")]
)
def test_a_step_on_a_hundred_classes_of_64_pixels(fields: dict[str, Any], tmp_path: Path) -> None:
    arrays = tiny_arrays((1,) * 100, test_per_class=1, size=64)
    config = tiny_config(model=fields, optim={"epochs": 1, "milestones": [], "batch_size": 100})
    (epoch,) = (
        event
        for event in train(config, arrays, RunDir(tmp_path), stop=lambda: False)
        if isinstance(event, Epoch)
    )
    assert epoch.train_loss is not None
    assert abs(epoch.train_loss - math.log(100)) < 1, "an untrained network knows next to nothing"
    assert (epoch.images, len(epoch.support), sum(epoch.predicted)) == (100, 100, 100)


@pytest.mark.parametrize(
    ("fields", "image_size", "said"),
    [
        ({}, 15, "convnet4 needs images of at least 16 pixels, got 15: its 4 blocks each divide"),
        ({"blocks": [1, 1, 1], "pool": 3}, 26, "at least 27 pixels, got 26: its 3 blocks each divide their "
         "side by 3"),
        ({"name": "convnet5"}, 17, "convnet5 needs images of at least 18 pixels, got 17"),
    ],
)  # fmt: skip
def test_images_that_are_too_small_are_refused(fields: dict[str, Any], image_size: int, said: str) -> None:
    with pytest.raises(ValueError, match=said):
        model_spec(section(fields), 10, image_size)
    assert model_spec(section(fields), 10, image_size + 1).parameters > 0


@pytest.mark.parametrize("name", MODELS.names)
def test_no_model_has_no_classes(name: str) -> None:
    with pytest.raises(ValueError, match="at least one class"):
        model_spec(section({"name": name}), 0, 32)
