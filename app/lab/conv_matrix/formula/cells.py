"""Answers to a convolution's matrix as people write them: labels in many forms, numbers, and signs for zero.

Read are w(2,2), w22, w_{2,2}, w_22, w2,2, w[2][2], with four indices where there are several channels (see
`Sparse.labels`); numbers where the kernel has values; 0, an empty cell, None, a dot or a dash for zero. Every
cell becomes a key, equal where the cells mean the same; a rounded number means the weight that it rounds to
(see `exact.fits`). What is right is `answers`.
"""

import re
from bisect import bisect_left
from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction

import numpy as np
from numpy.typing import NDArray

from app.lab.base.formula.exact import check_even, fits, is_list, number, refuse
from app.lab.conv_matrix.formula.geometry import Problem
from app.lab.conv_matrix.formula.matrix import Indices, Sparse

MOST_ANSWER_CELLS = 20_000
BASE = 1024
"""Larger than any index, also counted from 1, so that four of them make one code."""

_ZEROS = frozenset({"", "0", ".", "·", "•", "⋅", "-", "–", "—", "−"})
_LABEL = re.compile(r"w[_\s\[({]*[0-9][0-9\s,;\[\](){}]*")
_OF_NO_WEIGHT, _UNKNOWN = -1, -2
_CLOSE, _CLOSE_PART = 1e-3, 1e-9
_HUGE = Fraction(10**300)


@dataclass(frozen=True, eq=False)
class Cells:
    """A given matrix: `texts` as typed, `keys` [rows, columns]; `weights` where keys stand for values.

    Where only labels and zeros are given, keys are codes of labels; otherwise they number different values.
    `rounded`: texts of numbers, where some weight is no finite decimal.
    """

    problem: Problem
    texts: list[list[str]]
    keys: Indices
    weights: list[Fraction] | None
    numbered: dict[Fraction, int]
    rounded: frozenset[str] = frozenset()

    def keys_of(self, codes: Indices) -> Indices:
        """Keys of a matrix of codes, comparable with the given ones."""
        if self.weights is None:
            return codes
        ids = np.array([self.numbered[value] for value in self.weights], dtype=np.int64)
        found = np.zeros_like(codes)
        named = codes > 0
        index, sides = unpacked(codes[named] - 1), self.problem.weight_shape
        inside = np.logical_and.reduce([i < side for i, side in zip(index, sides, strict=True)])
        flat = np.ravel_multi_index(tuple(np.where(inside, i, 0) for i in index), sides)
        found[named] = np.where(inside, ids[flat], _OF_NO_WEIGHT)
        return found

    def differ_from(self, codes: Indices) -> NDArray[np.bool_]:
        """Where the given matrix is not that of `codes`; a number may round to more weights than one."""
        wanted = self.keys_of(codes)
        wrong: NDArray[np.bool_] = self.keys != wanted
        if self.rounded:
            values = list(self.numbered)
            doubles = np.array([_double(value) for value in values])
            near = _near(doubles[self.keys], doubles[wanted])
            for i, j in np.argwhere(wrong & near).tolist():
                text = self.texts[i][j]
                wrong[i, j] = text not in self.rounded or not fits(text, values[wanted[i, j]])
        return wrong

    def text_of(self, code: int) -> str:
        """How the right entry is shown: as a label, or as a value where values were given."""
        if code == 0:
            return "0"
        index = tuple(int(i) for i in unpacked(np.array(code - 1)))
        sides = self.problem.weight_shape
        if self.weights is not None and all(i < side for i, side in zip(index, sides, strict=True)):
            return str(self.weights[int(np.ravel_multi_index(index, sides))])
        return f"w({','.join(map(str, index[2:] if self.problem.plain else index))})"


def packed(weight: Sequence[Indices]) -> Indices:
    """Codes of weights from their four indices in torch's layout; 0 is kept for zero."""
    outer, inner, row, col = weight
    return ((outer * BASE + inner) * BASE + row) * BASE + col + 1


def unpacked(code_less_one: Indices) -> tuple[Indices, Indices, Indices, Indices]:
    """The four indices of codes from which 1 was taken."""
    rest, col = np.divmod(code_less_one, BASE)
    rest, row = np.divmod(rest, BASE)
    outer, inner = np.divmod(rest, BASE)
    return outer, inner, row, col


def dense_codes(sparse: Sparse, most_rows: int) -> Indices:
    """The first `most_rows` rows of A as codes."""
    rows = min(most_rows, sparse.shape[0])
    full = np.zeros((rows, sparse.shape[1]), dtype=np.int64)
    kept = sparse.row < rows
    full[sparse.row[kept], sparse.col[kept]] = packed(sparse.weight)[kept]
    return full


