"""The matrices that known mistakes lead to, to be compared with an answer.

Each is A of another problem (another stride, the kernel flipped, the padded image) or A rearranged. Which of
them explains an answer is decided in `answers`.
"""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from itertools import product

import numpy as np

from app.lab.conv_matrix.formula.cells import BASE, dense_codes, packed, unpacked
from app.lab.conv_matrix.formula.geometry import Axis, Problem
from app.lab.conv_matrix.formula.matrix import Indices, Sparse, conv_matrix
from app.lab.conv_matrix.formula.problem import check_limits
from trainer.errors import TheoryError

MOST_SEARCHED = 7
"""Strides up to the kernel + 1 and pads up to the kernel are tried, for kernels up to this size."""


@dataclass(frozen=True, eq=False)
class Mistake:
    """A known kind of mistake. `codes` are the first rows of the matrix that it leads to (see `cells`),
    `rows` how many it has in all; `what` completes "The answer is the matrix ..."."""

    code: str
    what: str
    codes: Indices
    rows: int


def mistakes(sparse: Sparse, shape: tuple[int, int]) -> Iterator[Mistake]:
    """All that could be compared with an answer of `shape`, the likeliest of equal explanations first.

    Matrices with another number of columns are left out; of each, at most shape[0] rows are made.
    """
    problem = sparse.problem
    if shape[1] == sparse.shape[1]:
        yield from _flipped(problem, shape[0])
        yield from _rewritten(sparse, shape[0])
        yield from _reordered(sparse, shape[0])
    if shape == sparse.shape[::-1]:
        what = "transposed: rows belong to output values and columns to input values"
        yield Mistake("transposed_answer", what, dense_codes(sparse, sparse.shape[0]).T, shape[0])
    if not problem.transposed:
        yield from _padded(problem, shape)
    if shape[1] == sparse.shape[1]:
        yield from _full(problem, shape[0])
        yield from _elsewhere(problem, shape[0])


def _of(problem: Problem, code: str, what: str, most_rows: int) -> Iterator[Mistake]:
    """The matrix of another problem, unless it has no output or is too large."""
    try:
        check_limits(problem)
    except TheoryError:
        return
    if min(problem.vertical.out, problem.horizontal.out) >= 1:
        sparse = conv_matrix(problem)
        yield Mistake(code, what, dense_codes(sparse, most_rows), sparse.shape[0])


def _flipped(problem: Problem, most_rows: int) -> Iterator[Mistake]:
    first = "meets the window's first pixel here, not its last"
    if problem.transposed:
        first = "goes to the first output pixel of a stamp here, not to its last"
    what = f"with the kernel flipped: w(0,0) {first}"
    if problem.flip:
        what = "without the flip: this problem asks for the flipped kernel (true convolution)"
    yield from _of(replace(problem, flip=not problem.flip), "kernel_flipped", what, most_rows)


def _rewritten(sparse: Sparse, most_rows: int) -> Iterator[Mistake]:
    right = dense_codes(sparse, most_rows)
    one = BASE + 1 if sparse.problem.plain else ((BASE + 1) * BASE + 1) * BASE + 1
    what = "with the kernel's indices counted from 1: here they count from 0"
    yield Mistake("index_from_one", what, np.where(right > 0, right + one, 0), sparse.shape[0])
    outer, inner, row, col = unpacked(np.maximum(right - 1, 0))
    first, second = ("first", "second") if sparse.problem.plain else ("third", "fourth")
    what = f"with the kernel transposed: the {first} index of w is its row, the {second} its column"
    turned = np.where(right > 0, packed((outer, inner, col, row)), 0)
    yield Mistake("kernel_transposed", what, turned, sparse.shape[0])
    outer_name, inner_name = ("input", "output") if sparse.problem.transposed else ("output", "input")
    order = f"{outer_name} channel first, then the {inner_name} channel"
    what = f"with the channels of w swapped: w names the {order}"
    swapped = np.where(right > 0, packed((inner, outer, row, col)), 0)
    yield Mistake("channels_swapped", what, swapped, sparse.shape[0])


def _reordered(sparse: Sparse, most_rows: int) -> Iterator[Mistake]:
    if sparse.shape[0] > most_rows:
        return
    right, problem = dense_codes(sparse, sparse.shape[0]), sparse.problem
    rows, columns = (
        np.arange(size.count).reshape(size.channels, size.height, size.width).swapaxes(1, 2).ravel()
        for size in (problem.output, problem.input)
    )
    what = "with its columns in another order: x holds the image row by row, not column by column"
    yield Mistake("column_order", what, right[:, columns], sparse.shape[0])
    what = "with its rows in another order: y holds the output row by row, not column by column"
    yield Mistake("row_order", what, right[rows], sparse.shape[0])
    what = "with rows and columns in another order: x and y hold their image row by row, not column by column"
    yield Mistake("row_and_column_order", what, right[rows][:, columns], sparse.shape[0])


