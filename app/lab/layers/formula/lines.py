"""How a layer's figures come about, in numbered lines; and a sentence where pixels are left out."""

import math
from collections.abc import Iterator

from app.lab.base.formula.derivation import Line
from app.lab.layers.formula.kinds import SAME, BatchNorm, Conv, Flatten, GlobalPool, Linear, Pool
from app.lab.layers.formula.stack import Axis, Placed, shape_text

_SIZE = r"\left\lfloor \frac{n + p_0 + p_1 - d(k-1) - 1}{s} \right\rfloor + 1"


def layer_lines(row: Placed, before: Placed | None) -> tuple[Line, ...]:
    """Shape, parameters, multiply-adds and receptive field. `before`: the layer in front, if any."""
    lines = [*_shape(row), *_cost(row), *_field(row, before)]
    return tuple(lines) or (Line(f"The shape stays {shape_text(row.input)}; nothing is trained."),)


def note(row: Placed) -> str:
    """What is left out, or how "same" was read; empty where there is nothing to say."""
    return " ".join(filter(None, (_left_out(row), _same(row))))


def _left_out(row: Placed) -> str:
    if not row.unread or row.axes is None:
        return ""
    height, width = row.input[1:]
    down, across = row.unused_border
    sides = ((down, "row", "bottom"), (across, "column", "right"))
    edge = [f"{count} {name}{'s' * (count > 1)} at the {side}" for count, name, side in sides if count]
    where = f", among them {' and '.join(edge)}" if edge else ", between the windows"
    return f"{row.unread:,} of {height * width:,} pixels are read by no window{where}."


def _same(row: Placed) -> str:
    if not isinstance(row.layer, (Conv, Pool)) or row.layer.window.padding != SAME or row.axes is None:
        return ""
    down, across = row.axes
    pads = f"top {down.before}, bottom {down.after}, left {across.before}, right {across.after}"
    is_torch = isinstance(row.layer, Conv) and max(row.layer.window.stride) == 1
    rest = "" if is_torch else " PyTorch takes it for convolutions of stride 1 only, TensorFlow for all."
    return f'Padding "same" is {pads}.{rest}'


def _shape(row: Placed) -> Iterator[Line]:
    if row.axes is not None:
        if isinstance(row.layer, GlobalPool):
            yield Line(f"The mean of each channel: {shape_text(row.output)}.")
            return
        down, across = row.axes
        yield _size("Height", row.output[1], down)
        if across != down:
            yield _size("Width", row.output[2], across)
    elif isinstance(row.layer, Flatten):
        yield Line(
            f"All values in one row: {row.output[0]}.",
            r"C \cdot H \cdot W",
            r" \cdot ".join(map(str, row.input)) + f" = {row.output[0]}",
        )


def _size(side: str, output: int, axis: Axis) -> Line:
    numbers = (
        rf"\left\lfloor \frac{{{axis.size} + {axis.before} + {axis.after} - {axis.dilation} \cdot "
        rf"{axis.kernel - 1} - 1}}{{{axis.stride}}} \right\rfloor + 1 = {output}"
    )
    floor = f", and the floor drops {axis.dropped} at the end" if axis.dropped else ""
    return Line(
        f"{side}: a window spanning {axis.reach} fits {output} times into {axis.padded} at stride "
        f"{axis.stride}{floor}.",
        _SIZE,
        numbers,
    )


def _cost(row: Placed) -> Iterator[Line]:
    layer = row.layer
    if isinstance(layer, Conv):
        yield from _conv_cost(row, layer)
    elif isinstance(layer, Linear):
        features = row.input[0]
        bias = f" + {layer.features}" if layer.bias else ""
        yield Line(
            f"{row.parameters:,} parameters: a weight from each of {features} features to each of "
            f"{layer.features}{', and a bias each' if layer.bias else ''}.",
            r"m \cdot n + n" if layer.bias else r"m \cdot n",
            rf"{features} \cdot {layer.features}{bias} = {row.parameters}",
        )
        yield Line(f"{row.multiply_adds:,} multiply-adds, one for each weight.")
    elif isinstance(layer, BatchNorm):
        said = f"{row.parameters:,} parameters: a scale and a shift for each of {row.input[0]} channels."
        yield Line(said, "2 C", rf"2 \cdot {row.input[0]} = {row.parameters}")


def _conv_cost(row: Placed, layer: Conv) -> Iterator[Line]:
    height, width = layer.window.kernel
    inner, places = row.input[0] // layer.groups, math.prod(row.output[1:])
    bias = f" + {layer.out_channels}" if layer.bias else ""
    yield Line(
        f"{row.parameters:,} parameters: {layer.out_channels} kernels of {inner} x {height} x {width}"
        f"{', and a bias each' if layer.bias else ', without bias'}.",
        r"C' \frac{C}{g} k_h k_w" + (" + C'" if layer.bias else ""),
        rf"{layer.out_channels} \cdot {inner} \cdot {height} \cdot {width}{bias} = {row.parameters}",
    )
    weights = row.parameters - layer.out_channels * layer.bias
    yield Line(
        f"{row.multiply_adds:,} multiply-adds: every weight at each of {places} positions.",
        r"C' \frac{C}{g} k_h k_w \cdot H' W'",
        rf"{weights} \cdot {places} = {row.multiply_adds}",
    )


def _field(row: Placed, before: Placed | None) -> Iterator[Line]:
    if row.axes is None or row.receptive_field is None:
        return
    field, jump = (1, 1), (1, 1)
    if before is not None and before.receptive_field is not None and before.jump is not None:
        field, jump = before.receptive_field, before.jump
    axis, after = row.axes[0], row.receptive_field
    wide = "" if after[0] == after[1] else f" high and {after[1]} wide"
    yield Line(
        f"One output sees {after[0]}{wide} pixels a side of the input: {axis.reach - 1} steps of {jump[0]} "
        f"more than {field[0]}.",
        r"r' = r + d(k-1)\,j",
        rf"{field[0]} + {axis.reach - 1} \cdot {jump[0]} = {after[0]}",
    )
