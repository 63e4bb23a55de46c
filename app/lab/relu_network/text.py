"""Affine maps as people write them, as text and as LaTeX: 3/2 x + 3. Numbers come as the reply holds them.

How a single number or matrix is set is in `formula.words`. `lines` is the whole reply for a terminal.
"""

from collections.abc import Callable, Iterator, Sequence
from fractions import Fraction

from app.formats import MINUS
from app.lab.base.columns import derivation, table, verdict
from app.lab.base.formula.answers import WrongCell
from app.lab.base.formula.exact import RULE
from app.lab.relu_network.formula.answers import MarkedMap
from app.lab.relu_network.formula.words import MOST_SHOWN, matrix_latex, number_latex, unit_text, vector_latex
from app.lab.relu_network.views import Exact, PatternView, PointView, ReluView, Rows

FURTHEST = 10**100
MOST_ROWS = 40


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


def affine_text(weights: Sequence[str], bias: str) -> str:
    """One output: 3/2 x + 3, or 2 x1 − x2; variables count where there are several, zeros are left out."""
    names = ["x"] if len(weights) == 1 else [f"x{index}" for index in range(1, len(weights) + 1)]
    return exact_text(_sum(weights, names, bias, str))


def map_text(weight: Exact, bias: Exact) -> str:
    """W x + b in one line; several outputs with a semicolon between."""
    rows = zip(rows_of(weight), numbers_of(bias), strict=True)
    return "; ".join(affine_text(row, add) for row, add in rows)


def affine_latex(weights: Sequence[str], bias: str) -> str:
    """The same as LaTeX."""
    names = ["x"] if len(weights) == 1 else [f"x_{{{index}}}" for index in range(1, len(weights) + 1)]
    return _sum(weights, names, bias, _number_latex)


def weight_latex(weight: Exact) -> str:
    """W: a number where it is one, else a matrix."""
    return matrix_latex(tuple(tuple(map(Fraction, row)) for row in rows_of(weight)))


def bias_latex(value: str | Sequence[object]) -> str:
    """b, x or h: a number where it is one, else a column."""
    return vector_latex(tuple(map(Fraction, numbers_of(value))))


def point_latex(x: str | Sequence[object]) -> str:
    """A point in one line: 3/2, or (1, 1/2)."""
    numbers = [_number_latex(value) for value in numbers_of(x)]
    return numbers[0] if len(numbers) == 1 else f"({', '.join(numbers)})"


def map_latex(weight: Exact, bias: Exact) -> str:
    """W x + b: a sum of terms for one output and few inputs, else with matrices."""
    rows, adds = rows_of(weight), numbers_of(bias)
    if len(rows) == 1 and len(rows[0]) <= MOST_SHOWN:
        return affine_latex(rows[0], adds[0])
    nothing = all(value == "0" for value in adds)
    return rf"{weight_latex(weight)}\,x" + ("" if nothing else f" + {bias_latex(adds)}")


def _number_latex(value: str) -> str:
    return number_latex(Fraction(value))


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


def lines(view: ReluView) -> Iterator[str]:
    """All that a terminal shows of the reply."""
    for at, point in enumerate(view.points):
        yield from _point(point)
        answer = view.answers[at] if view.answers else None
        if answer:
            yield from verdict(answer, _wrong(answer), RULE)
        yield ""
    if view.pieces is not None:
        yield "Pieces of h, from left to right:"
        rows = [
            [one.start or "-inf", one.to or "inf", map_text(one.W, one.b), _on(one.patterns[0])]
            for one in view.pieces
        ]
        yield from _shown(["from", "to", "h(x)", "units on"], rows)
    if view.regions is not None:
        yield f"Regions in the window: {len(view.regions)}"
        rows = [[_on(one.pattern), map_text(one.W, one.b), one.area] for one in view.regions]
        yield from _shown(["units on", "h(x)", "area"], rows)
    yield from view.notes


def _point(point: PointView) -> Iterator[str]:
    yield point.text
    if point.zero_units:
        named = ", ".join(map(unit_text, point.zero_units))
        yield f"Exactly at zero: {named}. Autograd returns W = {_weight(point)}."
    yield from derivation(point.derivation)


def _weight(point: PointView) -> str:
    return exact_text("; ".join(", ".join(row) for row in rows_of(point.autograd.W)))


def _wrong(answer: MarkedMap) -> Iterator[tuple[str, WrongCell]]:
    for name, part in (("W", answer.W), ("b", answer.b), ("h", answer.h)):
        for cell in part.cells if part else ():
            yield f"{name}, row {cell.row + 1}, entry {cell.col + 1}", cell


def _shown(heads: Sequence[str], rows: Sequence[Sequence[str]]) -> Iterator[str]:
    yield from (f"  {line}" for line in table(heads, rows[:MOST_ROWS]))
    if len(rows) > MOST_ROWS:
        yield f"  and {len(rows) - MOST_ROWS} more; --json has all"


def _on(pattern: PatternView) -> str:
    return " ".join("".join(map(str, layer)) for layer in pattern) or "-"
