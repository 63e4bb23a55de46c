"""The patterns that meet at a point where units are exactly at zero, and whether their maps differ.

Near x the network is affine on each of finitely many cones with their tip at x. A unit with z(x) = 0 splits
a cone where its gradient there is not zero; where it is zero, the unit stays at zero and counts as off.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from trainer.theory.integer_map import IntegerMap, Row, after, identity, primitive
from trainer.theory.linear_program import exceeds
from trainer.theory.relu_layers import Layers, masked, walk
from trainer.theory.relu_results import Pattern

MOST_ROWS = 5000


class TooMany(Exception):  # noqa: N818 - ends the search, and is no error
    """The sides found so far took all the work that is allowed."""


@dataclass
class _Budget:
    """Rows of linear programs that may still be set up."""

    left: int = MOST_ROWS

    def spend(self, rows: int) -> None:
        self.left -= rows
        if self.left < 0:
            raise TooMany


@dataclass(frozen=True)
class Side:
    """A pattern next to x, and the pre-activations of every layer as maps of x under it."""

    pattern: Pattern
    layers: tuple[IntegerMap, ...]


@dataclass(frozen=True)
class _Cone:
    """Directions d with normal . d > 0 for all normals, and the layers known on it so far."""

    normals: tuple[Row, ...]
    pattern: Pattern
    layers: tuple[IntegerMap, ...]


def along(layers: Layers, signs: Sequence[Row], direction: Row) -> Side:
    """The side that a step along `direction` reaches. signs: numerators of each layer's z at x."""

    def choose(index: int, z: IntegerMap) -> Row:
        return tuple(
            int((value or _dot(row, direction)) > 0) for value, row in zip(signs[index], z.rows, strict=True)
        )

    found, pattern = walk(layers, identity(layers.inputs), choose)
    return Side(pattern, found)


def sides(layers: Layers, signs: Sequence[Row]) -> Iterator[Side]:
    """Every pattern that meets at x with an inside, one after the other.

    Raises TooMany once MOST_ROWS rows of linear programs were needed.
    """
    start = _Cone((), (), (after(layers.maps[0], identity(layers.inputs)),))
    yield from _deeper(layers, signs, start, _Budget())


def _deeper(layers: Layers, signs: Sequence[Row], cone: _Cone, budget: _Budget) -> Iterator[Side]:
    depth = len(cone.pattern)
    if depth == layers.hidden:
        yield Side(cone.pattern, cone.layers)
        return
    z = cone.layers[-1]
    for normals, on in _splits(cone.normals, z.rows, signs[depth], (), budget):
        nearer = after(layers.maps[depth + 1], masked(layers, z, on))
        deeper = _Cone(normals, (*cone.pattern, on), (*cone.layers, nearer))
        yield from _deeper(layers, signs, deeper, budget)


def _splits(
    normals: tuple[Row, ...], rows: Sequence[Row], values: Row, on: tuple[int, ...], budget: _Budget
) -> Iterator[tuple[tuple[Row, ...], tuple[int, ...]]]:
    """The parts of a cone on which each unit of a layer keeps its sign: normals and that layer's pattern."""
    unit = len(on)
    if unit == len(rows):
        yield normals, on
        return
    gradient = primitive(rows[unit][:-1])
    if values[unit] or not any(gradient):
        yield from _splits(normals, rows, values, (*on, int(values[unit] > 0)), budget)
        return
    for state, normal in ((1, gradient), (0, tuple(-entry for entry in gradient))):
        budget.spend(len(normals) + 1)
        if _open((*normals, normal)):
            yield from _splits((*normals, normal), rows, values, (*on, state), budget)


def _open(normals: Sequence[Row]) -> bool:
    """Whether some d has normal . d > 0 for all: the largest t with t <= 1 and t <= normal . d is above 0."""
    width = len(normals[0])
    rows = [(*(-entry for entry in normal), 1) for normal in normals]
    one = (*(0 for _ in range(width)), 1)
    return exceeds(one, 0, [*rows, one], [*(0 for _ in rows), 1])


def _dot(row: Row, direction: Row) -> int:
    return sum(a * b for a, b in zip(row, direction, strict=False))
