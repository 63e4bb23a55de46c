"""What somebody gives for W, b or h(x): a number, a list or a list of rows, read and compared entry by entry.

Which entry is right is the rule of `decimals`.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction

from app.lab.base.formula.decimals import fits
from app.lab.base.formula.exact import Matrix, Vector, check_even, is_list, number, refuse
from app.lab.relu_network.formula.network import MOST_UNITS


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
        return (
            f"{len(self.rows)} x {len(self.rows[0])} numbers"
            if self.depth > 1
            else f"{len(self.flat)} numbers"
        )

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


def _row(row: object, path: str) -> tuple[Entry, ...]:
    if not is_list(row):
        raise refuse(path, "must be a list of numbers, as the other rows are")
    return tuple(_entry(entry, f"{path}[{index}]") for index, entry in enumerate(row))


def _entry(value: object, path: str) -> Entry:
    return Entry(str(value).strip(), number(value, path))
