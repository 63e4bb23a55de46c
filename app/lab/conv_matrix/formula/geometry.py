"""Sizes of a 2-D convolution, or of a transposed one, worked out along each axis on its own.

Output size of a convolution: floor((n + before + after - d (k - 1) - 1) / s) + 1; of a transposed one:
(n - 1) s - before - after + d (k - 1) + output padding + 1 (both as torch.nn.Conv2d / ConvTranspose2d state
them). How a problem is read and refused is `problem`; its matrix is `matrix`. No numpy here.

Windows show where each row of A looks, on the padded input whose coordinates count from 0 at its top left. A
transposed convolution is drawn as the convolution it equals: the input pixels apart by the stride, with zeros
between and around them, the window moving by 1 and the kernel mirrored (Dumoulin and Visin, arXiv 1603.07285,
section 4.5).
"""

from dataclasses import dataclass
from functools import cached_property

from app.lab.base.formula.sliding import Sliding


@dataclass(frozen=True)
class Axis(Sliding):
    """One direction of the problem, in pixels; the pads are cut off the output if transposed."""

    name: str
    output_padding: int
    transposed: bool

    @property
    def out(self) -> int:
        """Output pixels; below 1 where the problem has no output."""
        if self.transposed:
            return (self.size - 1) * self.stride - self.before - self.after + self.reach + self.output_padding
        return self.places

    @property
    def steps(self) -> int:
        """Pixels of the grid whose index is multiplied by the stride: output, or input if transposed."""
        return self.size if self.transposed else self.out

    @property
    def pixels(self) -> int:
        """Pixels of the other grid: step j and kernel cell a meet at pixel j s - before + a d."""
        return self.out if self.transposed else self.size

    def meeting_steps(self, cell: int) -> range:
        """The steps at which kernel cell `cell` lies on a pixel, not on padding."""
        shift = self.before - cell * self.dilation
        first = max(0, -(-shift // self.stride))
        return range(first, min(self.steps - 1, (self.pixels - 1 + shift) // self.stride) + 1)

    def touched(self) -> frozenset[int]:
        """The pixels that some kernel cell meets."""
        return frozenset(
            step * self.stride - self.before + cell * self.dilation
            for cell in range(self.kernel)
            for step in self.meeting_steps(cell)
        )

    @cached_property
    def untouched(self) -> tuple[int, ...]:
        """Input pixels that no window reads; if transposed, output pixels that no input reaches (zeros)."""
        return tuple(sorted(set(range(self.pixels)) - self.touched()))

    @property
    def dropped(self) -> int:
        """Rows or columns at the end of the padded input that the floor drops; none if transposed."""
        return 0 if self.transposed else super().dropped


@dataclass(frozen=True)
class Size:
    """Channels, height, width."""

    channels: int
    height: int
    width: int

    @property
    def count(self) -> int:
        """Number of values."""
        return self.channels * self.height * self.width

    def name(self, letter: str, index: int) -> str:
        """Of value `index` as a vector: x(row,col), or x(channel,row,col) for several channels."""
        channel, place = divmod(index, self.height * self.width)
        row, col = divmod(place, self.width)
        return f"{letter}({row},{col})" if self.channels == 1 else f"{letter}({channel},{row},{col})"

    def names(self, letter: str) -> list[str]:
        """Of all values, in order."""
        return [self.name(letter, index) for index in range(self.count)]


@dataclass(frozen=True)
class Problem:
    """A map from an image to an image. `notes` are sentences on how the input was understood."""

    channels: int
    out_channels: int
    groups: int
    vertical: Axis
    horizontal: Axis
    flip: bool
    transposed: bool
    notes: tuple[str, ...] = ()

    @property
    def input(self) -> Size:
        """The image that goes in; its values are A's columns, in this order."""
        return Size(self.channels, self.vertical.size, self.horizontal.size)

    @property
    def output(self) -> Size:
        """The image that comes out; its values are A's rows, in this order."""
        return Size(self.out_channels, self.vertical.out, self.horizontal.out)

    @property
    def group_in(self) -> int:
        """Input channels that one output channel reads."""
        return self.channels // self.groups

    @property
    def group_out(self) -> int:
        """Output channels of one group."""
        return self.out_channels // self.groups

    @property
    def weight_shape(self) -> tuple[int, int, int, int]:
        """As in torch: (out, in / groups, rows, columns); transposed: (in, out / groups, rows, columns)."""
        outer = (self.channels, self.group_out) if self.transposed else (self.out_channels, self.group_in)
        return (*outer, self.vertical.kernel, self.horizontal.kernel)

    @property
    def plain(self) -> bool:
        """Whether one channel goes in and one comes out, so that labels need no channel indices."""
        return self.channels == 1 and self.out_channels == 1

    @property
    def nonzeros(self) -> int:
        """Entries of A that are not zero, counted without making A."""
        meetings = 1
        for axis in (self.vertical, self.horizontal):
            meetings *= sum(len(axis.meeting_steps(cell)) for cell in range(axis.kernel))
        return meetings * self.out_channels * self.group_in

    @property
    def products(self) -> int:
        """Multiplications of the direct computation, those with padding among them."""
        places = self.vertical.steps * self.horizontal.steps * self.vertical.kernel * self.horizontal.kernel
        return places * self.out_channels * self.group_in


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
    axes = (problem.vertical, problem.horizontal)
    height, width, top, left, down, right = (get(axis) for get in (_extent, _lead, _apart) for axis in axes)
    return Grid(height, width, top, left, down, right, mirrored=problem.flip != problem.transposed)


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
