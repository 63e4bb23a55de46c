"""Marks somebody's matrix of a convolution: every wrong entry, and the mistakes that explain wrong rows.

How cells are read is `cells`; which mistakes are known is `mistakes`. A row with no entry but zeros
is explained by nothing.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from app.lab.base.formula.answers import MOST_CELLS, Diagnosis, Marked, WrongCell
from app.lab.conv_matrix.formula.cells import Cells, dense_codes, read_cells
from app.lab.conv_matrix.formula.matrix import Sparse
from app.lab.conv_matrix.formula.mistakes import Mistake, mistakes
from app.lab.conv_matrix.formula.values import Exact

MOST_NAMED = 12
Rows = NDArray[np.bool_]


@dataclass(frozen=True, eq=False)
class _Explained:
    """The given rows, of those in question, that a mistake leads to."""

    mistake: Mistake
    rows: Rows


def mark_matrix(sparse: Sparse, given: object, kernel: Exact | None) -> Marked:
    """`given` marked against A: labels, or values where the kernel has them. Raises TheoryError by cell.

    Where several kinds of mistake lead to the whole answer, each is named; otherwise those that explain most
    wrong rows, until no further wrong row is explained.
    """
    cells = read_cells(sparse.problem, given, kernel.fractions() if kernel else None)
    shape: tuple[int, int] = cells.keys.shape
    if shape != sparse.shape:
        said = (_wrong_shape(sparse, shape), *_of_shape(sparse, cells))
        return Marked(False, shape[0] * shape[1], said, ())
    right = dense_codes(sparse, shape[0])
    wrong = cells.differ_from(right)
    if not wrong.any():
        return Marked(True, 0, (), ())
    places = np.argwhere(wrong)[:MOST_CELLS].tolist()
    found = tuple(WrongCell(i, j, cells.texts[i][j], cells.text_of(right[i, j])) for i, j in places)
    return Marked(False, int(wrong.sum()), tuple(_diagnoses(sparse, cells, wrong)), found)


def _wrong_shape(sparse: Sparse, shape: tuple[int, int]) -> Diagnosis:
    out, size = sparse.problem.output, sparse.problem.input
    return Diagnosis(
        "wrong_shape",
        f"The answer is {shape[0]} x {shape[1]}, but A is {sparse.shape[0]} x {sparse.shape[1]}: "
        f"{out.channels} x {out.height} x {out.width} output values, one row each, and "
        f"{size.channels} x {size.height} x {size.width} input values, one column each.",
    )


def _of_shape(sparse: Sparse, cells: Cells) -> list[Diagnosis]:
    """What explains an answer of another shape: the mistake that leads to most of its rows."""
    asked = _filled(cells)
    fitting = (each for each in mistakes(sparse, cells.keys.shape) if each.rows == len(asked))
    explained = _explanations(cells, fitting, asked)
    if whole := _whole(cells, explained):
        return whole
    best = max(explained, key=lambda each: each.rows.sum(), default=None)
    if best is None or 2 * best.rows.sum() <= asked.sum():
        return []
    return [_said(cells, best, asked & ~best.rows)]


def _diagnoses(sparse: Sparse, cells: Cells, wrong_cells: Rows) -> list[Diagnosis]:
    wrong: Rows = np.any(wrong_cells, axis=1)
    asked = wrong & _filled(cells)
    explained = _explanations(cells, mistakes(sparse, sparse.shape), asked)
    if whole := _whole(cells, explained):
        return whole
    chosen = []
    left = asked
    while explained and left.any():
        best = max(explained, key=lambda each: (each.rows & left).sum())
        if not (best.rows & left).any():
            break
        chosen.append(best)
        left = left & ~best.rows
    unexplained = wrong & ~np.logical_or.reduce([each.rows for each in chosen]) if chosen else wrong
    return [_said(cells, each, unexplained) for each in chosen]


def _whole(cells: Cells, explained: list[_Explained]) -> list[Diagnosis]:
    """The first of each kind that leads to the whole answer."""
    found: dict[str, Mistake] = {}
    for each in explained:
        if _is_whole(cells, each.mistake):
            found.setdefault(each.mistake.code, each.mistake)
    return [Diagnosis(code, f"The answer is the matrix {each.what}.") for code, each in found.items()]


def _filled(cells: Cells) -> Rows:
    filled: Rows = np.any(cells.keys != 0, axis=1)
    return filled


def _explanations(cells: Cells, known: Iterable[Mistake], asked: Rows) -> list[_Explained]:
    """Those mistakes that lead to any of the rows in question."""
    found = []
    for mistake in known:
        rows = np.zeros_like(asked)
        count = min(len(asked), len(mistake.codes))
        rows[:count] = (cells.keys[:count] == cells.keys_of(mistake.codes[:count])).all(axis=1)
        if (rows & asked).any() or _is_whole(cells, mistake):
            found.append(_Explained(mistake, rows & asked))
    return found


def _is_whole(cells: Cells, mistake: Mistake) -> bool:
    if mistake.rows != len(cells.keys) or not cells.keys.any():
        return False
    return bool((cells.keys == cells.keys_of(mistake.codes)).all())


def _said(cells: Cells, explained: _Explained, unexplained: Rows) -> Diagnosis:
    mistake = explained.mistake
    rows = np.flatnonzero(explained.rows).tolist()
    those = "is that" if len(rows) == 1 else "are those"
    said = f"{_listed('Row', rows)} {those} {_matrix(mistake)}."
    rest = np.flatnonzero(unexplained).tolist()
    if rest:
        said += f" {_listed('Row', rest)} {'is' if len(rest) == 1 else 'are'} wrong for that too"
        said += f"{_would_hold(cells, mistake, rest[0], len(rest) == 1)}."
    return Diagnosis(mistake.code, said)


def _matrix(mistake: Mistake) -> str:
    return mistake.what if mistake.what.startswith("of ") else f"of the matrix {mistake.what}"


def _would_hold(cells: Cells, mistake: Mistake, row: int, alone: bool) -> str:
    if row >= len(mistake.codes):
        return f": it has {mistake.rows} rows"
    held = np.flatnonzero(mistake.codes[row]).tolist()
    if not held or len(held) > MOST_NAMED:
        return ""
    names = " ".join(cells.text_of(code) for code in mistake.codes[row, held].tolist())
    where = f"{'column' if len(held) == 1 else 'columns'} {' '.join(map(str, held))}"
    return f": {'it' if alone else f'row {row}'} would hold {names} in {where}"


def _listed(what: str, numbers: Sequence[int]) -> str:
    """Numbers with runs drawn together: "Rows 0-2, 5"."""
    runs: list[list[int]] = []
    for value in numbers:
        if not runs or value != runs[-1][1] + 1:
            runs.append([value, value])
        runs[-1][1] = value
    shown = [str(low) if low == high else f"{low}-{high}" for low, high in runs]
    some = ", ".join(shown[:MOST_NAMED]) + (", ..." if len(shown) > MOST_NAMED else "")
    return f"{what} {some}" if len(numbers) == 1 else f"{what}s {some}"
