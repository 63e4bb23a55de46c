"""The answer of conv-matrix: A of y = A x with its windows, patches, bands, check, and a marked answer.

Frozen shapes only; `calculator` fills them. Long lists are plain values or TypedDicts, for speed. Numbers
that must be exact are text ("3/2").
"""

from typing import NotRequired

from typing_extensions import TypedDict

from app.lab.base.formula.answers import Marked
from app.lab.base.formula.derivation import Line
from app.lab.conv_matrix.formula.geometry import Grid, Size, Window
from app.lab.conv_matrix.formula.toeplitz import Bands
from app.views.base import View


class Entry(TypedDict):
    """A non-zero of A: an entry that holds a weight, whatever its value. `in_channel` counts within a group;
    kernel_row and kernel_col are the kernel's own indices, also where it is flipped. `value` stands where the
    kernel has values, nearest double."""

    row: int
    col: int
    out_channel: int
    in_channel: int
    kernel_row: int
    kernel_col: int
    label: str
    value: NotRequired[int | float]


class SettingsView(View):
    """What was asked, resolved: pairs are (vertical, horizontal), pads ((top, bottom), (left, right))."""

    groups: int
    stride: tuple[int, int]
    dilation: tuple[int, int]
    pads: tuple[tuple[int, int], tuple[int, int]]
    flip: bool
    transposed: bool
    output_padding: tuple[int, int]


class KernelView(View):
    """All weights as a vector in torch's layout `shape`; `values` exact, null where only names are known."""

    height: int
    width: int
    shape: tuple[int, int, int, int]
    labels: list[str]
    values: list[str] | None


class UntouchedView(View):
    """Rows and columns of pixels that no window reads (transposed: of outputs that no input reaches).

    `dropped` are rows and columns at the end of the padded input that the floor drops; `sentence` is empty
    where every pixel is read.
    """

    rows: list[int]
    cols: list[int]
    pixels: int
    dropped: tuple[int, int]
    sentence: str


class TransposeView(View):
    """A transposed, from outputs to inputs: `sentence` says what it is, `output_padding` (vertical,
    horizontal) makes the transposed convolution return the input's size."""

    rows: int
    cols: int
    output_padding: tuple[int, int]
    sentence: str


class PatchesView(View):
    """im2col of one group, y = W X: names of W [outputs, K] and X [K, places]; "0" in X is padding.

    W and X are null where they are too large to show; `shape_w` and `shape_x` always stand.
    """

    group: int
    shape_w: tuple[int, int]
    shape_x: tuple[int, int]
    w: list[list[str]] | None
    x: list[list[str]] | None


class CheckView(View):
    """A x beside the convolution computed without A, exact, one value a row of A.

    Where no kernel or image was given, 1, 2, 3, ... stands in for it, and `stand_in` says so.
    """

    equal: bool
    product: list[str]
    direct: list[str]
    image: list[str]
    kernel: list[str]
    stand_in: str


class ConvMatrixView(View):
    """A of y = A x. Rows are output values, columns input values, by channel, then row, then column."""

    rows: int
    cols: int
    input: Size
    output: Size
    settings: SettingsView
    kernel: KernelView
    image: list[str] | None
    """Exact values of x where they were given."""
    summary: str
    """A's shape and its non-zeros in one sentence."""
    convention: str
    """Whether the kernel is flipped, and what that is called, in one sentence or two."""
    notes: tuple[str, ...]
    """Sentences on how the input was understood and what else to know about it."""
    nonzeros: int
    """Entries that hold a weight, whatever its value."""
    entries: list[Entry]
    """Sorted by row, then column."""
    matrix: list[list[str]] | None
    """Labels, "0" where A is zero; null for a large A."""
    matrix_values: list[list[int | float]] | None
    """The same in numbers; null without kernel values or for a large A."""
    grid: Grid
    windows: tuple[Window, ...]
    """One for each output pixel, row by row; the same for every output channel."""
    untouched: UntouchedView
    transpose: TransposeView
    patches: tuple[PatchesView, ...]
    bands: Bands
    check: CheckView
    derivation: tuple[Line, ...]
    limits: str
    """The largest sizes that are answered."""
    answer: Marked | None
