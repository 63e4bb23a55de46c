"""What the page of layer shapes shows beside the view: costs beside those of other layers, and matrices."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

from app.lab.base.calculator import Typed
from app.lab.base.page import HEIGHT, PAD, WIDTH, Page, Sketch, box
from app.lab.conv_matrix.formula.problem import conv_problem
from app.lab.conv_matrix.names import pads_text, pair_text
from app.lab.layers.calculator import LAYERS
from app.lab.layers.views import LayerRowView, LayersView, WindowView
from trainer.errors import TheoryError


@dataclass(frozen=True)
class LayerLine:
    """A row with its place from 1, and its costs beside those of the costliest layer, 0..1.

    matrix: address of the layer as a matrix, "" if there is none; matrix_about: what of the layer that shows.
    """

    number: int
    row: LayerRowView
    parameters: float
    multiply_adds: float
    memory: float
    matrix: str
    matrix_about: str


def layers_context(view: LayersView, _typed: Typed) -> Mapping[str, Any]:
    """The rows as the table shows them."""
    costs = [(row.parameters, row.multiply_adds, row.activation_bytes) for row in view.rows]
    largest = [max(1, *each) for each in zip(*costs, strict=True)]
    return {"lines": [_line(at, row, largest) for at, row in enumerate(view.rows)]}


def _line(at: int, row: LayerRowView, largest: Sequence[int]) -> LayerLine:
    costs = (row.parameters, row.multiply_adds, row.activation_bytes)
    parameters, adds, memory = (cost / most for cost, most in zip(costs, largest, strict=True))
    return LayerLine(at + 1, row, parameters, adds, memory, *_matrix(row))


def _matrix(row: LayerRowView) -> tuple[str, str]:
    """The layer as a matrix: all channels where that is small enough, else one, else ("", "")."""
    if row.kind != "conv" or row.window is None:
        return "", ""
    whole = (row.input[0], row.output[0], row.window.groups)
    for channels, about in ((whole, "the whole layer"), ((1, 1, 1), "from one channel to one")):
        if _fits(row, row.window, channels):
            return urlencode(_fields(row, row.window, channels)), about
    return "", ""


def _fits(row: LayerRowView, window: WindowView, channels: tuple[int, int, int]) -> bool:
    """Whether the calculator of matrices takes it."""
    try:
        sizes = _sizes(row, window, channels)
        conv_problem(**sizes, stride=window.stride, dilation=window.dilation, padding=window.padding)
    except TheoryError:
        return False
    return True


def _sizes(row: LayerRowView, window: WindowView, channels: tuple[int, int, int]) -> dict[str, Any]:
    inside, outside, groups = channels
    names = ("channels", "height", "width", "out_channels", "groups", "kernel_height", "kernel_width")
    sizes = (inside, *row.input[1:], outside, groups, *window.kernel)
    return dict(zip(names, sizes, strict=True))


def _fields(row: LayerRowView, window: WindowView, channels: tuple[int, int, int]) -> dict[str, str]:
    """The fields of its page; kernel and image are left symbolic."""
    numbers = {name: str(value) for name, value in _sizes(row, window, channels).items()}
    pairs = {"stride": pair_text(window.stride), "dilation": pair_text(window.dilation)}
    return numbers | pairs | {"padding": pads_text(window.padding), "kernel": "", "image": ""}


def layers_sketch(view: LayersView) -> Sketch:
    """Images that change on their way: as tall as they are, wider the more channels."""
    shapes = [view.input, *(row.output for row in view.rows if row.kind == "pool" or len(row.output) == 1)]
    distinct = [shape for at, shape in enumerate(shapes) if at == 0 or shape != shapes[at - 1]]
    widths = [3 + 2.5 * math.log2(shape[0] + 1) if len(shape) == 3 else 4.0 for shape in distinct]
    gap = (WIDTH - 2 * PAD - sum(widths)) / max(1, len(distinct) - 1)
    tallest, boxes, x = max(view.input[1:], default=1), [], float(PAD)
    for shape, width in zip(distinct, widths, strict=True):
        part = shape[1] / tallest if len(shape) == 3 else min(1.0, math.log2(shape[0] + 1) / 12)
        height = max(4.0, part * (HEIGHT - 2 * PAD))
        boxes.append(box(x, (HEIGHT - height) / 2, width, height, "filled" if len(shape) == 3 else "strong"))
        x += width + gap
    return Sketch("Images that get smaller and deeper, then rows of features", boxes=tuple(boxes))


_QUESTION = "What comes out of each layer, what does it cost, and how much of the image does it see?"
_FORMULA = r"\left\lfloor \frac{n+2p-k}{s} \right\rfloor + 1"
LAYERS_PAGE = Page(LAYERS, _QUESTION, _FORMULA, layers_sketch, layers_context)