def _padded(problem: Problem, shape: tuple[int, int]) -> Iterator[Mistake]:
    down, across = (
        replace(axis, size=axis.padded, before=0, after=0) for axis in (problem.vertical, problem.horizontal)
    )
    kept = replace(problem, vertical=down, horizontal=across)
    if kept.input != problem.input and kept.input.count == shape[1]:
        what = "with columns for the padding: padding is always 0 and no part of x, so it has none"
        yield from _of(kept, "padding_columns_kept", what, shape[0])


def _full(problem: Problem, most_rows: int) -> Iterator[Mistake]:
    if problem.transposed:
        return
    full = _full_problem(problem)
    pads = f"stride 1, padding {_pair(full.vertical.before, full.horizontal.before)}"
    for flip, kernel in ((False, ""), (True, ", kernel flipped")):
        if _place(full) != _place(problem):
            what = f"of the full convolution ({pads}{kernel}): this layer has other pads and another size"
            yield from _of(replace(full, flip=flip), "full_convolution", what, most_rows)


def _full_problem(problem: Problem) -> Problem:
    down, across = (
        replace(axis, stride=1, before=axis.reach - 1, after=axis.reach - 1)
        for axis in (problem.vertical, problem.horizontal)
    )
    return replace(problem, vertical=down, horizontal=across)


def _elsewhere(problem: Problem, most_rows: int) -> Iterator[Mistake]:
    """Other strides and pads, those that differ least first."""
    seen = {_place(problem)} if problem.transposed else {_place(problem), _place(_full_problem(problem))}
    tried = sorted(_axes(problem), key=lambda axes: _distance(problem, axes))
    for down, across in tried:
        other = replace(problem, vertical=down, horizontal=across)
        if _place(other) not in seen:
            seen.add(_place(other))
            yield from _of(other, "wrong_stride_or_padding", f"of {_described(other)}", most_rows)
    down, across = (replace(axis, dilation=1) for axis in (problem.vertical, problem.horizontal))
    if (down, across) != (problem.vertical, problem.horizontal):
        close = replace(problem, vertical=_allowed(down), horizontal=_allowed(across))
        yield from _of(close, "dilation_ignored", "of dilation 1", most_rows)


def _axes(problem: Problem) -> Iterator[tuple[Axis, Axis]]:
    down, across = problem.vertical, problem.horizontal
    largest = min(MOST_SEARCHED, max(down.kernel, across.kernel))
    steps = [*range(1, largest + 2)]
    for stride, pad in product(steps, range(largest + 1)):
        yield _moved(down, stride, pad, pad), _moved(across, stride, pad, pad)
    if _place(problem)[0] == _place(problem)[1] and down.before == down.after:
        return
    for stride, pad in product(steps, range(largest + 1)):
        yield _moved(down, stride, pad, pad), across
        yield down, _moved(across, stride, pad, pad)
    yield _moved(down, across.stride, across.before, across.after), _moved(across, *_place(problem)[0])
    yield _moved(down, down.stride, down.after, down.before), _moved(across, across.stride, *_ends(across))


def _moved(axis: Axis, stride: int, before: int, after: int) -> Axis:
    return _allowed(replace(axis, stride=stride, before=before, after=after))


def _allowed(axis: Axis) -> Axis:
    """With output padding within its limits."""
    return replace(axis, output_padding=min(axis.output_padding, max(axis.stride, axis.dilation) - 1))


def _ends(axis: Axis) -> tuple[int, int]:
    return axis.after, axis.before


def _place(problem: Problem) -> tuple[tuple[int, int, int], tuple[int, int, int]]:
    down, across = problem.vertical, problem.horizontal
    return (down.stride, down.before, down.after), (across.stride, across.before, across.after)


def _distance(problem: Problem, axes: tuple[Axis, Axis]) -> int:
    old = [value for axis in _place(problem) for value in axis]
    new = [value for axis in axes for value in (axis.stride, axis.before, axis.after)]
    return sum(abs(a - b) for a, b in zip(old, new, strict=True))


def _described(problem: Problem) -> str:
    (down, top, bottom), (across, left, right) = _place(problem)
    if top == bottom and left == right:
        return f"stride {_pair(down, across)} with padding {_pair(top, left)}"
    return f"stride {_pair(down, across)} with padding [[{top}, {bottom}], [{left}, {right}]]"


def _pair(vertical: int, horizontal: int) -> str:
    return str(vertical) if vertical == horizontal else f"({vertical}, {horizontal})"
