"""A marked answer: which entries are wrong, and the mistakes of known kinds that explain them.

What the right answer is, and which mistakes are known, is each calculator's.
"""

from dataclasses import dataclass

MOST_CELLS = 1000


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
