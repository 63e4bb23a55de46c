"""Whether a linear function can exceed a threshold on a polyhedron that holds the origin, in integers.

A simplex method on a dictionary of integers over one denominator (the pivots divide exactly, as in Bareiss'
elimination), with Bland's rule against cycling. Variables are free.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from math import lcm

from app.lab.base.formula.exact import Vector
from app.lab.relu_network.formula.integer_map import IntegerMap, Row, primitive
from app.lab.relu_network.formula.results import HalfSpace, Pattern, Polytope, Unit

_USUAL_BITS = 256

MOST_STEPS = 60_000


@dataclass
class _Tableau:
    """Rows `w = limit - row . x`; the last row is the objective. columns, basis: labels; below `free`: x."""

    rows: list[list[int]]
    columns: list[int]
    basis: list[int]
    free: int
    common: int = 1


def exceeds(objective: Row, threshold: int, rows: Sequence[Row], limits: Sequence[int]) -> bool:
    """Whether objective . x > threshold for some x with rows . x <= limits; limits and threshold >= 0."""
    variables = len(objective)
    table = _Tableau(
        [*([*row, limit] for row, limit in zip(rows, limits, strict=True)), [*(-c for c in objective), 0]],
        list(range(variables)),
        list(range(variables, variables + len(rows))),
        variables,
    )
    while table.rows[-1][-1] <= threshold * table.common:
        column = _entering(table)
        if column is None:
            return False
        row = _leaving(table, column)
        if row is None:
            return True
        _pivot(table, row, column)
    return True


def burden(rows: Sequence[Row]) -> int:
    """How much more a pivot costs than with small numbers: the tableau's entries are minors of the rows."""
    bits = max((abs(entry) for row in rows for entry in row), default=0).bit_length()
    return 1 + bits * len(rows[0]) // _USUAL_BITS if rows else 1


def _entering(table: _Tableau) -> int | None:
    """The improving column of smallest label; a free variable that improves downward is turned round."""
    gains = table.rows[-1]
    able = [
        (label, index)
        for index, label in enumerate(table.columns)
        if gains[index] < 0 or (label < table.free and gains[index] > 0)
    ]
    if not able:
        return None
    index = min(able)[1]
    if gains[index] > 0:
        for row in table.rows:
            row[index] = -row[index]
    return index


def _leaving(table: _Tableau, column: int) -> int | None:
    """The row that binds first, of smallest label among equals; None where nothing binds."""
    best: int | None = None
    for index, label in enumerate(table.basis):
        row = table.rows[index]
        if label < table.free or row[column] <= 0:
            continue
        if best is None:
            best = index
            continue
        ahead = row[-1] * table.rows[best][column] - table.rows[best][-1] * row[column]
        if ahead < 0 or (ahead == 0 and label < table.basis[best]):
            best = index
    return best


def _pivot(table: _Tableau, at: int, column: int) -> None:
    pivot_row = table.rows[at]
    pivot, common = pivot_row[column], table.common
    for index, row in enumerate(table.rows):
        if index == at:
            continue
        factor = row[column]
        if factor or pivot != common:
            table.rows[index] = [
                (a * pivot - factor * b) // common for a, b in zip(row, pivot_row, strict=True)
            ]
            table.rows[index][column] = -factor
    pivot_row[column] = common
    table.common = pivot
    table.basis[at], table.columns[column] = table.columns[column], table.basis[at]


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
