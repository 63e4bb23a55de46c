"""Numbers for a convolution: the kernel and the image read exactly, y = A x, and the same without A.

Values are kept as whole numbers over one common denominator, so that sums are exact and fast. `direct` uses
neither A nor its indices: it lays the kernel on the image, which makes the comparison a check.
"""

import math
from dataclasses import dataclass
from fractions import Fraction
from itertools import product

import numpy as np
from numpy.typing import NDArray

from app.lab.base.formula.exact import is_list, number, refuse
from app.lab.conv_matrix.formula.geometry import Problem
from app.lab.conv_matrix.formula.matrix import Sparse

Whole = NDArray[np.object_]
LARGEST = 10**60
"""Of numbers and of their common denominator, so that sums stay short."""


@dataclass(frozen=True, eq=False)
class Exact:
    """`parts` / `denominator`: Python integers of any size, in the shape of the tensor they stand for."""

    parts: Whole
    denominator: int

    def fractions(self) -> list[Fraction]:
        """All values in order, as fractions."""
        return [Fraction(part, self.denominator) for part in self.parts.ravel().tolist()]


def kernel_values(problem: Problem, values: object, path: str = "kernel.values") -> Exact:
    """Weights in torch's layout, [out][in / groups][rows][columns] (transposed: [in][out / groups]...).

    For one channel in and out, rows of columns will do. Raises TheoryError naming the entry.
    """
    shape, names = problem.weight_shape, ("out_channels", "in / groups")
    if problem.transposed:
        names = ("in_channels", "out_channels / groups")
    sides = (*names, "kernel.height", "kernel.width")
    return _read(values, shape, sides, path, short=2 if problem.plain else 0)


def image_values(problem: Problem, image: object, path: str = "image") -> Exact:
    """Pixels as [channel][row][column]; for one channel, rows of columns will do. Raises TheoryError."""
    size = problem.input
    sides = ("input.channels", "input.height", "input.width")
    shape = (size.channels, size.height, size.width)
    return _read(image, shape, sides, path, short=1 if size.channels == 1 else 0)


def counting(shape: tuple[int, ...]) -> Exact:
    """1, 2, 3, ... in place of values that were not given."""
    return Exact(np.arange(1, math.prod(shape) + 1).astype(object).reshape(shape), 1)


def entry_values(sparse: Sparse, kernel: Exact) -> list[Fraction]:
    """The value of each non-zero of A (which may be 0 where the weight is)."""
    weights = kernel.fractions()
    return [weights[index] for index in sparse.flat_weight.tolist()]


def times_image(sparse: Sparse, kernel: Exact, image: Exact) -> Exact:
    """A x, with one value per row of A."""
    y = np.zeros(sparse.shape[0], dtype=object)
    np.add.at(y, sparse.row, kernel.parts.ravel()[sparse.flat_weight] * image.parts.ravel()[sparse.col])
    return Exact(y, kernel.denominator * image.denominator)


def direct(problem: Problem, kernel: Exact, image: Exact) -> Exact:
    """The same output without A, in the same order: window by window, or stamp by stamp if transposed."""
    weights = kernel.parts[..., ::-1, ::-1] if problem.flip else kernel.parts
    lay = _stamps if problem.transposed else _windows
    return Exact(lay(problem, weights, image.parts).ravel(), kernel.denominator * image.denominator)


def _windows(problem: Problem, weights: Whole, image: Whole) -> Whole:
    down, across = problem.vertical, problem.horizontal
    padded = np.zeros((problem.channels, down.padded, across.padded), dtype=object)
    padded[:, down.before :, across.before :][:, : down.size, : across.size] = image
    y = np.zeros((problem.out_channels, down.out, across.out), dtype=object)
    for group, i, j in product(range(problem.groups), range(down.out), range(across.out)):
        reads, makes = _channels(problem, group)
        top, left = i * down.stride, j * across.stride
        rows = slice(top, top + down.reach, down.dilation)
        patch = padded[reads, rows, left : left + across.reach : across.dilation]
        y[makes, i, j] = weights[makes].reshape(problem.group_out, -1) @ patch.reshape(-1)
    return y


def _stamps(problem: Problem, weights: Whole, image: Whole) -> Whole:
    """Every input pixel stamps the kernel, times its value, on the output; then the pads are cut off."""
    down, across = problem.vertical, problem.horizontal
    height, width = down.out + down.before + down.after, across.out + across.before + across.after
    full = np.zeros((problem.out_channels, height, width), dtype=object)
    for group, i, j in product(range(problem.groups), range(down.size), range(across.size)):
        reads, makes = _channels(problem, group)
        top, left = i * down.stride, j * across.stride
        rows = slice(top, top + down.reach, down.dilation)
        columns = slice(left, left + across.reach, across.dilation)
        full[makes, rows, columns] += np.tensordot(image[reads, i, j], weights[reads], axes=1)
    return full[:, down.before : height - down.after, across.before : width - across.after]


def _channels(problem: Problem, group: int) -> tuple[slice, slice]:
    reads = slice(group * problem.group_in, (group + 1) * problem.group_in)
    return reads, slice(group * problem.group_out, (group + 1) * problem.group_out)


def _read(values: object, shape: tuple[int, ...], sides: tuple[str, ...], path: str, short: int) -> Exact:
    if short and _depth(values) == len(shape) - short:
        flat = _flatten(values, shape[short:], sides[short:], path)
    else:
        flat = _flatten(values, shape, sides, path)
    denominator = math.lcm(*{value.denominator for value in flat})
    if denominator > LARGEST:
        raise refuse(path, "needs a common denominator of more than 60 digits", "Round the numbers.")
    parts = np.empty(len(flat), dtype=object)
    parts[:] = [value.numerator * (denominator // value.denominator) for value in flat]
    return Exact(parts.reshape(shape), denominator)


def _depth(values: object) -> int:
    depth = 0
    while is_list(values) and values:
        depth, values = depth + 1, values[0]
    return depth


def _flatten(values: object, shape: tuple[int, ...], sides: tuple[str, ...], path: str) -> list[Fraction]:
    if not shape:
        value = number(values, path)
        if abs(value) > LARGEST:
            raise refuse(path, "is larger than 1e60", "Use smaller numbers.")
        return [value]
    if not is_list(values):
        raise refuse(path, f"must be a list of {shape[0]} entries ({sides[0]}), got {values!r:.60}")
    if len(values) != shape[0]:
        raise refuse(path, f"has {len(values)} entries, but {sides[0]} is {shape[0]}")
    return [
        value
        for index, part in enumerate(values)
        for value in _flatten(part, shape[1:], sides[1:], f"{path}[{index}]")
    ]
