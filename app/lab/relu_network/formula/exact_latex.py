r"""Exact numbers, vectors and matrices as LaTeX: -\frac{3}{2}, columns in brackets.

Large matrices are cut after the first few rows and columns, because nobody reads them in a formula.
"""

from collections.abc import Sequence
from fractions import Fraction
from typing import TypeVar

from app.lab.base.formula.exact import Matrix, Vector

MOST_SHOWN = 6
"""Rows and columns of a matrix in a formula; more are cut after the first few."""

_T = TypeVar("_T")


def number_latex(value: Fraction) -> str:
    r"""A number: -\frac{3}{2}."""
    if value.denominator == 1:
        return str(value.numerator)
    sign = "-" if value < 0 else ""
    return rf"{sign}\frac{{{abs(value.numerator)}}}{{{value.denominator}}}"


def matrix_latex(rows: Matrix) -> str:
    """A matrix; a single number stands for itself."""
    if len(rows) == len(rows[0]) == 1:
        return number_latex(rows[0][0])
    columns = _cut(range(len(rows[0])))
    lines = [
        r"\vdots" if row is None else " & ".join(_entry(row, column) for column in columns)
        for row in _cut(rows)
    ]
    body = r" \\ ".join(lines)
    return rf"\begin{{pmatrix}} {body} \end{{pmatrix}}"


def vector_latex(values: Vector) -> str:
    """A column; a single number stands for itself."""
    return matrix_latex(tuple((value,) for value in values))


def factor_latex(values: Vector) -> str:
    r"""A column to be multiplied by: \cdot 2, \cdot (-1)."""
    return rf"\cdot {_in_brackets_if_negative(values)}"


def addend_latex(values: Vector) -> str:
    """A column to be added: + 2, + (-1)."""
    return f"+ {_in_brackets_if_negative(values)}"


def diagonal_latex(values: Vector) -> str:
    """A diagonal matrix by its diagonal: diag(1, 0)."""
    shown = ("\\ldots" if value is None else number_latex(value) for value in _cut(values))
    return rf"\mathrm{{diag}}({', '.join(shown)})"


def _in_brackets_if_negative(values: Vector) -> str:
    shown = vector_latex(values)
    return f"({shown})" if len(values) == 1 and values[0] < 0 else shown


def _entry(row: Vector, column: int | None) -> str:
    return r"\cdots" if column is None else number_latex(row[column])


def _cut(items: Sequence[_T]) -> list[_T | None]:
    few = MOST_SHOWN - 2
    return [*items] if len(items) <= MOST_SHOWN else [*items[:few], None, items[-1]]
