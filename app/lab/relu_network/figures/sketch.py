"""A small ReLU network drawn in the page (inline SVG) as it stands at one point: geometry only.

Layers are columns, units circles with their activation inside; what is off reads so without colour.
Coordinates are pixels of a viewBox, y downwards.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Literal

from app.figures.layout import CHARACTER, LINE_HEIGHT
from app.figures.sketches import Label
from app.formats import significant
from app.lab.relu_network.text import as_float, exact_text
from app.lab.relu_network.views import LayerView, NetworkView, PointView

MOST_COLUMNS, MOST_ROWS = 8, 8
MOST_WEIGHTS, MOST_ROWS_WEIGHED = 30, 4
"""Where the network is larger, its edges carry no weights."""
RADIUS = 19
_ROW, _SIDE, _TOP, _BOTTOM = 80, 34, 46, 34
_NARROWEST, _WIDEST, _ROOM = 92, 128, 500
"""Steps between columns, and what all of them fill where they can."""
_LONGEST = 6
_SHARES = (0.33, 0.42, 0.25, 0.5, 0.58, 0.66, 0.75)
"""Where along an edge its weight may stand."""

State = Literal["input", "on", "off", "zero", "output"]


@dataclass(frozen=True)
class Dot:
    """A unit; layer and unit from 1, layer 0 for inputs. Texts are short, `about` has the exact numbers."""

    x: float
    y: float
    layer: int
    unit: int
    state: State
    inside: str
    above: str
    below: str
    about: str


@dataclass(frozen=True)
class Edge:
    """A weight; `carries` says that its unit is on, or that it comes from an input."""

    x1: float
    y1: float
    x2: float
    y2: float
    carries: bool
    weight: Label | None


@dataclass(frozen=True)
class NetworkSketch:
    """The drawing, and the words over its columns."""

    width: int
    height: int
    dots: tuple[Dot, ...]
    edges: tuple[Edge, ...]
    columns: tuple[Label, ...]


def network_sketch(network: NetworkView, point: PointView) -> NetworkSketch | None:
    """The network at the point; None where it is too large to be read."""
    sizes = [network.inputs, *(len(bias) for bias in network.biases)]
    if len(sizes) > MOST_COLUMNS or max(sizes) > MOST_ROWS:
        return None
    edges = sum(a * b for a, b in pairwise(sizes))
    weighed = edges <= MOST_WEIGHTS and max(sizes) <= MOST_ROWS_WEIGHED
    grid = _Grid(sizes, max(_NARROWEST, min(_WIDEST, _ROOM // (len(sizes) - 1))))
    dots = tuple(_inputs(grid, point)) + tuple(_units(grid, network, point))
    columns = tuple(Label(grid.x(at), 14, _column(at, len(sizes))) for at in range(len(sizes)))
    return NetworkSketch(grid.width, grid.height, dots, tuple(_edges(grid, network, point, weighed)), columns)


def short(value: str) -> str:
    """A number for a narrow place: exact where it fits, else three figures after a sign that says so."""
    return exact_text(value) if len(value) <= _LONGEST else f"≈{significant(as_float(value))}"


@dataclass(frozen=True)
class _Grid:
    sizes: Sequence[int]
    step: int

    @property
    def width(self) -> int:
        return 2 * _SIDE + self.step * (len(self.sizes) - 1)

    @property
    def height(self) -> int:
        return _TOP + _BOTTOM + _ROW * (max(self.sizes) - 1) + 2 * RADIUS

    def x(self, column: int) -> float:
        return float(_SIDE + self.step * column)

    def y(self, column: int, row: int) -> float:
        """Each column is centred."""
        return _TOP + RADIUS + _ROW * (row + (max(self.sizes) - self.sizes[column]) / 2)


def _column(at: int, columns: int) -> str:
    return "input" if at == 0 else "output" if at == columns - 1 else f"layer {at}"


def _inputs(grid: _Grid, point: PointView) -> Iterator[Dot]:
    values = (point.x,) if isinstance(point.x, str) else point.x
    for row, value in enumerate(values):
        name = "x" if len(values) == 1 else f"x{row + 1}"
        about = f"{name} = {exact_text(value)}"
        yield Dot(grid.x(0), grid.y(0, row), 0, row + 1, "input", short(value), name, "", about)


def _units(grid: _Grid, network: NetworkView, point: PointView) -> Iterator[Dot]:
    for at, (layer, biases) in enumerate(zip(point.layers, network.biases, strict=True), start=1):
        hidden = at < len(point.layers)
        for row, bias in enumerate(biases):
            z = exact_text(layer.z[row])
            words = f"z = {z}, a = {exact_text(layer.a[row])}" if hidden else f"h = {z}"
            name = f"Unit {row + 1} of layer {at}" if hidden else f"Output {row + 1}"
            above, below = f"b = {short(bias)}", f"z = {short(layer.z[row])}" if hidden else "h"
            about, state = f"{name}: bias {exact_text(bias)}, {words}", _state(layer, row, hidden)
            inside = short(layer.a[row])
            yield Dot(grid.x(at), grid.y(at, row), at, row + 1, state, inside, above, below, about)


def _state(layer: LayerView, row: int, hidden: bool) -> State:
    if not hidden:
        return "output"
    z = layer.z[row]
    return "zero" if z == "0" else "off" if z.startswith("-") else "on"


def _edges(grid: _Grid, network: NetworkView, point: PointView, weighed: bool) -> Iterator[Edge]:
    for at, rows in enumerate(network.weights):
        placed: list[Label] = []
        for to, row in enumerate(rows):
            for start, weight in enumerate(row):
                ends = (grid.x(at), grid.y(at, start), grid.x(at + 1), grid.y(at + 1, to))
                carries = at == 0 or _state(point.layers[at - 1], start, hidden=True) == "on"
                if weighed:
                    placed.append(_free_place(ends, short(weight), placed))
                yield Edge(*ends, carries, placed[-1] if weighed else None)


def _free_place(ends: tuple[float, float, float, float], text: str, placed: Sequence[Label]) -> Label:
    """On the edge, where no other weight stands; nearer to where it comes from, if that is free."""
    x1, y1, x2, y2 = ends
    along = [(x1 + share * (x2 - x1), y1 + share * (y2 - y1)) for share in _SHARES]
    places = [Label(round(x, 1), round(y, 1), text) for x, y in along]
    return next((place for place in places if not any(_overlap(place, other) for other in placed)), places[0])


def _overlap(one: Label, other: Label) -> bool:
    wide = (len(one.text) + len(other.text)) / 2 * CHARACTER + 4
    return abs(one.x - other.x) < wide and abs(one.y - other.y) < LINE_HEIGHT
