"""The patterns that meet at a point where units are exactly at zero, and whether their maps differ.

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
from app.lab.relu_network.formula.linear_program import burden, exceeds
from app.lab.relu_network.formula.network import Network, affine, deeper, walk
from app.lab.relu_network.formula.results import AffineMap, Pattern

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
