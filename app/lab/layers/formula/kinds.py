"""The layers that a stack may hold, and how large they may be.

They are read from a request in `request`, and from a line of text in `text`; how they meet an
input is in `stack`.
"""

from dataclasses import dataclass
from typing import Literal

Pair = tuple[int, int]
Pads = tuple[Pair, Pair]
"""((top, bottom), (left, right))."""
Shape = tuple[int, ...]

MOST_LAYERS = 200
LARGEST_SIDE = 4096
LARGEST_WINDOW = 128
"""Of kernels, strides and dilations."""
MOST_CHANNELS = 100_000
MOST_FEATURES = 10_000_000
ACTIVATIONS = ("relu", "leaky_relu", "gelu", "sigmoid", "tanh", "softmax")
SAME: Literal["same"] = "same"


@dataclass(frozen=True)
class Window:
    """What slides over the input, as (height, width). `padding` "same" depends on the input."""

    kernel: Pair
    stride: Pair
    padding: Pads | Literal["same"]
    dilation: Pair = (1, 1)


@dataclass(frozen=True)
class Conv:
    """Convolution of `groups` groups of channels."""

    out_channels: int
    window: Window
    groups: int
    bias: bool


@dataclass(frozen=True)
class Pool:
    """Largest or mean value of each window."""

    mode: Literal["max", "avg"]
    window: Window


@dataclass(frozen=True)
class GlobalPool:
    """Mean over all positions of a channel; (channels, 1, 1)."""


@dataclass(frozen=True)
class BatchNorm:
    """A scale and a shift per channel or feature; its running mean and variance are not trained."""


@dataclass(frozen=True)
class Activation:
    """An element-wise function without parameters."""

    name: str


@dataclass(frozen=True)
class Flatten:
    """All values in one row."""


@dataclass(frozen=True)
class Dropout:
    """Zeroes a share of the values while training."""

    rate: float


@dataclass(frozen=True)
class Linear:
    """Fully connected."""

    features: int
    bias: bool


Layer = Conv | Pool | GlobalPool | BatchNorm | Activation | Flatten | Dropout | Linear
