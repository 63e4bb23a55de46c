"""W, b and h(x) that somebody gives: a number, a list or a list of rows, read and marked entry by entry.

Which entry is right is the rule of `exact.fits`; which mistakes explain wrong ones is `answers`.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import TypeAlias

from app.lab.base.formula.answers import MOST_CELLS, WrongCell
from app.lab.base.formula.exact import Matrix, Vector, check_even, fits, is_list, number, refuse
from app.lab.relu_network.formula.network import MOST_UNITS
from app.lab.relu_network.formula.results import AffineMap, AtPoint
from app.lab.relu_network.formula.words import matrix_text

Wanted: TypeAlias = Sequence[Sequence[Fraction | None]]
"""Rows of what is right; None where nothing is."""
NOTHING = "none"


@dataclass(frozen=True)
class Entry:
    """One number: as it was typed, and its value."""

    text: str
    value: Fraction

    def fits(self, right: Fraction) -> bool:
        """Whether it is `right`."""
        return self.value == right or fits(self.text, right)


@dataclass(frozen=True)
class Given:
    """Rows of entries; depth: 0 for a number, 1 for a list, 2 for a list of rows."""

    rows: tuple[tuple[Entry, ...], ...]
    depth: int

    @property
    def flat(self) -> tuple[Entry, ...]:
        """All entries, row by row."""
        return tuple(entry for row in self.rows for entry in row)

    @property
    def size(self) -> str:
        """How many entries there are: a single number, 2 numbers, 2 x 3 numbers."""
        if len(self.flat) == 1:
            return "a single number"
        several = f"{len(self.rows)} x {len(self.rows[0])}" if self.depth > 1 else len(self.flat)
        return f"{several} numbers"

    def fits(self, right: Matrix) -> bool:
        """Whether the entries, row by row, are those of `right`, whatever the shape."""
        wanted = tuple(entry for row in right for entry in row)
        if len(wanted) != len(self.flat):
            return False
        return all(entry.fits(value) for entry, value in zip(self.flat, wanted, strict=True))

    def has_shape_of(self, right: Sequence[Sequence[object]]) -> bool:
        """Whether it is written as `right` may be: a list will do for one row or one column."""
        rows, columns = len(right), len(right[0])
        if self.depth == 2 and len(self.flat) > 1:
            return (len(self.rows), len(self.rows[0])) == (rows, columns)
        return len(self.flat) == rows * columns and 1 in (rows, columns)

    def values(self) -> Matrix:
        """The numbers alone."""
        return tuple(tuple(entry.value for entry in row) for row in self.rows)


def read_given(value: object, path: str) -> Given | None:
    """None for None. Raises TheoryError naming the entry: answers[0].W[1]."""
    if value is None:
        return None
    if not is_list(value):
        return Given(((_entry(value, path),),), 0)
    nested = any(is_list(row) for row in value)
    rows = value if nested else [value]
    if len(rows) > MOST_UNITS or any(is_list(row) and len(row) > MOST_UNITS for row in rows):
        raise refuse(path, f"has more than {MOST_UNITS} rows or columns")
    read = tuple(_row(row, f"{path}[{index}]" if nested else path) for index, row in enumerate(rows))
    check_even(read, path)
    return Given(read, 2 if nested else 1)


def column(values: Vector) -> Matrix:
    """A vector as the matrix of one column that it is."""
    return tuple((value,) for value in values)


@dataclass(frozen=True)
class Answer:
    """What was given; None for what was not."""

    weight: Given | None
    bias: Given | None
    value: Given | None

    def parts(self) -> list[Given]:
        """Those that were given."""
        return [part for part in (self.weight, self.bias, self.value) if part is not None]

    def has_map_of(self, found: AffineMap) -> bool:
        """Whether W and b, as far as given, and one of them is, are those of `found`."""
        pairs = ((self.weight, found.weight), (self.bias, column(found.bias)))
        return any(part for part, _ in pairs) and all(
            part is None or part.fits(right) for part, right in pairs
        )


@dataclass(frozen=True)
class MarkedPart:
    """W, b or h(x) of an answer, as rows as they were typed, and the wrong ones of its entries.

    Where its shape is wrong every entry is, and `expected` of each holds the whole of what is right.
    """

    given: tuple[tuple[str, ...], ...]
    cells: tuple[WrongCell, ...]


def mark_part(given: Given | None, right: Wanted) -> MarkedPart | None:
    """None where nothing was given."""
    if given is None:
        return None
    known = tuple(tuple(entry for entry in row if entry is not None) for row in right)
    whole = matrix_text(known) if sum(map(len, known)) == sum(map(len, right)) else NOTHING
    wanted = [entry for row in right for entry in row] if given.has_shape_of(right) else []
    cells = ((row, col, entry) for row, entries in enumerate(given.rows) for col, entry in enumerate(entries))
    wrong = []
    for place, (row, col, entry) in enumerate(cells):
        one = wanted[place] if wanted else None
        if one is None or not entry.fits(one):
            said = str(one) if one is not None else NOTHING if wanted else whole
            wrong.append(WrongCell(row, col, entry.text, said))
    texts = tuple(tuple(entry.text for entry in entries) for entries in given.rows)
    return MarkedPart(texts, tuple(wrong[:MOST_CELLS]))


def right_map(at: AtPoint) -> tuple[Wanted, Wanted]:
    """W, and b as a column. On a kink entries are right in which both sides agree, for one input."""
    found = at.map or at.autograd
    bias = column(found.bias)
    if not at.on_kink:
        return found.weight, bias
    if at.left is None or at.right is None:
        return tuple((None,) * len(row) for row in found.weight), tuple((None,) for _ in bias)
    sides = at.left, at.right
    return _shared(*(side.weight for side in sides)), _shared(*(column(side.bias) for side in sides))


def _shared(left: Wanted, right: Wanted) -> Wanted:
    return tuple(
        tuple(a if a == b else None for a, b in zip(one, other, strict=True))
        for one, other in zip(left, right, strict=True)
    )


def _row(row: object, path: str) -> tuple[Entry, ...]:
    if not is_list(row):
        raise refuse(path, "must be a list of numbers, as the other rows are")
    return tuple(_entry(entry, f"{path}[{index}]") for index, entry in enumerate(row))


def _entry(value: object, path: str) -> Entry:
    return Entry(str(value).strip(), number(value, path))
