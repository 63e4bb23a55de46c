"""Shapes, cost, receptive field and unread pixels of random stacks, against torch itself."""

from typing import Any

import pytest
import torch
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from torch import Tensor, nn
from torch.utils.flop_counter import FlopCounterMode

from app.lab.layers.formula.request import read_input, read_layers
from app.lab.layers.formula.stack import Placed, place, totals
from tests.app.lab.layers.stacks import convs, module, pools, stacks
from tests.examples import at_most
from trainer.config import ModelConfig
from trainer.errors import TheoryError
from trainer.models import model_spec
from trainer.models.layered import build_layered

Stack = tuple[list[int], list[dict[str, Any]]]


def placed(stack: Stack) -> tuple[Placed, ...]:
    """The stack, or the example is left out where its layers do not fit."""
    try:
        return place(read_input(stack[0]), read_layers(stack[1]))
    except TheoryError:
        assume(False)
        raise


def network(stack: Stack, rows: tuple[Placed, ...]) -> nn.Sequential:
    return nn.Sequential(
        *(module(layer, row.input) for layer, row in zip(stack[1], rows, strict=True))
    ).eval()


@pytest.mark.slow
@settings(deadline=None, max_examples=at_most(40))
@given(stacks())
def test_shapes_parameters_and_multiply_adds(stack: Stack) -> None:
    rows = placed(stack)
    torch_network, value = network(stack, rows), torch.zeros(1, *stack[0])
    for layer, row in zip(torch_network, rows, strict=True):
        with FlopCounterMode(display=False) as counter:
            value = layer(value)
        assert tuple(value.shape[1:]) == row.output
        assert sum(parameter.numel() for parameter in layer.parameters()) == row.parameters
        assert counter.get_total_flops() == 2 * row.multiply_adds
    assert totals(rows).parameters == sum(parameter.numel() for parameter in torch_network.parameters())
    assert totals(rows).activations == sum(row.activations for row in rows)


@given(stacks())
def test_a_stack_is_refused_where_torch_refuses_it(stack: Stack) -> None:
    """Batch norm and the flat part fit whatever stands before them, so only windows can fail to."""
    try:
        place(read_input(stack[0]), read_layers(stack[1]))
    except TheoryError as refused:
        (problem,) = refused.fields
        at = int(problem.path.removeprefix("layers[").partition("]")[0])
        rows = place(read_input(stack[0]), read_layers(stack[1][:at])) if at else ()
        shape = rows[-1].output if rows else tuple(stack[0])
        with pytest.raises(RuntimeError):
            module(stack[1][at], shape)(torch.zeros(1, *shape))


def dependence(stack: Stack, rows: tuple[Placed, ...], at: tuple[int, int] | None) -> Tensor:
    """Which pixels of a channel move output pixel `at` (all if None): weights are positive, pools mean."""
    image = torch.rand(1, *stack[0], dtype=torch.float64, requires_grad=True)
    value: Tensor = image
    for layer, row in zip(stack[1], rows, strict=True):
        mean = {**layer, "mode": "avg"} if layer["kind"] == "pool" else layer
        torch_layer = module(mean, row.input).double()
        for parameter in torch_layer.parameters():
            nn.init.constant_(parameter, 0.5)
        value = torch_layer(value)
    chosen = value.sum() if at is None else value[0, :, at[0], at[1]].sum()
    (slope,) = torch.autograd.grad(chosen, image)
    return slope[0].sum(0) != 0


one_channel = st.one_of(convs(1).map(lambda layer: layer | {"out_channels": 1, "groups": 1}), pools())


@settings(deadline=None, max_examples=at_most(40))
@given(st.lists(one_channel, min_size=1, max_size=3), st.integers(10, 30), st.integers(10, 30))
def test_unseen_pixels_by_gradient(layers: list[dict[str, Any]], height: int, width: int) -> None:
    stack: Stack = ([1, height, width], layers)
    rows = placed(stack)
    assert totals(rows).unseen == int((~dependence(stack, rows, None)).sum())


