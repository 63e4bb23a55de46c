"""A of y = A x: the matrix of a convolution or transposed convolution, kept sparse.

x is the image as one vector, channel by channel and row by row, without padding; y is the output likewise.
Row (co, i, j) of a convolution holds w[co, ci, a, b] in the column of pixel (ci, i s - p + a d,
j s - p + b d), p being the pads before; padding has no column. The kernel is not flipped (cross-correlation,
as torch.nn.Conv2d); with `flip` it is (convolution as signal processing defines it). A transposed convolution
has the transpose of a convolution's matrix (Dumoulin and Visin, arXiv 1603.07285, chapter 4). Values are
`values`. The counterpart of y = A x is im2col, y = W X, with W small and the pixels copied: column n of X
holds what the window of output pixel n reads, weight by weight; row m of W one output channel's weights in
the same order (input channel of the group, kernel row, kernel column).
"""

from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from app.lab.conv_matrix.formula.geometry import Axis, Problem

Indices = NDArray[np.int64]


@dataclass(frozen=True, eq=False)
class Sparse:
    """The non-zeros of A, sorted by row and then column; every array is [non-zeros].

    `out_channel` counts all output channels, `in_channel` the input channels of its group; `kernel_row` and
    `kernel_col` are the kernel's own indices, also where it is flipped. No place occurs twice.
    """

    problem: Problem
    row: Indices
    col: Indices
    out_channel: Indices
    in_channel: Indices
    kernel_row: Indices
    kernel_col: Indices

    @property
    def shape(self) -> tuple[int, int]:
        """Rows and columns of A."""
        return self.problem.output.count, self.problem.input.count

    @cached_property
    def weight(self) -> tuple[Indices, Indices, Indices, Indices]:
        """Index of each entry's weight in torch's layout (see `Problem.weight_shape`)."""
        problem = self.problem
        if not problem.transposed:
            return self.out_channel, self.in_channel, self.kernel_row, self.kernel_col
        group = self.out_channel // problem.group_out
        outer = group * problem.group_in + self.in_channel
        return outer, self.out_channel % problem.group_out, self.kernel_row, self.kernel_col

    @cached_property
    def flat_weight(self) -> Indices:
        """The same as one index into the weights written as a vector."""
        return np.ravel_multi_index(self.weight, self.problem.weight_shape).astype(np.int64)

    def labels(self) -> list[str]:
        """Each entry's name, such as w(2,0): kernel row and column from 0.

        Where more than one channel goes in or out the channels come first, in torch's layout: w(1,0,2,0) is
        output 1, input 0 within its group (transposed: input 1, output 0 within its group).
        """
        names = weight_labels(self.problem)
        return [names[index] for index in self.flat_weight.tolist()]

    def dense(self) -> Indices:
        """Rows x columns: 1 + index of the weight as a vector, 0 where A is zero."""
        full = np.zeros(self.shape, dtype=np.int64)
        full[self.row, self.col] = self.flat_weight + 1
        return full

    def label_rows(self) -> list[list[str]]:
        """A as rows of labels, "0" where it is zero."""
        names = ["0", *weight_labels(self.problem)]
        return [[names[index] for index in row] for row in self.dense().tolist()]


def conv_matrix(problem: Problem) -> Sparse:
    """A of `problem`, in a time that grows with its non-zeros."""
    vertical, horizontal = _meetings(problem.vertical), _meetings(problem.horizontal)
    channels = np.indices((problem.out_channels, problem.group_in)).reshape(2, -1)
    grid = np.indices((channels.shape[1], vertical.shape[1], horizontal.shape[1])).reshape(3, -1)
    out_channel, in_channel = channels[:, grid[0]]
    out_row, kernel_row, in_row = vertical[:, grid[1]]
    out_col, kernel_col, in_col = horizontal[:, grid[2]]
    if problem.flip:
        kernel_row = problem.vertical.kernel - 1 - kernel_row
        kernel_col = problem.horizontal.kernel - 1 - kernel_col
    channel = out_channel // problem.group_out * problem.group_in + in_channel
    size, output = problem.input, problem.output
    row = (out_channel * output.height + out_row) * output.width + out_col
    col = (channel * size.height + in_row) * size.width + in_col
    order = np.lexsort((col, row))
    arrays = (row, col, out_channel, in_channel, kernel_row, kernel_col)
    return Sparse(problem, *(array[order] for array in arrays))


def weight_labels(problem: Problem) -> list[str]:
    """The names of all weights, in the order of torch's layout written as a vector."""
    shape = problem.weight_shape[2:] if problem.plain else problem.weight_shape
    return [f"w({','.join(map(str, index))})" for index in np.ndindex(*shape)]


def _meetings(axis: Axis) -> Indices:
    """[3, m]: output index, kernel index and input index wherever the kernel meets a pixel along `axis`."""
    steps = [np.arange(met.start, met.stop) for met in map(axis.meeting_steps, range(axis.kernel))]
    cell = np.repeat(np.arange(axis.kernel), [len(met) for met in steps])
    step = np.concatenate(steps)
    pixel = step * axis.stride - axis.before + cell * axis.dilation
    return np.stack((pixel, cell, step) if axis.transposed else (step, cell, pixel))


@dataclass(frozen=True, eq=False)
class Patches:
    """One group's W and X: y = W X, with W small and the pixels copied, as the counterpart of y = A x.

    `weight` [group_out, K] and `pixel` [K, output pixels] hold indices: column n of X is what the window of
    output pixel n reads, row m of W one output channel's weights in the same order (input channel of the
    group, kernel row, kernel column). `weight` indexes the weights as a vector, `pixel` the image as a
    vector; -1 stands for padding.
    """

    group: int
    weight: Indices
    pixel: Indices


def patches(sparse: Sparse) -> tuple[Patches, ...]:
    """W and X of each group; the output channels of a group share one X."""
    return tuple(_group(sparse, group) for group in range(sparse.problem.groups))


def _group(sparse: Sparse, group: int) -> Patches:
    problem = sparse.problem
    cells = (problem.vertical.kernel, problem.horizontal.kernel)
    depth, places = problem.group_in * cells[0] * cells[1], problem.output.height * problem.output.width
    first = group * problem.group_out
    mine = sparse.out_channel == first
    weight = np.ravel_multi_index(
        (sparse.in_channel[mine], sparse.kernel_row[mine], sparse.kernel_col[mine]),
        (problem.group_in, *cells),
    )
    pixel = np.full((depth, places), -1, dtype=np.int64)
    pixel[weight, sparse.row[mine] - first * places] = sparse.col[mine]
    return Patches(group, _weights(problem, group), pixel)


def _weights(problem: Problem, group: int) -> Indices:
    index = np.arange(np.prod(problem.weight_shape), dtype=np.int64).reshape(problem.weight_shape)
    if problem.transposed:
        reads = slice(group * problem.group_in, (group + 1) * problem.group_in)
        return index[reads].swapaxes(0, 1).reshape(problem.group_out, -1)
    makes = slice(group * problem.group_out, (group + 1) * problem.group_out)
    return index[makes].reshape(problem.group_out, -1)
