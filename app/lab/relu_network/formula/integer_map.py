"""Affine maps as integers over one common denominator: exact, and some fifty times faster than fractions.

A row (n_1, ..., n_d, n_0) over the denominator q stands for (n_1 x_1 + ... + n_d x_d + n_0) / q. Signs and
zeros are read off the integers alone. What the rows are of is the caller's.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from fractions import Fraction
from math import gcd, lcm
from operator import mul
from typing import TypeAlias

from app.lab.base.formula.exact import Matrix, Vector

Row: TypeAlias = tuple[int, ...]


@dataclass(frozen=True)
class IntegerMap:
    """One row a unit; `common` is the positive denominator of all rows."""

    rows: tuple[Row, ...]
    common: int

    def fractions(self) -> tuple[Matrix, Vector]:
        """Weights [rows x inputs] and biases [rows]."""
        weight = tuple(tuple(Fraction(entry, self.common) for entry in row[:-1]) for row in self.rows)
        return weight, tuple(Fraction(row[-1], self.common) for row in self.rows)


def constant(values: Vector) -> IntegerMap:
    """The map that is `values` everywhere, of no inputs: rows hold the last entry only."""
    return integers(tuple(() for _ in values), values)


def identity(inputs: int) -> IntegerMap:
    """The map x -> x."""
    return IntegerMap(tuple(tuple(int(i == j) for j in range(inputs + 1)) for i in range(inputs)), 1)


def integers(weight: Matrix, bias: Vector) -> IntegerMap:
    """A layer's affine map, from fractions."""
    common = lcm(*(entry.denominator for row in (*weight, bias) for entry in row))
    rows = zip(weight, bias, strict=True)
    return IntegerMap(tuple(_over(common, (*row, last)) for row, last in rows), common)


def after(outer: IntegerMap, inner: IntegerMap) -> IntegerMap:
    """outer(inner(x)), in lowest terms over one denominator."""
    one = (*(0 for _ in inner.rows[0][1:]), inner.common)
    columns = tuple(zip(*inner.rows, one, strict=True))
    rows = tuple(tuple(sum(map(mul, row, column)) for column in columns) for row in outer.rows)
    return _lowest(rows, outer.common * inner.common)


def scaled(inner: IntegerMap, factors: Sequence[Fraction]) -> IntegerMap:
    """Each row times its factor: a pattern's mask, with 1 for an active unit and the slope for the others."""
    common = lcm(*(factor.denominator for factor in factors))
    whole = _over(common, factors)
    rows = tuple(
        tuple(factor * entry for entry in row) for factor, row in zip(whole, inner.rows, strict=True)
    )
    return _lowest(rows, common * inner.common)


def primitive(row: Row) -> Row:
    """The row without common divisor: the same line, the same side."""
    divisor = gcd(*row)
    return tuple(entry // divisor for entry in row) if divisor > 1 else row


def _over(common: int, numbers: Iterable[Fraction]) -> Row:
    return tuple(entry.numerator * (common // entry.denominator) for entry in numbers)


def _lowest(rows: tuple[Row, ...], common: int) -> IntegerMap:
    divisor = gcd(common, *(entry for row in rows for entry in row))
    if divisor == 1:
        return IntegerMap(rows, common)
    return IntegerMap(tuple(tuple(entry // divisor for entry in row) for row in rows), common // divisor)