@settings(deadline=None, max_examples=at_most(40))
@given(st.lists(one_channel, min_size=1, max_size=3))
def test_receptive_field_by_gradient(layers: list[dict[str, Any]]) -> None:
    """Padding does not change the field, but would cut off what is seen of it."""
    stack: Stack = ([1, 40, 40], [layer | {"padding": 0} for layer in layers])
    rows = placed(stack)
    seen = dependence(stack, rows, (rows[-1].output[1] // 2, rows[-1].output[2] // 2)).nonzero()
    assert tuple((seen.amax(0) - seen.amin(0) + 1).tolist()) == rows[-1].receptive_field
    padded = placed(([1, 40, 40], layers))
    assert padded[-1].receptive_field == rows[-1].receptive_field


@settings(deadline=None)
@given(one_channel, st.integers(4, 12), st.integers(4, 12))
def test_unread_pixels_of_one_layer_by_gradient(layer: dict[str, Any], height: int, width: int) -> None:
    stack: Stack = ([1, height, width], [layer])
    (row,) = rows = placed(stack)
    read = dependence(stack, rows, None)
    assert row.unread == int((~read).sum())
    down, across = row.unused_border
    rows_read, columns_read = read.any(1).nonzero(), read.any(0).nonzero()
    if rows_read.numel():
        assert down == height - 1 - int(rows_read.max())
        assert across == width - 1 - int(columns_read.max())


def test_the_floor_of_a_pool_leaves_a_row_out() -> None:
    (row,) = place((3, 33, 32), read_layers([{"kind": "pool", "kernel": 2}]))
    assert row.output == (3, 16, 16)
    assert row.unused_border == (1, 0)
    assert row.unread == 32


def test_windows_further_apart_than_they_are_wide_leave_gaps() -> None:
    layer = {"kind": "conv", "out_channels": 1, "kernel": 3, "stride": 4, "padding": 2}
    (row,) = place((1, 3, 3), read_layers([layer]))
    assert row.output == (1, 2, 2)
    assert row.unused_border == (0, 0)
    assert row.unread == 5


@pytest.mark.parametrize("size", [9, 10])
@pytest.mark.parametrize("stride", [1, 2])
def test_same_padding_gives_the_ceiling(size: int, stride: int) -> None:
    layer = {"kind": "conv", "out_channels": 1, "kernel": 5, "stride": stride, "padding": "same"}
    (row,) = place((1, size, size), read_layers([layer]))
    assert row.output == (1, -(-size // stride), -(-size // stride))
    assert row.axes is not None
    expected = {(9, 2): (2, 2), (10, 2): (1, 2)}.get((size, stride), (2, 2))
    assert (row.axes[0].before, row.axes[0].after) == expected


def write_up_net() -> list[dict[str, Any]]:
    blocks: list[dict[str, Any]] = []
    for channels in (32, 64, 128, 256):
        blocks += [
            {"kind": "conv", "out_channels": channels, "kernel": 3, "padding": 1, "bias": False},
            {"kind": "batch_norm"},
            {"kind": "pool", "kernel": 2},
            {"kind": "activation"},
        ]
    return [
        *blocks,
        {"kind": "flatten"},
        {"kind": "linear", "features": 256},
        {"kind": "activation"},
        {"kind": "linear", "features": 10},
    ]


def test_the_network_of_the_write_up() -> None:
    rows = place(read_input([3, 32, 32]), read_layers(write_up_net()))
    assert totals(rows).parameters == 653_866
    assert totals(rows).unseen == 0
    assert rows[15].receptive_field == (46, 46)
    assert rows[-1].receptive_field is None
    network = build_layered(model_spec(ModelConfig(), 10, 32))
    assert totals(rows).parameters == sum(parameter.numel() for parameter in network.parameters())


def test_global_pool_sees_every_position() -> None:
    rows = place(
        (3, 9, 8), read_layers([{"kind": "conv", "out_channels": 4, "kernel": 3}, {"kind": "global_pool"}])
    )
    assert rows[-1].output == (4, 1, 1)
    assert rows[-1].receptive_field == (9, 8)
