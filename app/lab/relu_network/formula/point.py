"""A ReLU network at a point: pre-activations, pattern, the affine map around it, and what happens on a kink.

W = W_L D_(L-1) ... D_1 W_1, and b likewise, with the 0/1 masks D of the pattern. Where units are exactly at
zero, every pattern that meets at x is composed: x is a kink only where their maps differ.

Near x the network is affine on each of finitely many cones with their tip at x. A unit with z(x) = 0 splits
a cone where its gradient there is not zero; where it is zero, the unit stays at zero and counts as off.
A few directions show most kinks; that x is none is proved by going through all cones.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from operator import mul
from random import Random

from app.lab.base.formula.exact import Vector
from app.lab.relu_network.formula.integer_map import IntegerMap, Row, after, identity, integers, primitive
from app.lab.relu_network.formula.linear_program import burden, exceeds, polytope
from app.lab.relu_network.formula.network import Network, affine, deeper, forward, walk, with_pattern
from app.lab.relu_network.formula.results import (
    AffineMap,
    AtPoint,
    AxisSlopes,
    Interval,
    OnLine,
    Pattern,
    Polytope,
    Unit,
)

TRIED_DIRECTIONS = 32
MOST_STEPS = 6_000


@dataclass(frozen=True)
class Side:
    """A pattern next to x, and the pre-activations of every layer as maps of x under it."""

    pattern: Pattern
    layers: tuple[IntegerMap, ...]


@dataclass(frozen=True)
class _Cone:
    """Directions d with normal . d > 0 for all normals; `on` is the next layer's pattern as far as known."""

    normals: tuple[Row, ...]
    pattern: Pattern
    on: tuple[int, ...]
    z: IntegerMap


def at_point(network: Network, x: Vector, line: OnLine | None = None) -> AtPoint:
    """Everything about the network at x. line: its pieces, from which one input's region is read."""
    z, pattern = forward(network, x)
    values = tuple(rows.fractions()[1] for rows in z)
    signs = tuple(tuple(row[-1] for row in rows.rows) for rows in z)
    zero_units = tuple(_zero_units(signs[:-1]))
    side = beside(network, signs)
    one_map = map_is_one(network, signs, x, side) if zero_units else True
    on_kink = one_map is False
    first = affine(side.layers[-1])
    return AtPoint(
        x=x,
        pre_activations=values,
        pattern=pattern,
        zero_units=zero_units,
        value=values[-1],
        on_kink=on_kink,
        map=None if on_kink else first,
        autograd=affine(with_pattern(network, pattern)[-1]) if zero_units else first,
        left=_one_sided(network, x, -1),
        right=_one_sided(network, x, 1),
        axes=_axes(network, x) if on_kink and network.inputs > 1 else (),
        region=None if on_kink else _region(side, x, line),
        region_pattern=side.pattern,
        decided=one_map is not None,
    )


def _zero_units(signs: Sequence[Row]) -> list[Unit]:
    return [
        Unit(layer, unit)
        for layer, row in enumerate(signs, start=1)
        for unit, value in enumerate(row, start=1)
        if value == 0
    ]


def _one_sided(network: Network, x: Vector, direction: int) -> AffineMap | None:
    """One input: slope on one side, and b = h(x) - W x, since the ray starts at h(x)."""
    if network.inputs > 1:
        return None
    seen = ray(network, x, (direction,))
    weight = tuple((direction * row[0],) for row in seen.weight)
    return AffineMap(weight, tuple(h - row[0] * x[0] for row, h in zip(weight, seen.bias, strict=True)))


def _axes(network: Network, x: Vector) -> tuple[AxisSlopes, ...]:
    return tuple(
        AxisSlopes(axis + 1, _slopes(network, x, axis, -1), _slopes(network, x, axis, 1))
        for axis in range(network.inputs)
    )


def _slopes(network: Network, x: Vector, axis: int, direction: int) -> Vector:
    step = tuple(direction * int(index == axis) for index in range(network.inputs))
    return tuple(direction * row[0] for row in ray(network, x, step).weight)


