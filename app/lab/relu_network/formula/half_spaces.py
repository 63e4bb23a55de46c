"""The points of one activation pattern, as half-spaces: each hidden unit keeps its sign.

A polytope for any number of inputs. Which pattern is asked for is the caller's.
"""

from collections.abc import Sequence
from math import lcm

from app.lab.base.formula.exact import Vector
from app.lab.relu_network.formula.integer_map import IntegerMap, Row, primitive
from app.lab.relu_network.formula.linear_program import burden, exceeds
from app.lab.relu_network.formula.results import HalfSpace, Pattern, Polytope, Unit

MOST_STEPS = 60_000


def polytope(z: Sequence[IntegerMap], pattern: Pattern, x: Vector) -> Polytope:
    """The closed region of `pattern` around x, which lies in it.

    z: pre-activations of the hidden layers as maps of x under that pattern. Half-spaces that follow from
    others are left out where (half-spaces times inputs) squared is at most MOST_STEPS, less for long numbers.
    """
    found = _distinct(z, pattern)
    steps = (len(found) * len(x)) ** 2 * burden([half.normal for half in found])
    if steps > MOST_STEPS:
        return Polytope(tuple(found), minimal=False)
    return Polytope(tuple(_binding(found, x)), minimal=True)


def _distinct(z: Sequence[IntegerMap], pattern: Pattern) -> list[HalfSpace]:
    """One half-space a unit, less those that say nothing and those said before."""
    found: dict[Row, HalfSpace] = {}
    for layer, (rows, states) in enumerate(zip(z, pattern, strict=True), start=1):
        for unit, (row, on) in enumerate(zip(rows.rows, states, strict=True), start=1):
            if any(row[:-1]):
                *normal, limit = primitive(tuple(-entry for entry in row) if on else row)
                half = HalfSpace(tuple(normal), -limit, Unit(layer, unit))
                found.setdefault((*normal, limit), half)
    return list(found.values())


def _binding(found: list[HalfSpace], x: Vector) -> list[HalfSpace]:
    """Those that do not follow from the others: seen from x, none of the others keeps them from binding."""
    common = lcm(*(entry.denominator for entry in x))
    whole = [int(entry * common) for entry in x]
    rooms = {half: half.limit * common - _dot(half.normal, whole) for half in found}
    kept = list(found)
    for half in found:
        others = [other for other in kept if other != half]
        rows, limits = [other.normal for other in others], [rooms[other] for other in others]
        if not exceeds(half.normal, rooms[half], rows, limits):
            kept = others
    return kept


def _dot(row: Row, point: Sequence[int]) -> int:
    return sum(a * b for a, b in zip(row, point, strict=True))