def read_cells(problem: Problem, given: object, weights: list[Fraction] | None) -> Cells:
    """The given matrix. `weights` are the kernel's values as a vector, if it has any.

    Raises TheoryError naming the cell that cannot be read, or answer where rows are ragged or too many.
    """
    texts, path = _texts(given, "answer"), "answer"
    known: dict[str, Fraction | int] = {}
    for i, row in enumerate(texts):
        for j, text in enumerate(row):
            if text not in known:
                known[text] = _cell(problem, text, weights is not None, f"{path}[{i}][{j}]")
    numeric = any(isinstance(meaning, Fraction) for meaning in known.values())
    if weights is not None and (numeric or not any(known.values())):
        return _by_value(problem, texts, known, weights)
    keys = np.array([[known[text] for text in row] for row in texts], dtype=np.int64)
    return Cells(problem, texts, keys, None, {})


def _texts(given: object, path: str) -> list[list[str]]:
    if not is_list(given) or not all(map(is_list, given)):
        raise refuse(path, f"must be a list of rows of entries, got {given!r:.60}")
    check_even(given, path)
    count = len(given) * len(given[0])
    if count > MOST_ANSWER_CELLS:
        raise refuse(path, f"has {count:,} entries; at most {MOST_ANSWER_CELLS:,} are marked")
    return [["" if cell is None else str(cell) for cell in row] for row in given]


def _by_value(
    problem: Problem, texts: list[list[str]], known: dict[str, Fraction | int], weights: list[Fraction]
) -> Cells:
    numbered: dict[Fraction, int] = {Fraction(0): 0}
    for value in weights:
        numbered.setdefault(value, len(numbered))
    named = Cells(problem, [], np.zeros((0, 0), dtype=np.int64), weights, numbered)
    endless = sorted(value for value in numbered if Fraction(repr(float(value))) != value)
    keys = {}
    for text, meaning in known.items():
        if isinstance(meaning, Fraction):
            value = meaning if meaning in numbered else _rounded(text, meaning, endless)
            keys[text] = numbered.setdefault(value, len(numbered))
        else:
            keys[text] = int(named.keys_of(np.array([[meaning]]))[0, 0])
    found = np.array([[keys[text] for text in row] for row in texts], dtype=np.int64)
    found[found == _OF_NO_WEIGHT] = _UNKNOWN
    numbers = frozenset(text for text, meaning in known.items() if isinstance(meaning, Fraction))
    return Cells(problem, texts, found, weights, numbered, numbers if endless else frozenset())


def _rounded(text: str, value: Fraction, endless: list[Fraction]) -> Fraction:
    """The nearest of these weights, sorted, that `text` rounds to; `value` itself where it rounds to none."""
    at = bisect_left(endless, value)
    double = np.array(_double(value))
    beside = endless[max(0, at - 1) : at + 1]
    fitting = [one for one in beside if _near(double, np.array(_double(one))) and fits(text, one)]
    return min(fitting, key=lambda weight: abs(weight - value), default=value)


def _near(given: NDArray[np.float64], wanted: NDArray[np.float64]) -> NDArray[np.bool_]:
    """Close enough to be worth comparing exactly, which is slow: half of the third decimal is allowed."""
    found: NDArray[np.bool_] = np.abs(given - wanted) <= _CLOSE + _CLOSE_PART * np.abs(wanted)
    return found


def _double(value: Fraction) -> float:
    return float(max(-_HUGE, min(_HUGE, value)))


def _cell(problem: Problem, text: str, numeric: bool, path: str) -> Fraction | int:
    """A label's code, 0 for zero, or a number."""
    plain = text.strip().lower()
    if plain in _ZEROS:
        return 0
    if plain.startswith("w"):
        return _label(problem, plain, text, path)
    value = number(text, path)
    if value == 0:
        return 0
    if not numeric:
        said = f"is the number {text!r:.60}, but the kernel has no values"
        raise refuse(path, said, "Write w(row,column) for a weight, or give the kernel's values.")
    return value


def _label(problem: Problem, plain: str, text: str, path: str) -> int:
    wanted = "w(row,column)" if problem.plain else "w(out,in,row,column)"
    index = [int(digits) for digits in re.findall("[0-9]+", plain)] if _LABEL.fullmatch(plain) else []
    if len(index) == 1 and len(digits := re.sub("[^0-9]", "", plain)) in (2, 4):
        index = [int(digit) for digit in digits]
    if problem.plain and len(index) == 2:
        index = [0, 0, *index]
    if len(index) != 4 or max(index) >= BASE:
        raise refuse(path, f"cannot be read: {text!r:.60}", f"Write {wanted}, counting from 0, or 0.")
    return int(packed([np.array(i) for i in index]))