def _region(side: Side, x: Vector, line: OnLine | None) -> Interval | Polytope | None:
    if len(x) > 1:
        return polytope(side.layers[:-1], side.pattern, x)
    if line is None:
        return None
    return next(piece.interval for piece in line.pieces if piece.interval.holds(x[0]))


def beside(network: Network, signs: Sequence[Row]) -> Side:
    """A side next to x: a step towards +x_1, a far smaller one towards +x_2, and so on, ends inside its cone.

    signs: numerators of each layer's z at x.
    """

    def choose(index: int, z: IntegerMap) -> Row:
        return tuple(
            int((value or next((entry for entry in row if entry), 0)) > 0)
            for value, row in zip(signs[index], z.rows, strict=True)
        )

    found, pattern = walk(network, identity(network.inputs), choose)
    return Side(pattern, found)


def ray(network: Network, x: Vector, direction: Sequence[int]) -> AffineMap:
    """h(x + t direction) for small t >= 0, as an affine map of t."""
    start = integers(tuple((Fraction(entry),) for entry in direction), x)
    found, _ = walk(network, start, lambda _, z: tuple(int((value or step) > 0) for step, value in z.rows))
    return affine(found[-1])


def map_is_one(network: Network, signs: Sequence[Row], x: Vector, side: Side) -> bool | None:
    """Whether all sides of x have the map of `side`; None where there are too many sides to go through."""
    draw = Random(1)
    expected = affine(side.layers[-1]).weight
    for _ in range(TRIED_DIRECTIONS):
        direction = [draw.randint(-1000, 1000) for _ in range(network.inputs)]
        seen = [row[0] for row in ray(network, x, direction).weight]
        if seen != [sum(map(mul, row, direction)) for row in expected]:
            return False
    return _proved(network, signs, side.layers[-1])


def _proved(network: Network, signs: Sequence[Row], expected: IntegerMap) -> bool | None:
    steps_left = MOST_STEPS
    waiting = [_Cone((), (), (), after(network.maps[0], identity(network.inputs)))]
    while waiting:
        cone = waiting.pop()
        if len(cone.pattern) == network.hidden:
            if cone.z != expected:
                return False
            continue
        cone = _settled(cone, signs[len(cone.pattern)])
        if len(cone.on) == len(cone.z.rows):
            z = deeper(network, len(cone.pattern), cone.z, cone.on)
            waiting.append(_Cone(cone.normals, (*cone.pattern, cone.on), (), z))
            continue
        steps_left -= 2 * (len(cone.normals) + 1) * (network.inputs + 1) ** 2 * burden(cone.normals)
        if steps_left < 0:
            return None
        waiting.extend(_split(cone))
    return True


def _settled(cone: _Cone, values: Row) -> _Cone:
    """The cone with the states of further units, up to the first that may change sign within it."""
    on = list(cone.on)
    for unit in range(len(on), len(values)):
        if not values[unit] and any(cone.z.rows[unit][:-1]):
            break
        on.append(int(values[unit] > 0))
    return _Cone(cone.normals, cone.pattern, tuple(on), cone.z)


def _split(cone: _Cone) -> list[_Cone]:
    """The parts where the next unit is off and on, without those that have no inside."""
    gradient = primitive(cone.z.rows[len(cone.on)][:-1])
    parts: list[_Cone] = []
    for state, normal in ((0, tuple(-entry for entry in gradient)), (1, gradient)):
        normals = (*cone.normals, normal)
        if _open(normals):
            parts.append(_Cone(normals, cone.pattern, (*cone.on, state), cone.z))
    return parts


def _open(normals: Sequence[Row]) -> bool:
    """Whether some d has normal . d > 0 for all: the largest t with t <= 1 and t <= normal . d is above 0."""
    one = (*(0 for _ in normals[0]), 1)
    rows = [(*(-entry for entry in normal), 1) for normal in normals]
    return exceeds(one, 0, [*rows, one], [*(0 for _ in rows), 1])
