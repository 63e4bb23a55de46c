"""A ReLU network with two inputs over a window: one convex polygon for each activation pattern.

Polygons are cut layer by layer by each unit's line, exactly: corners are kept as integers (X, Y, Q) that
stand for (X / Q, Y / Q). "Linear region" has several definitions that disagree; here a region is a pattern.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from fractions import Fraction
from math import lcm

from app.lab.base.formula.exact import refuse
from app.lab.relu_network.formula.integer_map import IntegerMap, Row, after, identity, primitive
from app.lab.relu_network.formula.network import Network, affine, deeper
from app.lab.relu_network.formula.results import Pattern, Region

MOST_REGIONS = 400
MOST_STEPS = 1_000_000

Corner = tuple[int, ...]
Window = tuple[tuple[Fraction, Fraction], tuple[Fraction, Fraction]]


@dataclass(frozen=True)
class _Cell:
    """A convex polygon with one pattern; z: the next pre-activations, as a map of x."""

    corners: tuple[Corner, ...]
    pattern: Pattern
    z: IntegerMap


def regions(network: Network, window: Window) -> tuple[Region, ...]:
    """Every pattern that holds on some area of the window ((x1 from, to), (x2 from, to)).

    Raises TheoryError for another number of inputs, an empty window, and too many regions.
    """
    if network.inputs != 2:
        raise refuse("weights[0]", f"has {network.inputs} columns; a map of regions needs two inputs")
    most = min(MOST_REGIONS, MOST_STEPS // network.size)
    cells = [_Cell(_rectangle(window), (), after(network.maps[0], identity(2)))]
    for index in range(network.hidden):
        found: list[_Cell] = []
        for cell in cells:
            found.extend(_cut(network, cell, index, most - len(found)))
        cells = found
    return tuple(_region(cell) for cell in cells)


def _rectangle(window: Window) -> tuple[Corner, ...]:
    (left, right), (low, high) = window
    if left >= right or low >= high:
        raise refuse("window", "must go from a smaller to a larger number in both directions")
    return tuple(_corner(x, y) for x, y in ((left, low), (right, low), (right, high), (left, high)))


def _corner(x: Fraction, y: Fraction) -> Corner:
    common = lcm(x.denominator, y.denominator)
    return int(x * common), int(y * common), common


def _cut(network: Network, cell: _Cell, index: int, room: int) -> Iterator[_Cell]:
    """The cell cut by the units of hidden layer `index` (from 0). Raises TheoryError beyond `room` cells."""
    parts: list[tuple[tuple[Corner, ...], tuple[int, ...]]] = [(cell.corners, ())]
    for row in cell.z.rows:
        parts = [(corners, (*on, state)) for part, on in parts for state, corners in _halves(part, row)]
        if len(parts) > room:
            said = "cut the window into too many regions to list here; choose a smaller window or network"
            raise refuse("weights", said)
    for corners, on in parts:
        yield _Cell(corners, (*cell.pattern, on), deeper(network, index, cell.z, on))


def _halves(corners: Sequence[Corner], row: Row) -> Iterable[tuple[int, tuple[Corner, ...]]]:
    """The parts of a polygon with row > 0 (state 1) and row <= 0 (state 0) that have an area."""
    line = primitive(row)
    values = [sum(a * b for a, b in zip(line, corner, strict=True)) for corner in corners]
    if max(values) <= 0:
        return [(0, tuple(corners))]
    if min(values) >= 0:
        return [(1, tuple(corners))]
    return [(1, _clipped(corners, values)), (0, _clipped(corners, [-value for value in values]))]


def _clipped(corners: Sequence[Corner], values: Sequence[int]) -> tuple[Corner, ...]:
    """The part with values >= 0 of a convex polygon, its order kept (Sutherland and Hodgman, 1974)."""
    kept: list[Corner] = []
    for index, (corner, value) in enumerate(zip(corners, values, strict=True)):
        before, last = corners[index - 1], values[index - 1]
        if value * last < 0:
            crossing = tuple(a * abs(value) + b * abs(last) for a, b in zip(before, corner, strict=True))
            kept.append(primitive(crossing))
        if value >= 0:
            kept.append(corner)
    return tuple(kept)


def _region(cell: _Cell) -> Region:
    corners = tuple((Fraction(x, q), Fraction(y, q)) for x, y, q in cell.corners)
    return Region(cell.pattern, corners, affine(cell.z), _area(corners))


def _area(corners: Sequence[tuple[Fraction, Fraction]]) -> Fraction:
    turns = zip(corners, (*corners[1:], corners[0]), strict=True)
    twice: Fraction = sum((a * d - c * b for (a, b), (c, d) in turns), Fraction(0))
    return twice / 2
