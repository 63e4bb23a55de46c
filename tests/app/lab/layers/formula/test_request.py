"""Layers as requests and as lines of text: read alike, and refused by the field at fault."""

from typing import Any

import pytest
from hypothesis import given

from app.lab.layers.formula.kinds import Conv, Layer, Linear, Pool, Window, as_line, parse_line
from app.lab.layers.formula.lines import layer_lines, note
from app.lab.layers.formula.request import read_input, read_layers
from app.lab.layers.formula.stack import place
from tests.app.lab.layers.stacks import stacks
from trainer.errors import TheoryError

CONV = {"kind": "conv", "out_channels": 8, "kernel": 3}


def one(request: dict[str, Any]) -> Layer:
    (layer,) = read_layers([request])
    return layer


@given(stacks())
def test_a_layer_s_line_makes_the_layer_again(stack: tuple[list[int], list[dict[str, Any]]]) -> None:
    layers = read_layers(stack[1])
    assert read_layers([parse_line(as_line(layer), "layers") for layer in layers]) == layers


@pytest.mark.parametrize(
    ("line", "layer"),
    [
        ("conv 32 k3 p1 nobias", Conv(32, Window((3, 3), (1, 1), ((1, 1), (1, 1))), 1, False)),
        ("CONV 8 k3x5 s2 d2 g4", Conv(8, Window((3, 5), (2, 2), ((0, 0), (0, 0)), (2, 2)), 4, True)),
        ("conv 8 k2 p0:1", Conv(8, Window((2, 2), (1, 1), ((0, 1), (0, 1))), 1, True)),
        ("conv 8 k2 p0:1x2", Conv(8, Window((2, 2), (1, 1), ((0, 1), (2, 2))), 1, True)),
        ("conv 8 k2 psame", Conv(8, Window((2, 2), (1, 1), "same"), 1, True)),
        ("pool 2", Pool("max", Window((2, 2), (2, 2), ((0, 0), (0, 0))))),
        ("avgpool k3 s2 p1", Pool("avg", Window((3, 3), (2, 2), ((1, 1), (1, 1))))),
        ("fc 10", Linear(10, True)),
    ],
)
def test_lines_of_text(line: str, layer: Layer) -> None:
    assert one(parse_line(line, "layers")) == layer
    assert one(parse_line(as_line(layer), "layers")) == layer


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ("convolution 3", "a layer is one of conv"),
        ("conv 8 k", "words are such as"),
        ("conv 8 k3 k5", "gives kernel twice"),
        ("conv 8 k3 s0:1", "only padding has two sides"),
        ("relu 8", "words are such as"),
        ("conv 8 k3x3x3", "words are such as"),
    ],
)
def test_unknown_words_are_refused(line: str, said: str) -> None:
    with pytest.raises(TheoryError) as refused:
        parse_line(line, "layers")
    assert said in refused.value.fields[0].message


def test_torch_s_names_are_taken() -> None:
    assert one({"kind": "conv", "channels": 8, "kernel_size": 3}) == one(CONV)
    assert one({"kind": "linear", "out_features": 3}) == Linear(3, True)
    assert one({"kind": "pool", "size": 2}) == one({"kind": "pool", "kernel": 2})
    assert one(CONV | {"padding": "valid"}) == one(CONV)
    assert one(CONV | {"padding": [[0, 1], [0, 1]]}) == one(parse_line("conv 8 k3 p0:1", "layers"))


