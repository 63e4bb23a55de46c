"""Dead units and zero activations: against forward hooks on the plain network, by hand, and in real runs."""

from collections.abc import Mapping
from typing import Any

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from torch import Tensor, nn

from tests.trainer.tiny import tiny_arrays, tiny_config
from trainer.config import ModelConfig, RunConfig
from trainer.data.loader import ImageSet, image_set
from trainer.dead_relu import LayerTally, UnitCounts, unit_scalars, watched
from trainer.evaluation import evaluate_splits
from trainer.events import Epoch
from trainer.loop import train
from trainer.models import model_spec
from trainer.models.layered import LayeredNetwork, build_layered
from trainer.run_dir import RunDir

LAYERS = ("relu1", "relu2", "relu3", "relu4", "relu5")


def images(count: int, size: int = 16) -> ImageSet:
    random = np.random.default_rng(count)
    pixels = random.integers(0, 256, (count, size, size, 3)).astype(np.uint8)
    return image_set(pixels, random.integers(0, 4, count), ((0.5,) * 3, (0.2,) * 3), torch.device("cpu"))


def network(bias: float | None = None, seed: int = 0, **model: Any) -> LayeredNetwork:
    """A small network whose batch norm has seen other images than it is tested on."""
    torch.manual_seed(seed)
    spec = model_spec(ModelConfig.model_validate({"width": 4, **model}), 4, 16)
    made = build_layered(spec)
    if bias is not None:
        made.start_biases_at(bias)
    made.train()
    for _ in range(3):
        made(torch.randn(8, 3, 16, 16) * 2 + 1)
    return made


def in_batches(made: LayeredNetwork, split: ImageSet) -> Mapping[str, UnitCounts | None]:
    return evaluate_splits(made.folded(), None, split, 4).layers


def shares(layers: Mapping[str, UnitCounts | None]) -> list[tuple[float, float]]:
    return [(layer.dead / layer.units, layer.zeros / layer.activations) for layer in layers.values() if layer]


def by_hooks(made: LayeredNetwork, split: ImageSet) -> list[tuple[float, float]]:
    """Both shares of each layer from the unfolded network in eval mode, with all images at once."""
    kept: list[Tensor] = []
    layers = [layer for layer in made if isinstance(layer, nn.ReLU | nn.LeakyReLU)]
    hooks = [layer.register_forward_hook(lambda _m, _i, out: kept.append(out.clone())) for layer in layers]
    with torch.no_grad():
        made.eval()(split.normalised(split.pixels))
    for hook in hooks:
        hook.remove()
    dead = [(out.transpose(0, 1).flatten(1).abs().amax(1) == 0).double().mean().item() for out in kept]
    return list(zip(dead, [(out == 0).double().mean().item() for out in kept], strict=True))


@pytest.mark.parametrize("count", [1, 100, 257])
@pytest.mark.parametrize(
    "model", [{}, {"batch_norm": False}, {"bias": -1.0}, {"bias": -0.3, "batch_norm": False},
              {"activation": "leaky_relu", "bias": -1.0}],
)  # fmt: skip
def test_shares_are_those_of_the_plain_network_over_all_images_at_once(
    model: dict[str, Any], count: int
) -> None:
    made, split = network(**model), images(count)
    found, expected = shares(in_batches(made, split)), by_hooks(made, split)
    assert [dead for dead, _ in found] == [dead for dead, _ in expected]
    assert np.allclose([zero for _, zero in found], [zero for _, zero in expected], atol=2e-4)


def test_a_unit_that_one_image_of_the_last_small_batch_wakes_is_not_dead() -> None:
    """Two features of one pixel: the first is active for the last image alone, the second for none."""
    linear = nn.Linear(3, 2)
    with torch.no_grad():
        linear.weight.copy_(torch.tensor([[1.0, 0.0, 0.0], [0.0, -1.0, 0.0]]))
        linear.bias.zero_()
    made = LayeredNetwork(nn.Flatten(), linear, nn.ReLU(), nn.Linear(2, 4))
    pixels = np.zeros((101, 1, 1, 3), np.uint8)
    pixels[:, 0, 0, 1] = 9
    pixels[100, 0, 0, 0] = 255
    split = image_set(pixels, np.zeros(101, np.int64), ((0.0,) * 3, (1.0,) * 3), torch.device("cpu"))
    [layer] = evaluate_splits(made, None, split, 4).layers.values()
    assert layer == UnitCounts(units=2, dead=1, activations=202, zeros=201)


def test_a_channel_is_dead_only_where_all_its_positions_are() -> None:
    tally = LayerTally()
    activations = torch.zeros(2, 3, 2, 2)
    activations[1, 0, 1, 1] = 0.5
    activations[:, 2] = 1.0
    tally.add(activations.to(memory_format=torch.channels_last))
    assert tally.counts() == UnitCounts(units=3, dead=1, activations=24, zeros=24 - 1 - 8)


