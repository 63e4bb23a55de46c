"""The parts of conv-matrix's view, made of what `formula` works out."""

from fractions import Fraction

from app.lab.conv_matrix.formula.derivation import transposition, unread
from app.lab.conv_matrix.formula.geometry import Problem
from app.lab.conv_matrix.formula.matrix import Patches, Sparse, patches, weight_labels
from app.lab.conv_matrix.formula.values import Exact, counting, direct, entry_values, times_image
from app.lab.conv_matrix.views import (
    CheckView,
    Entry,
    KernelView,
    PatchesView,
    SettingsView,
    TransposeView,
    UntouchedView,
)

MOST_SHOWN = 2_500
"""Entries of a matrix that is written out."""
_EXACT_DOUBLES = 2**53


def settings_view(problem: Problem) -> SettingsView:
    """What was asked, with pads and pairs resolved."""
    down, across = problem.vertical, problem.horizontal
    return SettingsView(
        groups=problem.groups,
        stride=(down.stride, across.stride),
        dilation=(down.dilation, across.dilation),
        pads=((down.before, down.after), (across.before, across.after)),
        flip=problem.flip,
        transposed=problem.transposed,
        output_padding=(down.output_padding, across.output_padding),
    )


def kernel_view(problem: Problem, kernel: Exact | None) -> KernelView:
    """Names of all weights, and their values where there are any."""
    return KernelView(
        height=problem.vertical.kernel,
        width=problem.horizontal.kernel,
        shape=problem.weight_shape,
        labels=weight_labels(problem),
        values=None if kernel is None else texts(kernel),
    )


def texts(values: Exact) -> list[str]:
    """Exact numbers as text, in order."""
    return [str(value) for value in values.fractions()]


def entry_views(sparse: Sparse, kernel: Exact | None) -> list[Entry]:
    """The non-zeros, row by row."""
    channels, kernel_cell = (sparse.out_channel, sparse.in_channel), (sparse.kernel_row, sparse.kernel_col)
    columns = (column.tolist() for column in (sparse.row, sparse.col, *channels, *kernel_cell))
    places = zip(*columns, sparse.labels(), strict=True)
    entries = [
        Entry(row=row, col=col, out_channel=out, in_channel=into, kernel_row=a, kernel_col=b, label=label)
        for row, col, out, into, a, b, label in places
    ]
    for entry, value in zip(entries, entry_values(sparse, kernel) if kernel else (), strict=False):
        entry["value"] = _number(value)
    return entries


def value_rows(sparse: Sparse, kernel: Exact) -> list[list[int | float]]:
    """A in numbers."""
    numbers: list[int | float] = [0, *map(_number, kernel.fractions())]
    return [[numbers[index] for index in row] for row in sparse.dense().tolist()]


def _number(value: Fraction) -> int | float:
    if value.denominator == 1 and abs(value) < _EXACT_DOUBLES:
        return int(value)
    return float(value)


def untouched_view(problem: Problem) -> UntouchedView:
    """Pixels that take no part."""
    down, across = problem.vertical, problem.horizontal
    rows, columns = len(down.untouched), len(across.untouched)
    return UntouchedView(
        rows=list(down.untouched),
        cols=list(across.untouched),
        pixels=down.pixels * across.pixels - (down.pixels - rows) * (across.pixels - columns),
        dropped=(down.dropped, across.dropped),
        sentence=unread(problem),
    )


def transpose_view(problem: Problem) -> TransposeView:
    """A transposed."""
    return TransposeView(
        rows=problem.input.count,
        cols=problem.output.count,
        output_padding=(problem.vertical.dropped, problem.horizontal.dropped),
        sentence=transposition(problem),
    )


def patch_views(sparse: Sparse) -> tuple[PatchesView, ...]:
    """im2col, group by group; written out where small."""
    groups = patches(sparse)
    shown = sum(group.pixel.size + group.weight.size for group in groups) <= MOST_SHOWN
    names = (weight_labels(sparse.problem), sparse.problem.input.names("x")) if shown else None
    return tuple(_patches(group, names) for group in groups)


def _patches(group: Patches, names: tuple[list[str], list[str]] | None) -> PatchesView:
    w = x = None
    if names is not None:
        weights, pixels = names[0], [*names[1], "0"]
        w = [[weights[index] for index in row] for row in group.weight.tolist()]
        x = [[pixels[index] for index in row] for row in group.pixel.tolist()]
    (outputs, depth), places = group.weight.shape, group.pixel.shape[1]
    return PatchesView(group=group.group, shape_w=(outputs, depth), shape_x=(depth, places), w=w, x=x)


def check_view(sparse: Sparse, kernel: Exact | None, image: Exact | None) -> CheckView:
    """A x beside the direct convolution."""
    problem, size = sparse.problem, sparse.problem.input
    weights = kernel or counting(problem.weight_shape)
    pixels = image or counting((size.channels, size.height, size.width))
    product, without = texts(times_image(sparse, weights, pixels)), texts(direct(problem, weights, pixels))
    return CheckView(
        equal=product == without,
        product=product,
        direct=without,
        image=texts(pixels),
        kernel=texts(weights),
        stand_in=_stand_in(kernel is None, image is None),
    )


def _stand_in(kernel: bool, image: bool) -> str:
    missing = " and ".join(["the kernel"] * kernel + ["the image"] * image)
    return f"No numbers were given for {missing}: 1, 2, 3, ... stand in." if missing else ""