@pytest.mark.parametrize(
    ("layer", "path", "said"),
    [
        (CONV | {"stride": 0}, "layers[1].stride", "from 1 to"),
        (CONV | {"kernel": 2.5}, "layers[1].kernel", "whole number"),
        (CONV | {"kernel": [1, 2, 3]}, "layers[1].kernel", "pair"),
        (CONV | {"kernel": [1, 0]}, "layers[1].kernel[1]", "from 1 to"),
        (CONV | {"padding": "full"}, "layers[1].padding", "must be a number"),
        (CONV | {"padding": -1}, "layers[1].padding", "from 0 to"),
        (CONV | {"bias": 1}, "layers[1].bias", "true or false"),
        (CONV | {"strides": 1}, "layers[1].strides", "unknown for conv"),
        (CONV | {"channels": 8}, "layers[1].channels", "gives out_channels twice"),
        (CONV | {"groups": 2}, "layers[1].groups", "does not divide the 3 input channels"),
        (CONV | {"groups": 3}, "layers[1].groups", "does not divide the 8 output channels"),
        (CONV | {"kernel": 9}, "layers[1].kernel", "covers 9 x 9 pixels"),
        ({"kind": "conv", "kernel": 3}, "layers[1].out_channels", "is needed for conv"),
        ({"kind": "pool", "kernel": 2, "padding": 2}, "layers[1].padding", "at most half"),
        ({"kind": "pool", "kernel": 2, "mode": "min"}, "layers[1].mode", "max, avg"),
        ({"kind": "linear", "features": 3}, "layers[1]", "3 x 8 x 8: put a flatten before it"),
        ({"kind": "dropout", "rate": 1}, "layers[1].rate", "below 1"),
        ({"kind": "activation", "name": "swish"}, "layers[1].name", "relu"),
        ({"kind": "lstm"}, "layers[1].kind", "must be one of conv"),
        ({}, "layers[1].kind", "must be one of conv"),
        ("conv", "layers[1].kind", "must be one of conv"),
        ({"kind": []}, "layers[1].kind", "must be one of conv"),
        ({"kind": {}}, "layers[1].kind", "must be one of conv"),
        ({"kind": [None]}, "layers[1].kind", "must be one of conv"),
        (CONV | {"padding": 4096}, "layers[1]", "sides of 4096"),
        (CONV | {"out_channels": 10**9}, "layers[1].out_channels", "from 1 to"),
    ],
)
def test_what_does_not_fit_is_named(layer: object, path: str, said: str) -> None:
    with pytest.raises(TheoryError) as refused:
        place(read_input([3, 8, 8]), read_layers([{"kind": "activation"}, layer]))
    (problem,) = refused.value.fields
    assert problem.path == path
    assert said in problem.message


@pytest.mark.parametrize(
    ("values", "path"),
    [
        ([3, 32], "input"),
        ("3", "input"),
        ([3, 0, 8], "input[1]"),
        ([3, 8, 5000], "input[2]"),
        ([0], "input[0]"),
    ],
)
def test_bad_inputs_are_named(values: object, path: str) -> None:
    with pytest.raises(TheoryError) as refused:
        read_input(values)
    assert refused.value.fields[0].path == path


def test_how_many_layers_there_may_be() -> None:
    for layers in ([], "conv", [{"kind": "flatten"}] * 201):
        with pytest.raises(TheoryError) as refused:
            read_layers(layers)
        assert refused.value.fields[0].path == "layers"


def test_an_image_layer_behind_a_flat_one_names_both_shapes() -> None:
    with pytest.raises(TheoryError) as refused:
        place((3, 8, 8), read_layers([{"kind": "flatten"}, CONV]))
    assert (
        "needs an image (channels, height, width), but gets 192 features" in refused.value.fields[0].message
    )


@given(stacks())
def test_every_derivation_ends_at_the_row(stack: tuple[list[int], list[dict[str, Any]]]) -> None:
    try:
        rows = place(read_input(stack[0]), read_layers(stack[1]))
    except TheoryError:
        return
    for before, row in zip((None, *rows), rows, strict=False):
        lines = layer_lines(row, before)
        said = " ".join(line.text for line in lines)
        assert not row.parameters or f"{row.parameters:,} parameters" in said
        assert not row.multiply_adds or f"{row.multiply_adds:,} multiply-adds" in said
        assert row.axes is None or f"sees {row.receptive_field[0] if row.receptive_field else ''}" in said
        assert bool(row.unread) == ("read by no window" in note(row))


def test_notes_name_the_side_or_the_gap() -> None:
    (row,) = place((1, 5, 6), read_layers([{"kind": "pool", "kernel": 2}]))
    assert note(row) == "6 of 30 pixels are read by no window, among them 1 row at the bottom."
    (row,) = place((1, 3, 3), read_layers([CONV | {"stride": 4, "padding": 2}]))
    assert note(row) == "5 of 9 pixels are read by no window, between the windows."
    (row,) = place((1, 10, 10), read_layers([CONV | {"kernel": 5, "stride": 2, "padding": "same"}]))
    assert "top 1, bottom 2, left 1, right 2. PyTorch takes it for" in note(row)
