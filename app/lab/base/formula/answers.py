"""A marked answer: which entries are wrong, and the mistakes of known kinds that explain them.

What the right answer is, and which mistakes are known, is each calculator's. Here answers in decimals are
compared to the digits that were typed; those in exact numbers in `exact`.

An entry is right if it differs by at most half a unit of its last digit. Where it has fewer than three
significant digits, it counts as written with at least two decimals, so that 1 is not right for 0.7. Zero,
however many decimals are typed, is right for zero alone: a small value needs a significant digit. Fractions
and whole digits beyond what a double holds are compared to one part in 10^9.
"""

import re
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from decimal import Decimal
from math import isfinite

from app.lab.base.formula.exact import is_list, number, refuse
from trainer.numerals import plain

MOST_CELLS = 1000
RULE = (
    "An entry is right if it rounds to the digits typed, at least two decimals or three digits; 0 is right "
    "only where the value is 0."
)
_FEWEST_DIGITS, _FEWEST_DECIMALS = 3, 2
_PRECISION = 1e-9
_LARGEST = 10**300


@dataclass(frozen=True)
class WrongCell:
    """An entry that differs from the right one; row and col count from 0. `given` is as it was typed."""

    row: int
    col: int
    given: str
    expected: str


@dataclass(frozen=True)
class Diagnosis:
    """A known kind of mistake that explains (part of) the answer: a stable code and a sentence."""

    code: str
    message: str


@dataclass(frozen=True)
class Verdict:
    """How many entries of an answer are wrong, and the known mistakes behind them."""

    correct: bool
    wrong: int
    diagnoses: tuple[Diagnosis, ...]


@dataclass(frozen=True)
class Marked(Verdict):
    """`cells` lists the first MOST_CELLS of `wrong` entries, row by row.

    An answer of another shape is wrong as a whole: `cells` is empty and the diagnosis names both shapes.
    """

    cells: tuple[WrongCell, ...]


@dataclass(frozen=True)
class Typed:
    """One entry: as typed, its value, and half a unit of its last digit."""

    text: str
    value: float
    half_unit: float

    def fits(self, right: float) -> bool:
        """Whether it is `right`, to the digits typed."""
        if self.value == 0:
            return right == 0
        return isfinite(right) and abs(self.value - right) <= max(
            self.half_unit * (1 + _PRECISION), _PRECISION * abs(right)
        )


TypedRow = tuple[Typed, ...]
Known = Callable[[TypedRow], Diagnosis | None]
"""A known mistake: the diagnosis where it explains this row."""
Guess = tuple[str, Iterable[float], str]
"""A mistake by what it leads to: its code, the row, and the sentence that names it."""


def typed(value: object, path: str) -> Typed:
    """Raises TheoryError, naming `path`, where `value` is no number or beyond what a double holds."""
    exact = number(value, path)
    if abs(exact) > _LARGEST:
        raise refuse(path, f"must be between -1e300 and 1e300, got {value}")
    text = str(value).strip()
    return Typed(text, float(exact), 0.0 if "/" in text else _half_unit(text))


def typed_rows(values: object, path: str, rows: int, cols: int) -> tuple[TypedRow, ...]:
    """An answer of `rows` x `cols` numbers; a flat list counts as the only row. Raises TheoryError."""
    if not is_list(values) or not values:
        raise refuse(path, "must be a list of numbers, or a list of rows of numbers")
    nested = not any(isinstance(value, (int, float, str)) for value in values)
    table = values if nested else [values]
    if len(table) != rows:
        raise refuse(path, f"must have {rows} row{'s' * (rows != 1)}, got {len(table)}")
    return tuple(_row(row, f"{path}[{at}]" if nested else path, cols) for at, row in enumerate(table))


def fits_all(row: TypedRow, right: Iterable[float]) -> bool:
    """Whether every entry fits."""
    return all(entry.fits(value) for entry, value in zip(row, right, strict=True))


def leads_to(guess: Guess) -> Known:
    """The mistake that explains just this row."""
    code, values, message = guess
    return lambda given: Diagnosis(code, message) if fits_all(given, values) else None


def mark(
    rows: Sequence[TypedRow], right: Sequence[Sequence[float]], known: Sequence[Sequence[Known]]
) -> Marked:
    """Every row against the right one; for a wrong row the first of its `known` mistakes that explains it."""
    cells = tuple(
        WrongCell(at, col, entry.text, plain(value))
        for at, (row, values) in enumerate(zip(rows, right, strict=True))
        for col, (entry, value) in enumerate(zip(row, values, strict=True))
        if not entry.fits(value)
    )
    wrong = {cell.row for cell in cells}
    found = (
        next((seen for mistake in known[at] if (seen := mistake(rows[at]))), None) for at in sorted(wrong)
    )
    return Marked(not cells, len(cells), tuple(filter(None, found)), cells[:MOST_CELLS])


def _row(values: object, path: str, cols: int) -> TypedRow:
    if not is_list(values):
        raise refuse(path, "must be a list of numbers")
    if len(values) != cols:
        raise refuse(path, f"must have {cols} number{'s' * (cols != 1)}, got {len(values)}")
    return tuple(typed(value, f"{path}[{at}]") for at, value in enumerate(values))


def _half_unit(text: str) -> float:
    decimal = Decimal(re.sub("\N{MINUS SIGN}", "-", text))
    last = decimal.as_tuple().exponent
    assert isinstance(last, int), "exact.number refuses what is not finite"
    few = len(decimal.as_tuple().digits) < _FEWEST_DIGITS
    return float(0.5 * 10.0 ** (min(last, -_FEWEST_DECIMALS) if few else last))
