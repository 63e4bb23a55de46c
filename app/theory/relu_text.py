"""Affine maps in exact numbers as people write them, as text and as LaTeX: 3/2 x + 3.

Numbers come as the reply holds them ("3/2"); large matrices are cut, because nobody reads them in a formula.
"""

from collections.abc import Callable, Sequence
from fractions import Fraction
from typing import TypeVar

from app.formats import MINUS
from app.theory.relu_views import Exact, Rows

MOST_SHOWN = 6
"""Rows and columns of a matrix in a formula; more are cut after the first few."""

FURTHEST = 10**100

_T = TypeVar("_T")


def rows_of(weight: Exact) -> Rows:
    """W as rows: one entry for a single number, one row for a list."""
    if isinstance(weight, str):
        return ((weight,),)
    return tuple((row,) if isinstance(row, str) else row for row in weight)


def numbers_of(value: str | Sequence[object]) -> tuple[str, ...]:
    """A vector as its numbers; a single number is a vector of one."""
    return (value,) if isinstance(value, str) else tuple(map(str, value))


def as_float(value: str) -> float:
    """To be drawn: the nearest float, at most FURTHEST either way, so that products stay finite."""
    return float(max(Fraction(-FURTHEST), min(Fraction(FURTHEST), Fraction(value))))


def exact_text(value: str) -> str:
    """With a real minus sign."""
    return value.replace("-", MINUS)


def exact_latex(value: str) -> str:
    r"""A number: -\frac{3}{2}."""
    above, slash, below = value.partition("/")
    if not slash:
        return value
    sign = "-" if above.startswith("-") else ""
    return rf"{sign}\frac{{{above.removeprefix('-')}}}{{{below}}}"


def affine_text(weights: Sequence[str], bias: str) -> str:
    """One output: 3/2 x + 3, or 2 x1 − x2; variables count where there are several, zeros are left out."""
    names = ["x"] if len(weights) == 1 else [f"x{index}" for index in range(1, len(weights) + 1)]
    return exact_text(_sum(weights, names, bias, str))


def map_text(weight: Exact, bias: Exact) -> str:
    """W x + b in one line; several outputs with a semicolon between."""
    return "; ".join(
        affine_text(row, add) for row, add in zip(rows_of(weight), numbers_of(bias), strict=True)
    )


def affine_latex(weights: Sequence[str], bias: str) -> str:
    """The same as LaTeX."""
    names = ["x"] if len(weights) == 1 else [f"x_{{{index}}}" for index in range(1, len(weights) + 1)]
    return _sum(weights, names, bias, exact_latex)


def matrix_latex(rows: Sequence[Sequence[str]]) -> str:
    """A matrix; one that is larger than MOST_SHOWN either way is cut with dots."""
    columns = _cut(list(range(len(rows[0]))))
    lines = [
        r"\vdots" if row is None else " & ".join(_entry(row, column) for column in columns)
        for row in _cut(list(rows))
    ]
    body = r" \\ ".join(lines)
    return rf"\begin{{pmatrix}} {body} \end{{pmatrix}}"


def vector_latex(values: Sequence[str]) -> str:
    """A column; a single number stands for itself."""
    return exact_latex(values[0]) if len(values) == 1 else matrix_latex([(value,) for value in values])


def map_latex(weight: Exact, bias: Exact) -> str:
    """W x + b: a sum of terms for one output and few inputs, else with matrices."""
    rows, adds = rows_of(weight), numbers_of(bias)
    if len(rows) == 1 and len(rows[0]) <= MOST_SHOWN:
        return affine_latex(rows[0], adds[0])
    nothing = all(value == "0" for value in adds)
    return rf"{matrix_latex(rows)}\,x" + ("" if nothing else f" + {vector_latex(adds)}")


def _entry(row: Sequence[str], column: int | None) -> str:
    return r"\cdots" if column is None else exact_latex(row[column])


def _cut(items: list[_T]) -> list[_T | None]:
    few = MOST_SHOWN - 2
    return [*items] if len(items) <= MOST_SHOWN else [*items[:few], None, items[-1]]


def _sum(weights: Sequence[str], names: Sequence[str], bias: str, shown: Callable[[str], str]) -> str:
    terms = [(weight, name) for weight, name in zip(weights, names, strict=True) if weight != "0"]
    terms += [(bias, "")] if bias != "0" or not terms else []
    return " ".join(_term(*term, shown, leads=place == 0) for place, term in enumerate(terms))


def _term(weight: str, name: str, shown: Callable[[str], str], leads: bool) -> str:
    sign = "-" if weight.startswith("-") else "+"
    size = weight.removeprefix("-")
    word = name if name and size == "1" else f"{shown(size)} {name}".strip()
    if leads:
        return f"-{word}" if sign == "-" else word
    return f"{sign} {word}"
