"""Where each row of A looks: the window on the padded input, and the kernel cells that miss every pixel.

Coordinates count from 0 at the top left of the padded input. A transposed convolution is drawn as the
convolution it equals: the input pixels apart by the stride, with zeros between and around them, the window
moving by 1 and the kernel mirrored (Dumoulin and Visin, arXiv 1603.07285, section 4.5). No numpy here.
"""

from dataclasses import dataclass

from app.lab.conv_matrix.formula.geometry import Axis, Problem


@dataclass(frozen=True)
class Grid:
    """The padded input. Pixel (r, c) lies at (top + r * step_down, left + c * step_right).

    Kernel cell (a, b) of a window lies at (window.top + a * dilation, ...); where `mirrored`, it is weight
    (height - 1 - a, width - 1 - b) of the kernel that lies there.
    """

    height: int
    width: int
    top: int
    left: int
    step_down: int
    step_right: int
    mirrored: bool


@dataclass(frozen=True)
class Window:
    """The window of output pixel (out_row, out_col), the same for every channel."""

    out_row: int
    out_col: int
    top: int
    left: int
    cells_on_padding: int


def padded_grid(problem: Problem) -> Grid:
    """The grid on which the windows of `problem` are drawn."""
    vertical, horizontal = problem.vertical, problem.horizontal
    return Grid(
        height=_extent(vertical),
        width=_extent(horizontal),
        top=_lead(vertical),
        left=_lead(horizontal),
        step_down=_apart(vertical),
        step_right=_apart(horizontal),
        mirrored=problem.flip != problem.transposed,
    )


def windows(problem: Problem) -> tuple[Window, ...]:
    """One window per output pixel, row by row."""
    vertical, horizontal = problem.vertical, problem.horizontal
    tops, lefts = _starts(vertical), _starts(horizontal)
    down, across = _cells_on_pixels(vertical), _cells_on_pixels(horizontal)
    cells = vertical.kernel * horizontal.kernel
    return tuple(
        Window(i, j, top, left, cells - down[i] * across[j])
        for i, top in enumerate(tops)
        for j, left in enumerate(lefts)
    )


def _apart(axis: Axis) -> int:
    return axis.stride if axis.transposed else 1


def _first(axis: Axis) -> int:
    """Where window 0 starts, counted from pixel 0."""
    return axis.before - axis.reach + 1 if axis.transposed else -axis.before


def _lead(axis: Axis) -> int:
    return max(0, -_first(axis))


def _starts(axis: Axis) -> list[int]:
    move = 1 if axis.transposed else axis.stride
    return [_lead(axis) + _first(axis) + index * move for index in range(axis.out)]


def _extent(axis: Axis) -> int:
    if not axis.transposed:
        return axis.padded
    pixels = _lead(axis) + (axis.size - 1) * axis.stride + 1
    return max(pixels, _starts(axis)[-1] + axis.reach)


def _cells_on_pixels(axis: Axis) -> list[int]:
    """For each output index, how many of the kernel's cells along `axis` lie on a pixel."""
    counts = [0] * axis.out
    for cell in range(axis.kernel):
        for step in axis.meeting_steps(cell):
            place = step * axis.stride - axis.before + cell * axis.dilation if axis.transposed else step
            counts[place] += 1
    return counts