@given(
    units=st.integers(1, 6), size=st.integers(1, 3), images=st.integers(1, 12), cut=st.integers(0, 12),
    seed=st.integers(0, 1000),
)  # fmt: skip
def test_any_cut_into_batches_counts_the_same_as_numpy(
    units: int, size: int, images: int, cut: int, seed: int
) -> None:
    random = np.random.default_rng(seed)
    values = np.maximum(0, random.integers(-6, 2, (images, units, size, size))).astype(np.float32)
    tally = LayerTally()
    for part in (values[:cut], values[cut:]):
        tally.add(torch.from_numpy(part))
    dead = sum(not values[:, unit].any() for unit in range(units))
    assert tally.counts() == UnitCounts(units, dead, values.size, int((values == 0).sum()))


def test_more_than_float32_can_count_over_batches_stays_exact() -> None:
    tally, ones = LayerTally(), torch.ones(4_000_000, 1)
    for _ in range(5):
        tally.add(ones)
    tally.add(torch.zeros(1, 1))
    assert tally.counts() == UnitCounts(1, 0, 20_000_001, 1)


@pytest.mark.parametrize("precision", [torch.bfloat16, torch.float16])
def test_activations_of_half_precision_are_counted_exactly(precision: torch.dtype) -> None:
    tally = LayerTally()
    tally.add(torch.ones(100_001, 1, dtype=precision))
    assert tally.counts() == UnitCounts(1, 0, 100_001, 0)


def test_nothing_is_counted_outside_of_the_watch() -> None:
    made = network()
    with watched(made) as tallies, torch.no_grad():
        made.eval()(torch.zeros(2, 3, 16, 16))
    with torch.no_grad():
        made(torch.zeros(3, 3, 16, 16))
    first = tallies["relu1"].counts()
    assert first is not None
    assert first.activations == 2 * 4 * 8 * 8


def test_validation_images_are_not_counted() -> None:
    made = network().folded()
    both = evaluate_splits(made, images(40), images(3), 4)
    assert both.layers == evaluate_splits(made, None, images(3), 4).layers
    assert both.validation is not None


def test_no_images_have_no_shares() -> None:
    layers = in_batches(network(), images(0))
    assert layers == dict.fromkeys(LAYERS)
    assert set(unit_scalars(layers, diverged=False).values()) == {None}


@pytest.mark.parametrize("value", [float("nan"), float("inf")])
def test_an_activation_that_is_no_number_is_not_a_dead_unit(value: float) -> None:
    made = network()
    for parameter in made.parameters():
        nn.init.constant_(parameter, value)
    measured = evaluate_splits(made.folded(), None, images(5), 4)
    assert measured.test.diverged
    assert [layer.dead for layer in measured.layers.values() if layer] == [0] * 5
    assert set(unit_scalars(measured.layers, measured.test.diverged).values()) == {None}


def test_scalars_name_figure_and_layer() -> None:
    found = unit_scalars(
        {"relu1": UnitCounts(4, 1, 40, 30), "relu2": UnitCounts(5, 0, 50, 5)}, diverged=False
    )
    assert found == {
        "dead_units/relu1": 0.25, "dead_units/relu2": 0.0,
        "zero_activations/relu1": 0.75, "zero_activations/relu2": 0.1,
    }  # fmt: skip


def epochs_of(config: RunConfig, run_dir: RunDir) -> list[Epoch]:
    return [
        event for event in train(config, tiny_arrays(), run_dir, lambda: False) if isinstance(event, Epoch)
    ]


def figures(epoch: Epoch, figure: str) -> list[float | None]:
    return [epoch.scalars[f"{figure}/{layer}"] for layer in LAYERS]


def test_every_epoch_of_a_run_tells_both_figures_of_every_layer(run_dir: RunDir) -> None:
    for epoch in epochs_of(tiny_config(model={"width": 4}), run_dir):
        for figure in ("dead_units", "zero_activations"):
            assert all(value is not None and 0 <= value < 1 for value in figures(epoch, figure))
        assert sum(name.startswith(("dead", "zero")) for name in epoch.scalars) == 10


@pytest.mark.parametrize(("activation", "some"), [("relu", True), ("leaky_relu", False)])
def test_a_very_negative_first_bias_kills_relu_units_and_no_leaky_one(
    activation: str, some: bool, run_dir: RunDir
) -> None:
    model = {"width": 4, "initial_bias": -3.0, "activation": activation}
    last = epochs_of(tiny_config(model=model), run_dir)[-1]
    assert any(figures(last, "dead_units")) is some
    assert any(figures(last, "zero_activations")) is some


def test_a_network_that_starts_dead_without_batch_norm_stays_so(run_dir: RunDir) -> None:
    """No gradient reaches a unit that is off for every image; weight decay alone moves its bias."""
    model = {"width": 4, "initial_bias": -100.0, "batch_norm": False}
    for epoch in epochs_of(tiny_config(model=model), run_dir):
        assert figures(epoch, "dead_units") == [1.0] * 5
        assert figures(epoch, "zero_activations") == [1.0] * 5
