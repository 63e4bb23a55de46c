"""Layer specifications: shapes, parameters and multiply-adds of a network before it exists. Imports no torch.

A flat network is built from the same specification (`trainer.models.layered`), so the two cannot disagree.
Where a block adds what went into it, `Add` stands at its end. Shapes are (channels, height, width) or
(features,), without the batch.
"""

import math
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Literal

ActivationName = Literal["relu", "leaky_relu"]
Shape = tuple[int, ...]
Kind = Literal[
    "conv", "batch_norm", "pool", "global_pool", "activation", "add", "flatten", "dropout", "linear"
]


@dataclass(frozen=True)
class Conv:
    """Square convolution; with a bias where no batch norm follows, which has its own."""

    channels: int
    kernel: int
    padding: int
    bias: bool
    stride: int = 1


@dataclass(frozen=True)
class BatchNorm:
    """One scale and one shift per channel."""


@dataclass(frozen=True)
class Pool:
    """Max-pooling over size x size windows that do not overlap; a rest at the border is left out."""

    size: int


@dataclass(frozen=True)
class GlobalPool:
    """Mean over all positions of a channel."""


@dataclass(frozen=True)
class Activation:
    """An element-wise non-linearity."""

    name: ActivationName


@dataclass(frozen=True)
class Add:
    """Adds what went into the block; from so many channels, by 1 x 1 convolution and batch norm, if any.

    Without such a projection what went in is as it is, or subsampled and filled up with channels of zeros.
    """

    projected: int | None


@dataclass(frozen=True)
class Flatten:
    """All of an image's features in one row."""


@dataclass(frozen=True)
class Dropout:
    """Zeroes this share of the features while training."""

    rate: float


@dataclass(frozen=True)
class Linear:
    """Fully connected; without a bias where it is a cosine head."""

    features: int
    bias: bool = True


Layer = Conv | BatchNorm | Pool | GlobalPool | Activation | Add | Flatten | Dropout | Linear


@dataclass(frozen=True)
class LayerSpec:
    """One layer in its place: what it is, what goes in and out, and what it costs for one image.

    Multiply-adds are counted for convolutions and linear layers, as is usual; the rest is 0.
    """

    kind: Kind
    layer: Layer
    input: Shape
    output: Shape
    parameters: int
    multiply_adds: int


@dataclass(frozen=True)
class ModelSpec:
    """A network as its layers from image to logits."""

    name: str
    layers: tuple[LayerSpec, ...]

    @property
    def parameters(self) -> int:
        """Trained numbers."""
        return sum(spec.parameters for spec in self.layers)

    @property
    def multiply_adds(self) -> int:
        """Multiply-adds of one image's forward pass."""
        return sum(spec.multiply_adds for spec in self.layers)


def layered_spec(name: str, layers: Iterable[Layer], image_size: int) -> ModelSpec:
    """These layers, one after another, from RGB images of image_size x image_size on."""
    shape: Shape = (3, image_size, image_size)
    specs = []
    for layer in layers:
        spec = _place(layer, shape)
        specs.append(spec)
        shape = spec.output
    return ModelSpec(name, tuple(specs))


def _place(layer: Layer, shape: Shape) -> LayerSpec:
    """Where `layer` meets an input of `shape`: its output, parameters and multiply-adds."""
    match layer:
        case Conv(channels, kernel, padding, bias, stride):
            height, width = ((size + 2 * padding - kernel) // stride + 1 for size in shape[1:])
            weights = channels * shape[0] * kernel * kernel
            return LayerSpec(
                "conv", layer, shape, (channels, height, width),
                weights + channels * bias, weights * height * width,
            )  # fmt: skip
        case Linear(features, bias):
            weights = features * math.prod(shape)
            return LayerSpec("linear", layer, shape, (features,), weights + features * bias, weights)
        case BatchNorm():
            return LayerSpec("batch_norm", layer, shape, shape, 2 * shape[0], 0)
        case Pool(size):
            pooled = (shape[0], shape[1] // size, shape[2] // size)
            return LayerSpec("pool", layer, shape, pooled, 0, 0)
        case GlobalPool():
            return LayerSpec("global_pool", layer, shape, (shape[0], 1, 1), 0, 0)
        case Add(projected):
            weights = (projected or 0) * shape[0]
            norm = 0 if projected is None else 2 * shape[0]
            return LayerSpec("add", layer, shape, shape, weights + norm, weights * math.prod(shape[1:]))
        case Flatten():
            return LayerSpec("flatten", layer, shape, (math.prod(shape),), 0, 0)
        case Activation():
            return LayerSpec("activation", layer, shape, shape, 0, 0)
        case Dropout():
            return LayerSpec("dropout", layer, shape, shape, 0, 0)
