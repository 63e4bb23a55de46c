"""im2col: y = W X, with W small and the pixels copied, as the counterpart of y = A x.

Column n of X holds what the window of output pixel n reads, weight by weight; row m of W holds one output
channel's weights in the same order (input channel of the group, kernel row, kernel column).
"""

from dataclasses import dataclass

import numpy as np

from app.lab.conv_matrix.formula.geometry import Problem
from app.lab.conv_matrix.formula.matrix import Indices, Sparse


@dataclass(frozen=True, eq=False)
class Patches:
    """One group's W and X. `weight` [group_out, K] and `pixel` [K, output pixels] hold indices.

    `weight` indexes the weights as a vector, `pixel` the image as a vector; -1 stands for padding.
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
