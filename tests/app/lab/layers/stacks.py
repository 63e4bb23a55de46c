"""Random stacks of layers as requests, and the torch modules that they describe."""

from typing import Any

from hypothesis import strategies as st
from torch import nn

SMALL = st.integers(1, 3)
WINDOW = ("kernel", "stride", "padding", "dilation")


@st.composite
def pairs(draw: st.DrawFn, low: int, high: int) -> int | list[int]:
    side = st.integers(low, high)
    return draw(st.one_of(side, st.lists(side, min_size=2, max_size=2)))


def as_pair(value: int | list[int]) -> tuple[int, int]:
    return (value[0], value[1]) if isinstance(value, list) else (value, value)


@st.composite
def convs(draw: st.DrawFn, channels: int) -> dict[str, Any]:
    groups = draw(st.sampled_from([g for g in (1, 2, 3, 4) if channels % g == 0]))
    return {
        "kind": "conv",
        "out_channels": groups * draw(SMALL),
        "kernel": draw(pairs(1, 4)),
        "stride": draw(pairs(1, 3)),
        "padding": draw(pairs(0, 3)),
        "dilation": draw(pairs(1, 2)),
        "groups": groups,
        "bias": draw(st.booleans()),
    }


@st.composite
def pools(draw: st.DrawFn) -> dict[str, Any]:
    kernel = draw(pairs(1, 4))
    pads = [draw(st.integers(0, size // 2)) for size in as_pair(kernel)]
    mode = draw(st.sampled_from(["max", "avg"]))
    return {"kind": "pool", "kernel": kernel, "stride": draw(pairs(1, 4)), "padding": pads, "mode": mode}


@st.composite
def stacks(draw: st.DrawFn) -> tuple[list[int], list[dict[str, Any]]]:
    """Input shape, and layers of an image part with, at times, a flat part behind it. They may not fit."""
    shape = [draw(SMALL), draw(st.integers(5, 24)), draw(st.integers(5, 24))]
    layers: list[dict[str, Any]] = []
    channels = shape[0]
    for _ in range(draw(st.integers(1, 4))):
        layer = draw(
            st.one_of(
                convs(channels), pools(), st.sampled_from([{"kind": "batch_norm"}, {"kind": "activation"}])
            )
        )
        channels = layer.get("out_channels", channels)
        layers.append(layer)
    if draw(st.booleans()):
        layers += [
            {"kind": "flatten"},
            {"kind": "linear", "features": draw(SMALL), "bias": draw(st.booleans())},
        ]
        layers += [{"kind": "batch_norm"}, {"kind": "dropout", "rate": 0.5}]
    return shape, layers


def module(layer: dict[str, Any], shape: tuple[int, ...]) -> nn.Module:
    """The torch module of one layer for an input of `shape`, without the batch."""
    match layer["kind"]:
        case "conv":
            kernel, stride, padding, dilation = (as_pair(layer[name]) for name in WINDOW)
            channels, groups = layer["out_channels"], layer["groups"]
            return nn.Conv2d(
                shape[0], channels, kernel, stride, padding, dilation, groups=groups, bias=layer["bias"]
            )
        case "pool":
            kernel, stride, padding = (as_pair(layer[name]) for name in WINDOW[:3])
            kind = nn.MaxPool2d if layer["mode"] == "max" else nn.AvgPool2d
            return kind(kernel, stride, padding)
        case "batch_norm":
            return nn.BatchNorm2d(shape[0]) if len(shape) == 3 else nn.BatchNorm1d(shape[0])
        case "linear":
            return nn.Linear(shape[0], layer["features"], bias=layer["bias"])
        case "flatten":
            return nn.Flatten()
        case "dropout":
            return nn.Dropout(layer["rate"])
    return nn.ReLU()
