"""Reads the description of a convolution and refuses, by the field's name, what has no answer.

Fields are named as in a request: input.height, kernel.width, stride, padding, output_padding and so on.
Sizes follow from what is read here (`geometry`).
"""

import math
from collections.abc import Sequence

from app.lab.base.formula.exact import is_list, refuse
from app.lab.base.formula.sliding import same_pads
from app.lab.conv_matrix.formula.geometry import Axis, Problem

LARGEST = 1000
MOST_VALUES = 20_000
MOST_NONZEROS = 50_000
MOST_PRODUCTS = 100_000
LIMITS = (
    f"Sizes, strides, dilations and pads are at most {LARGEST}. Input, output and kernel hold at most "
    f"{MOST_VALUES:,} values each, the matrix at most {MOST_NONZEROS:,} non-zeros, and the direct "
    f"computation takes at most {MOST_PRODUCTS:,} multiplications."
)

Pads = tuple[int, int]
Padding = int | str | Sequence[int] | Sequence[Sequence[int]]


def conv_problem(
    *,
    channels: int,
    height: int,
    width: int,
    kernel_height: int,
    kernel_width: int,
    out_channels: int = 1,
    groups: int = 1,
    stride: int | Sequence[int] = 1,
    dilation: int | Sequence[int] = 1,
    padding: Padding = 0,
    flip: bool = False,
    transposed: bool = False,
    output_padding: int | Sequence[int] = 0,
) -> Problem:
    """The checked problem. Raises TheoryError with one FieldProblem that says why and what to do.

    `padding` is a number, (vertical, horizontal), ((top, bottom), (left, right)), "same" or "valid".
    "same" with a stride s above 1, which PyTorch refuses, becomes the pads for ceil(n / s) outputs; a note
    says so.
    """
    sizes = (_count(height, "input.height"), _count(width, "input.width"))
    kernels = (_count(kernel_height, "kernel.height"), _count(kernel_width, "kernel.width"))
    _check_channels(channels, out_channels, groups)
    strides = _pair(stride, "stride", 1)
    dilations = _pair(dilation, "dilation", 1)
    windows = tuple(zip(sizes, kernels, strides, dilations, strict=True))
    pads, notes = _pads(padding, windows, transposed)
    extras = _pair(output_padding, "output_padding", 0)
    vertical, horizontal = (
        Axis(*windows[i], *pads[i], name, extras[i], transposed) for i, name in enumerate(("height", "width"))
    )
    for axis in (vertical, horizontal):
        _check_axis(axis)
    problem = Problem(channels, out_channels, groups, vertical, horizontal, flip, transposed, notes)
    check_limits(problem)
    return problem


def check_limits(problem: Problem) -> None:
    """Raises TheoryError where the problem is larger than the stated limits, naming what makes it so."""
    smaller = "Make the input smaller, use fewer channels, or a larger stride."
    kernel, weights = "Use a smaller kernel or fewer channels.", math.prod(problem.weight_shape)
    for path, said, count, most, hint in (
        ("input", "holds {:,} values", problem.input.count, MOST_VALUES, smaller),
        ("input", "leads to an output of {:,} values", problem.output.count, MOST_VALUES, smaller),
        ("kernel", "has {:,} weights in all", weights, MOST_VALUES, kernel),
        ("input", "leads to a matrix with {:,} non-zeros", problem.nonzeros, MOST_NONZEROS, smaller),
        ("kernel", "leads to {:,} multiplications", problem.products, MOST_PRODUCTS, smaller),
    ):
        if count > most:
            raise refuse(path, f"{said.format(count)}; at most {most:,} are allowed", hint)


def _check_channels(channels: int, out_channels: int, groups: int) -> None:
    _count(channels, "input.channels")
    _count(out_channels, "out_channels")
    _count(groups, "groups")
    for count, what in ((channels, "input"), (out_channels, "output")):
        if count % groups:
            said = f"is {groups}, which does not divide the {count} {what} channels"
            raise refuse("groups", said, "Choose a divisor of both numbers of channels.")


