"""A stack of layers meets an input: the shape, cost and receptive field behind each layer, for one image.

Multiply-adds are counted for convolutions and linear layers, without their biases, as is usual; the rest
is 0. The receptive field r grows by (span - 1) j at each window and the jump j by its stride (Araujo et al.,
Distill 2019). It counts padding and may exceed the image; behind a linear layer it is None: all is seen.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from app.lab.base.formula.exact import refuse
from app.lab.base.formula.sliding import Sliding, same_pads
from app.lab.layers.formula.kinds import (
    LARGEST_SIDE,
    MOST_FEATURES,
    SAME,
    BatchNorm,
    Conv,
    Flatten,
    GlobalPool,
    Layer,
    Linear,
    Pair,
    Pool,
    Shape,
    Window,
)

BYTES = 4
"""Of a float32."""
_Cost = tuple[Shape, int, int]

Mask = NDArray[np.bool_]


class Axis(Sliding):
    """A window of a layer, and the pixels that it reads."""

    def read(self, used: Mask | None = None) -> Mask:
        """Which of the `size` pixels the windows at `used` outputs (all by default) read."""
        used = np.ones(self.places, dtype=np.bool_) if used is None else used
        mask = np.zeros(max(self.padded, self.reach + (self.places - 1) * self.stride), dtype=np.bool_)
        for cell in range(self.kernel):
            start = cell * self.dilation
            mask[start : start + (self.places - 1) * self.stride + 1 : self.stride] |= used
        return mask[self.before : self.before + self.size]


@dataclass(frozen=True)
class Placed:
    """A layer in its place. `axes` (height, width) stand where a window slides over an image.

    receptive_field and jump are (height, width) in pixels of the stack's input, None where all is seen.
    unread: pixels of one channel of this layer's input that no window reads; unused_border: rows at its
    bottom and columns at its right among them.
    """

    layer: Layer
    input: Shape
    output: Shape
    axes: tuple[Axis, Axis] | None
    parameters: int
    multiply_adds: int
    receptive_field: Pair | None
    jump: Pair | None
    unused_border: Pair = (0, 0)
    unread: int = 0

    @property
    def activations(self) -> int:
        """Values of the output."""
        return math.prod(self.output)


@dataclass(frozen=True)
class Totals:
    """Of the whole stack; activations add up all outputs, as training keeps them, and bytes are of float32.

    unseen: pixels of one channel of the stack's input that reach no output of the last layer.
    """

    parameters: int
    parameter_bytes: int
    multiply_adds: int
    activations: int
    activation_bytes: int
    unseen: int


def place(input_shape: Shape, layers: Sequence[Layer]) -> tuple[Placed, ...]:
    """Each layer in its place. Raises TheoryError, naming the layer and both shapes, where two do not fit."""
    field: Pair | None = (1, 1) if len(input_shape) == 3 else None
    before = Placed(Flatten(), input_shape, input_shape, None, 0, 0, field, field)
    placed = []
    for at, layer in enumerate(layers):
        before = _placed(layer, before, f"layers[{at}]")
        placed.append(before)
    return tuple(placed)


def totals(placed: Sequence[Placed]) -> Totals:
    """Sums over a stack that `place` placed."""
    parameters = sum(row.parameters for row in placed)
    activations = sum(row.activations for row in placed)
    return Totals(
        parameters=parameters,
        parameter_bytes=BYTES * parameters,
        multiply_adds=sum(row.multiply_adds for row in placed),
        activations=activations,
        activation_bytes=BYTES * activations,
        unseen=_unseen(placed),
    )


def _placed(layer: Layer, before: Placed, path: str) -> Placed:
    shape, axes = before.output, None
    if isinstance(layer, (Conv, Pool, GlobalPool)):
        axes = _axes(layer, shape, path)
    output, parameters, multiply_adds = _cost(layer, shape, axes, path)
    if math.prod(output) > MOST_FEATURES or max(output[1:], default=0) > LARGEST_SIDE:
        limits = f"at most {MOST_FEATURES} values and sides of {LARGEST_SIDE} are allowed"
        raise refuse(path, f"gives {shape_text(output)}; {limits}")
    field = None if isinstance(layer, Linear) else before.receptive_field
    jump = None if isinstance(layer, Linear) else before.jump
    row = Placed(layer, shape, output, axes, parameters, multiply_adds, field, jump)
    return row if axes is None else _slid(row, axes)


def _slid(row: Placed, axes: tuple[Axis, Axis]) -> Placed:
    """With what the window's sliding adds: receptive field, jump, and what it leaves out."""
    down, across = axes
    rows, columns = down.read(), across.read()
    field, jump = row.receptive_field, row.jump
    assert field is not None, "an image is met before any linear layer"
    assert jump is not None, "as the receptive field"
    return replace(
        row,
        receptive_field=(field[0] + (down.reach - 1) * jump[0], field[1] + (across.reach - 1) * jump[1]),
        jump=(jump[0] * down.stride, jump[1] * across.stride),
        unused_border=(unread_behind(rows), unread_behind(columns)),
        unread=_left_out(rows, columns),
    )


