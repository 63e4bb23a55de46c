"""Exact numbers, maps and units of a network in sentences: (3, 2), [1, 2; 0, 1], unit 1 of layer 2."""

from collections.abc import Sequence
from fractions import Fraction
from typing import TypeVar

from app.lab.base.formula.exact import Matrix, Vector
from app.lab.relu_network.formula.results import Interval, Pattern, Unit

MOST_LISTED = 8

MOST_SHOWN = 6
"""Rows and columns of a matrix in a formula; more are cut after the first few."""

_T = TypeVar("_T")


def listed(values: Sequence[object]) -> str:
    """Entries with commas, cut after the first few."""
    shown = [str(value) for value in values]
    return ", ".join(shown if len(shown) <= MOST_LISTED else [*shown[: MOST_LISTED - 1], "...", shown[-1]])


def vector_text(values: Vector) -> str:
    """(3, 2); a single number stands for itself."""
    return str(values[0]) if len(values) == 1 else f"({listed(values)})"


def matrix_text(rows: Matrix) -> str:
    """[1, 2; 0, 1]; a single number stands for itself."""
    if len(rows) == len(rows[0]) == 1:
        return str(rows[0][0])
    shown = [listed(row) for row in rows]
    cut = shown if len(shown) <= MOST_LISTED else [*shown[: MOST_LISTED - 1], "...", shown[-1]]
    return f"[{'; '.join(cut)}]"


def times(weight: str, x: str) -> str:
    """weight x as the sentence of a product: 6 · 2, -1 · (-2)."""
    return f"{weight} · ({x})" if x.startswith("-") else f"{weight} · {x}"


def plus(bias: str) -> str:
    """What is added: + 3, - 1/2, + (1, 2)."""
    return f"- {bias[1:]}" if bias.startswith("-") else f"+ {bias}"


def interval_text(interval: Interval) -> str:
    """Where x lies: x <= -2, -2 <= x <= 0, all x."""
    start, end = interval.start, interval.end
    if start is None:
        return "all x" if end is None else f"x <= {end}"
    return f"x >= {start}" if end is None else f"{start} <= x <= {end}"


def unit_text(unit: Unit) -> str:
    """unit 1 of layer 2."""
    return f"unit {unit.unit} of layer {unit.layer}"


def units_text(units: Sequence[Unit]) -> str:
    """unit 1 of layer 1 and units 1, 2 of layer 2."""
    by_layer: dict[int, list[int]] = {}
    for unit in units:
        by_layer.setdefault(unit.layer, []).append(unit.unit)
    parts = [
        f"unit{'s' * (len(found) > 1)} {listed(found)} of layer {layer}" for layer, found in by_layer.items()
    ]
    return " and ".join(parts)


def differing(one: Pattern, other: Pattern) -> tuple[Unit, ...]:
    """Units that two patterns do not share."""
    return tuple(
        Unit(layer, unit)
        for layer, (left, right) in enumerate(zip(one, other, strict=True), start=1)
        for unit, (a, b) in enumerate(zip(left, right, strict=True), start=1)
        if a != b
    )


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
