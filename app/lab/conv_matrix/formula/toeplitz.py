"""The bands of A: on which diagonals of which blocks each weight lies, and what a stride does to them.

For one pair of channels A is a grid of blocks, one per output row and input row; inside a block the places
are output column and input column. At stride 1 a weight keeps to one diagonal on both levels: A is doubly
block Toeplitz. A larger stride keeps some rows of that matrix (transposed: some columns).
"""

from dataclasses import dataclass

import numpy as np

from app.lab.conv_matrix.formula.geometry import Axis, Problem


@dataclass(frozen=True)
class Band:
    """Kernel index `cell` lies at (step, step * stride + start), swapped if transposed."""

    cell: int
    start: int


@dataclass(frozen=True)
class Bands:
    """Toeplitz structure of A for one pair of channels: a grid of blocks, diagonals of both levels.

    `blocks` per kernel row, `inner` per kernel column; `kept` are the rows (transposed: columns) of the
    stride-1 matrix that are left, empty at stride 1.
    """

    block_grid: tuple[int, int]
    block_shape: tuple[int, int]
    blocks: tuple[Band, ...]
    inner: tuple[Band, ...]
    kept: tuple[int, ...]
    sentences: tuple[str, ...]


def bands(problem: Problem) -> Bands:
    """The band structure of A for one pair of channels."""
    down, across = problem.vertical, problem.horizontal
    return Bands(
        block_grid=(down.out, down.size),
        block_shape=(across.out, across.size),
        blocks=_bands(down, problem.flip),
        inner=_bands(across, problem.flip),
        kept=_kept(down, across),
        sentences=_sentences(problem),
    )


def _bands(axis: Axis, flip: bool) -> tuple[Band, ...]:
    places = range(axis.kernel - 1, -1, -1) if flip else range(axis.kernel)
    return tuple(Band(cell, place * axis.dilation - axis.before) for cell, place in enumerate(places))


def stride_one_steps(axis: Axis) -> int:
    """Steps that stride 1 would have on the same pixels."""
    return axis.pixels + axis.before + axis.after - axis.reach + 1


def _kept(down: Axis, across: Axis) -> tuple[int, ...]:
    if down.stride == across.stride == 1:
        return ()
    width = stride_one_steps(across)
    steps = np.arange(down.steps)[:, None] * (down.stride * width) + np.arange(across.steps) * across.stride
    return tuple(steps.ravel().tolist())


def _sentences(problem: Problem) -> tuple[str, ...]:
    down, across = problem.vertical, problem.horizontal
    pair = "" if problem.plain else "For each pair of channels that meet, "
    grid = f"{pair}A is a grid of {down.out} x {down.size} blocks of {across.out} x {across.size} entries."
    if down.stride == across.stride == 1:
        return grid, _diagonals(problem)
    what = "columns" if problem.transposed else "rows"
    total = stride_one_steps(down) * stride_one_steps(across)
    return grid, (
        f"With stride {down.stride} x {across.stride}, A holds {down.steps * across.steps} of the "
        f"{total} {what} of the stride-1 matrix, which is doubly block Toeplitz."
    )


def _diagonals(problem: Problem) -> str:
    if problem.vertical.kernel == problem.horizontal.kernel == 1:
        return "The kernel has one weight, which fills one diagonal of one diagonal of blocks."
    return (
        "Each kernel row fills one diagonal of blocks, and in each of them a weight fills one diagonal: A is "
        "doubly block Toeplitz."
    )