def _axes(layer: Conv | Pool | GlobalPool, shape: Shape, path: str) -> tuple[Axis, Axis]:
    if len(shape) != 3:
        raise refuse(path, f"needs an image (channels, height, width), but gets {shape_text(shape)}")
    height, width = shape[1:]
    whole = Window((height, width), (1, 1), ((0, 0), (0, 0)))
    window = whole if isinstance(layer, GlobalPool) else layer.window
    axes = (_axis(window, 0, height), _axis(window, 1, width))
    if min(axis.places for axis in axes) < 1:
        reach, padded = shape_text([axis.reach for axis in axes]), shape_text([axis.padded for axis in axes])
        has = f"the input with its padding has only {padded} (it is {shape_text(shape)})"
        raise refuse(f"{path}.kernel", f"covers {reach} pixels, but {has}")
    return axes


def _axis(window: Window, at: int, size: int) -> Axis:
    kernel, stride, dilation = window.kernel[at], window.stride[at], window.dilation[at]
    pads = same_pads(size, kernel, stride, dilation) if window.padding == SAME else window.padding[at]
    return Axis(size, kernel, stride, dilation, *pads)


def _cost(layer: Layer, shape: Shape, axes: tuple[Axis, Axis] | None, path: str) -> _Cost:
    """Output shape, parameters, multiply-adds."""
    places = tuple(axis.places for axis in axes or ())
    match layer:
        case Conv():
            return _conv_cost(layer, shape, places, path)
        case Pool() | GlobalPool():
            return (shape[0], *places), 0, 0
        case Linear(features, bias):
            if len(shape) != 1:
                got = f"gets {shape_text(shape)}: put a flatten before it"
                raise refuse(path, f"needs a row of features, but {got}")
            return (features,), (shape[0] + bias) * features, shape[0] * features
        case BatchNorm():
            return shape, 2 * shape[0], 0
        case Flatten():
            return (math.prod(shape),), 0, 0
        case _:
            return shape, 0, 0


def _conv_cost(layer: Conv, shape: Shape, places: Shape, path: str) -> _Cost:
    for name, channels in (("input", shape[0]), ("output", layer.out_channels)):
        if channels % layer.groups:
            what = f"is {layer.groups}, which does not divide the {channels} {name} channels"
            raise refuse(f"{path}.groups", what)
    weights = layer.out_channels * (shape[0] // layer.groups) * math.prod(layer.window.kernel)
    parameters = weights + layer.out_channels * layer.bias
    return (layer.out_channels, *places), parameters, weights * math.prod(places)


def _unseen(placed: Sequence[Placed]) -> int:
    """Backwards from all outputs of the last window: what of the image it depends on."""
    rows: Mask | None = None
    columns: Mask | None = None
    for down, across in (row.axes for row in reversed(placed) if row.axes is not None):
        rows, columns = down.read(rows), across.read(columns)
    return 0 if rows is None or columns is None else _left_out(rows, columns)


def _left_out(rows: Mask, columns: Mask) -> int:
    """Pixels that lie in an unread row or column."""
    return len(rows) * len(columns) - int(rows.sum()) * int(columns.sum())


def shape_text(shape: Sequence[int]) -> str:
    """A shape in words: 3 x 32 x 32, or 1024 features."""
    return f"{shape[0]} features" if len(shape) == 1 else " x ".join(map(str, shape))


def unread_behind(mask: Mask) -> int:
    """Unread pixels at the far end."""
    read = np.flatnonzero(mask)
    return len(mask) - 1 - int(read[-1]) if read.size else len(mask)