def _check_axis(axis: Axis) -> None:
    if axis.transposed:
        _check_transposed(axis)
        return
    if axis.output_padding:
        said = f"is {axis.output_padding}, but belongs to transposed convolution only"
        raise refuse("output_padding", said, "Set it to 0, or set transposed.")
    if axis.reach > axis.padded:
        spread = f" with dilation {axis.dilation}" if axis.dilation > 1 else ""
        covers = f"covers {axis.reach} pixels, but the padded input has {axis.padded}"
        hint = "Use a smaller kernel or dilation, or more padding."
        raise refuse(f"kernel.{axis.name}", f"is {axis.kernel}{spread}, so a window {covers}", hint)


def _check_transposed(axis: Axis) -> None:
    if axis.output_padding >= max(axis.stride, axis.dilation):
        said = (
            f"is {axis.output_padding} along the {axis.name}, but must be smaller than the stride "
            f"({axis.stride}) or the dilation ({axis.dilation}): it chooses among the sizes that a "
            f"convolution with this stride maps to one size, and does not append zeros"
        )
        raise refuse("output_padding", said, "Lower it, or use a larger stride.")
    if axis.out < 1:
        whole = axis.out + axis.before + axis.after
        said = f"cuts {axis.before} + {axis.after} from a {axis.name} of {whole}: nothing is left"
        raise refuse("padding", said, "A transposed convolution cuts its padding off the output. Use less.")


def _count(value: object, path: str, least: int = 1) -> int:
    if isinstance(value, bool) or not isinstance(value, int):
        raise refuse(path, f"must be a whole number, got {value!r:.60}")
    if not least <= value <= LARGEST:
        raise refuse(path, f"must lie between {least} and {LARGEST}, got {value}")
    return value


def _pair(value: object, path: str, least: int) -> tuple[int, int]:
    if not is_list(value):
        number = _count(value, path, least)
        return number, number
    if len(value) != 2:
        raise refuse(path, f"must be one number or a pair (vertical, horizontal), got {len(value)} numbers")
    return _count(value[0], path, least), _count(value[1], path, least)


def _pads(
    padding: Padding, windows: Sequence[tuple[int, int, int, int]], transposed: bool
) -> tuple[tuple[Pads, Pads], tuple[str, ...]]:
    """Pads ((top, bottom), (left, right)) and what must be said about them.

    windows: size, kernel, stride and dilation, vertical and horizontal.
    """
    if padding == "valid":
        return ((0, 0), (0, 0)), ()
    if padding == "same":
        if transposed:
            said = 'is "same", which is defined for convolution only'
            raise refuse("padding", said, "Give the numbers that the transposed convolution cuts off.")
        vertical, horizontal = (same_pads(*window) for window in windows)
        (height, _, down, _), (width, _, across, _) = windows
        return (vertical, horizontal), _about_same((vertical, horizontal), (height, width), (down, across))
    if isinstance(padding, str):
        known = 'a number, a pair, [[top, bottom], [left, right]], "same" or "valid"'
        raise refuse("padding", f"must be {known}, got {padding!r:.60}")
    return _numbers(padding), ()


def _numbers(padding: object) -> tuple[Pads, Pads]:
    nested = isinstance(padding, Sequence) and any(isinstance(side, Sequence) for side in padding)
    if not nested:
        vertical, horizontal = _pair(padding, "padding", 0)
        return (vertical, vertical), (horizontal, horizontal)
    assert isinstance(padding, Sequence)
    if len(padding) != 2 or not all(isinstance(side, Sequence) and len(side) == 2 for side in padding):
        raise refuse("padding", "must be [[top, bottom], [left, right]]: two pairs")
    top, left = (_pair(side, "padding", 0) for side in padding)
    return top, left


def _about_same(pads: tuple[Pads, Pads], sizes: tuple[int, int], strides: tuple[int, int]) -> tuple[str, ...]:
    (top, bottom), (left, right) = pads
    written = f'padding "same" stands for top {top}, bottom {bottom}, left {left}, right {right}'
    if strides == (1, 1):
        return (f"Here {written}: the output is as large as the input.",)
    height, width = (-(-size // stride) for size, stride in zip(sizes, strides, strict=True))
    return (
        f'PyTorch refuses padding "same" with a stride above 1; TensorFlow allows it. Here {written}, so '
        f"that the output is ceil(n / s): {height} x {width}. Where the sum is odd, the extra one is at the "
        f"bottom or right. In PyTorch, pad first: "
        f"torch.nn.functional.pad(x, ({left}, {right}, {top}, {bottom})).",
    )
