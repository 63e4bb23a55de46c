"""Tiny pictures for the index of the theory lab (inline SVG): geometry of a calculator's own answer.

Each takes the answer that its page opens with. Coordinates are pixels of a viewBox, y downwards.
"""

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from app.lab.class_balance.views import ClassBalanceView
from app.lab.conv_matrix.views import ConvMatrixView
from app.lab.focal.views import FocalView
from app.lab.layers.views import LayersView
from app.lab.relu_network.text import as_float, numbers_of, rows_of
from app.lab.relu_network.views import ReluView
from app.views.base import View

WIDTH, HEIGHT = 180, 92
_PAD = 4
_HIGHEST_LOSS = 4.0


@dataclass(frozen=True)
class Stroke:
    """A line through points, as SVG writes them; look: strong, quiet or dashed."""

    points: str
    look: str


@dataclass(frozen=True)
class Box:
    """A rectangle; look: strong, filled or quiet."""

    x: float
    y: float
    width: float
    height: float
    look: str


@dataclass(frozen=True)
class Sketch:
    """A picture of WIDTH x HEIGHT; `label` says what it shows."""

    label: str
    strokes: tuple[Stroke, ...] = ()
    boxes: tuple[Box, ...] = ()


def matrix_sketch(view: ConvMatrixView) -> Sketch:
    """The cells of A, those with a weight filled."""
    side = min((WIDTH - 2 * _PAD) / view.cols, (HEIGHT - 2 * _PAD) / view.rows)
    filled = {(entry["row"], entry["col"]) for entry in view.entries}
    cells = ((row, col) for row in range(view.rows) for col in range(view.cols))
    boxes = tuple(
        _box(_PAD + side * col, _PAD + side * row, side, side, "filled" if (row, col) in filled else "quiet")
        for row, col in cells
    )
    return Sketch(f"A matrix of {view.rows} by {view.cols} with {view.nonzeros} weights", boxes=boxes)


def relu_sketch(view: ReluView) -> Sketch:
    """h of one input over the window, and its first output only."""
    low, high = (as_float(end or "0") for end in (view.window[0].start, view.window[0].to))
    points: list[tuple[float, float]] = []
    for piece in view.pieces or ():
        ends = (low if piece.start is None else as_float(piece.start),
                high if piece.to is None else as_float(piece.to))  # fmt: skip
        slope, offset = as_float(rows_of(piece.W)[0][0]), as_float(numbers_of(piece.b)[0])
        points += [(x, slope * x + offset) for x in ends if low <= x <= high]
    zero = [(low, 0.0), (high, 0.0)]
    scaled = _scaled([zero, points])
    return Sketch(
        f"A function of {len(view.pieces or ())} straight pieces",
        (Stroke(scaled[0], "quiet"), Stroke(scaled[1], "strong")),
    )


def weights_sketch(view: ClassBalanceView) -> Sketch:
    """Weights on the ruler of N, the tail strong."""
    counts = [view.counts[index] for index in view.curve.classes]
    tail = sorted(counts)[: math.ceil(0.3 * len(counts))]
    xs = [math.log(volume) for volume in view.curve.volumes]
    lines = [list(zip(xs, map(math.log, weights), strict=True)) for weights in view.curve.weights]
    looks = ["strong" if n in tail else "quiet" for n in counts]
    return Sketch("Weights of ten classes that spread as beta nears 1", _strokes(lines, looks))


def focal_sketch(view: FocalView) -> Sketch:
    """Loss by p, cross-entropy dashed; cut off at a loss of 4."""
    lines = [
        [(p, loss) for p, loss in zip(view.curves.p, curve.loss, strict=True) if loss <= _HIGHEST_LOSS]
        for curve in view.curves.curves
    ]
    looks = ["dashed" if curve.gamma == 0 else "strong" for curve in view.curves.curves]
    return Sketch("Focal loss against probability, below cross-entropy", _strokes(lines, looks))


def layers_sketch(view: LayersView) -> Sketch:
    """Images that change on their way: as tall as they are, wider the more channels."""
    shapes = [view.input, *(row.output for row in view.rows if row.kind == "pool" or len(row.output) == 1)]
    distinct = [shape for at, shape in enumerate(shapes) if at == 0 or shape != shapes[at - 1]]
    widths = [3 + 2.5 * math.log2(shape[0] + 1) if len(shape) == 3 else 4.0 for shape in distinct]
    gap = (WIDTH - 2 * _PAD - sum(widths)) / max(1, len(distinct) - 1)
    tallest, boxes, x = max(view.input[1:], default=1), [], float(_PAD)
    for shape, width in zip(distinct, widths, strict=True):
        part = shape[1] / tallest if len(shape) == 3 else min(1.0, math.log2(shape[0] + 1) / 12)
        height = max(4.0, part * (HEIGHT - 2 * _PAD))
        boxes.append(_box(x, (HEIGHT - height) / 2, width, height, "filled" if len(shape) == 3 else "strong"))
        x += width + gap
    return Sketch("Images that get smaller and deeper, then rows of features", boxes=tuple(boxes))


SKETCHES: Mapping[str, Callable[[Any], Sketch]] = {
    "conv-matrix": matrix_sketch,
    "relu-network": relu_sketch,
    "class-balance": weights_sketch,
    "focal": focal_sketch,
    "layers": layers_sketch,
}


def sketch_of(name: str, view: View) -> Sketch:
    """The picture of a calculator's answer."""
    return SKETCHES[name](view)


def _strokes(lines: Sequence[Sequence[tuple[float, float]]], looks: Sequence[str]) -> tuple[Stroke, ...]:
    scaled = zip(_scaled(lines), looks, strict=True)
    return tuple(Stroke(points, look) for points, look in scaled)


def _scaled(lines: Sequence[Sequence[tuple[float, float]]]) -> list[str]:
    """Points of all lines on one scale that fills the picture."""
    xs = [x for line in lines for x, _ in line]
    ys = [y for line in lines for _, y in line]
    wide, tall = (max(xs) - min(xs)) or 1, (max(ys) - min(ys)) or 1

    def place(x: float, y: float) -> str:
        across = _PAD + (x - min(xs)) / wide * (WIDTH - 2 * _PAD)
        down = HEIGHT - _PAD - (y - min(ys)) / tall * (HEIGHT - 2 * _PAD)
        return f"{across:.1f},{down:.1f}"

    return [" ".join(place(x, y) for x, y in line) for line in lines]


def _box(x: float, y: float, width: float, height: float, look: str) -> Box:
    return Box(round(x, 1), round(y, 1), round(width, 1), round(height, 1), look)
