"""W, b and h(x) of an answer, marked entry by entry, on kinks too.

How entries are compared is `decimals`; which mistakes explain wrong ones is `answers`.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import TypeAlias

from app.lab.base.formula.answers import MOST_CELLS, WrongCell
from app.lab.relu_network.formula.given import Given, column
from app.lab.relu_network.formula.results import AffineMap, AtPoint
from app.lab.relu_network.formula.words import matrix_text

Wanted: TypeAlias = Sequence[Sequence[Fraction | None]]
"""Rows of what is right; None where nothing is."""
NOTHING = "none"


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
