"""Small pictures beside A: the padded input with the window of one row, the output, and the kernel.

How a grid of cells becomes geometry is `drawing`.
"""

from collections.abc import Iterator
from itertools import product

from app.lab.conv_matrix.drawing import Box, Frame, Picture, Square, Tick, frame_around
from app.lab.conv_matrix.formula.geometry import Size, Window
from app.lab.conv_matrix.names import colour, short_number
from app.lab.conv_matrix.views import ConvMatrixView, Entry

MOST_KERNELS = 4
MOST_KERNEL_CELLS = 225


def window_picture(view: ConvMatrixView, place: Window, entries: list[Entry]) -> Picture:
    """The padded input: its pixels, what is never read, and the window, kernel cell by kernel cell."""
    grid, kernel, dilation = view.grid, view.kernel, view.settings.dilation
    reach = (dilation[0] * (kernel.height - 1) + 1, dilation[1] * (kernel.width - 1) + 1)
    frame = frame_around(grid.height, grid.width, (place.top, place.left), reach)
    settings, padding = view.settings, frame.box(0, 0, grid.height, grid.width, "padding")
    unread = () if settings.transposed else _untouched(view, frame, view.input, grid.top, grid.left)
    window = frame.box(place.top, place.left, *reach, "window")
    return frame.picture(
        f"Padded input, {grid.height} by {grid.width}; the window is outlined",
        (grid.height, grid.width),
        boxes=(padding, *_pixels(view, frame), *unread, window),
        squares=(*_kernel_squares(view, frame, place, entries), *_pixel_names(view, frame)),
        ticks=_ticks(view, frame),
    )


def output_picture(view: ConvMatrixView, place: Window, row: int) -> Picture:
    """One channel of the output, the value that the row makes lit up."""
    size, at = view.output, (place.out_row, place.out_col)
    frame = frame_around(size.height, size.width, at, (1, 1))
    first = row - row % (size.height * size.width)
    shown = [(i, j) for i in frame.rows for j in frame.cols if frame.is_named or (i, j) == at]
    squares = tuple(_output_square(view, frame, first + i * size.width + j, (i, j) == at) for i, j in shown)
    unreached = _untouched(view, frame, size, 0, 0) if view.settings.transposed else ()
    boxes = (frame.box(0, 0, size.height, size.width, "pixels"), *unreached)
    label = f"Output, {size.height} by {size.width}; {size.name('y', row)} is marked"
    return frame.picture(label, (size.height, size.width), boxes=boxes, squares=squares)


def kernel_pictures(view: ConvMatrixView, entries: list[Entry], out_channel: int) -> tuple[Picture, ...]:
    """The kernel of each input channel that the row reads; weights that meet a pixel are lit up."""
    kernel = view.kernel
    if kernel.height * kernel.width > MOST_KERNEL_CELLS:
        return ()
    reads = view.input.channels // view.settings.groups
    met = {(entry["in_channel"], entry["kernel_row"], entry["kernel_col"]) for entry in entries}
    return tuple(_kernel(view, out_channel, channel, met) for channel in range(min(reads, MOST_KERNELS)))


def _kernel(
    view: ConvMatrixView, out_channel: int, in_channel: int, met: set[tuple[int, int, int]]
) -> Picture:
    kernel = view.kernel
    frame = frame_around(kernel.height, kernel.width, (0, 0), (1, 1))
    first = _first_weight(view, out_channel, in_channel)
    cells = [divmod(at, kernel.width) for at in range(kernel.height * kernel.width)]
    squares = tuple(
        _kernel_square(view, frame, cell, first + at, (in_channel, *cell) in met)
        for at, cell in enumerate(cells)
    )
    label = f"Kernel, {kernel.height} by {kernel.width}; {len(met)} of its weights meet a pixel"
    return frame.picture(label, (kernel.height, kernel.width), squares=squares)


def _first_weight(view: ConvMatrixView, out_channel: int, in_channel: int) -> int:
    """Where the weights between two channels start in torch's layout; `in_channel` counts in its group."""
    per_out = view.output.channels // view.settings.groups
    per_in = view.input.channels // view.settings.groups
    outer, inner = out_channel, in_channel
    if view.settings.transposed:
        outer, inner = out_channel // per_out * per_in + in_channel, out_channel % per_out
    return (outer * view.kernel.shape[1] + inner) * view.kernel.height * view.kernel.width


def _kernel_square(view: ConvMatrixView, frame: Frame, at: tuple[int, int], weight: int, on: bool) -> Square:
    values = view.kernel.values
    text = short_number(values[weight]) if values else _indices(view, "w", *at)
    return frame.square(*at, text, style=colour(view.kernel, *at), on=on, faint=not on)


def _indices(view: ConvMatrixView, letter: str, row: int, col: int) -> str:
    """A name that fits a cell: w(2,0); without brackets where channels are left out."""
    several = view.input.channels > 1 or view.output.channels > 1
    return f"{letter} {row},{col}" if several else f"{letter}({row},{col})"


def _output_square(view: ConvMatrixView, frame: Frame, index: int, on: bool) -> Square:
    at = divmod(index % (view.output.height * view.output.width), view.output.width)
    known = view.kernel.values is not None and view.image is not None
    text = short_number(view.check.product[index]) if known else _indices(view, "y", *at)
    return frame.square(*at, text, on=on)


def _pixels(view: ConvMatrixView, frame: Frame) -> Iterator[Box]:
    """Where the input's values are: one box, or a box each where a transposed convolution spreads them."""
    grid, size = view.grid, view.input
    if grid.step_down == grid.step_right == 1:
        yield frame.box(grid.top, grid.left, size.height, size.width, "pixels")
        return
    for row, col, _ in _places(view, frame):
        yield frame.box(row, col, 1, 1, "pixels")


def _places(view: ConvMatrixView, frame: Frame) -> Iterator[tuple[int, int, int]]:
    """Row, column and index in the channel of each pixel that is drawn."""
    grid, size = view.grid, view.input
    for r, c in product(range(size.height), range(size.width)):
        row, col = grid.top + r * grid.step_down, grid.left + c * grid.step_right
        if frame.holds(row, col):
            yield row, col, r * size.width + c


def _untouched(view: ConvMatrixView, frame: Frame, size: Size, top: int, left: int) -> Iterator[Box]:
    """Rows and columns of pixels that no window reads; transposed: of outputs that no input reaches."""
    for row in view.untouched.rows:
        yield frame.box(top + row, left, 1, size.width, "unread")
    for col in view.untouched.cols:
        yield frame.box(top, left + col, size.height, 1, "unread")


def _pixel_names(view: ConvMatrixView, frame: Frame) -> Iterator[Square]:
    for row, col, index in _places(view, frame) if frame.is_named else ():
        at = divmod(index, view.input.width)
        shown = view.image is not None and view.input.channels == 1
        text = short_number(view.image[index]) if shown and view.image else _indices(view, "x", *at)
        yield Square(col * frame.cell, row * frame.cell, under=text)


def _kernel_squares(
    view: ConvMatrixView, frame: Frame, place: Window, entries: list[Entry]
) -> Iterator[Square]:
    """Every kernel cell of the window in its weight's colour, faint where it lies on padding."""
    kernel, dilation = view.kernel, view.settings.dilation
    if kernel.height * kernel.width > MOST_KERNEL_CELLS:
        return
    met = {(entry["kernel_row"], entry["kernel_col"]) for entry in entries}
    for a, b in product(range(kernel.height), range(kernel.width)):
        row, col = place.top + a * dilation[0], place.left + b * dilation[1]
        weight = (kernel.height - 1 - a, kernel.width - 1 - b) if view.grid.mirrored else (a, b)
        if frame.holds(row, col):
            style, on = colour(kernel, *weight), weight in met
            yield frame.square(row, col, _weight_name(view, weight), style=style, on=on, faint=not on)


def _weight_name(view: ConvMatrixView, weight: tuple[int, int]) -> str:
    """Its value as a factor, where there is one kernel with values; otherwise its name."""
    values = view.kernel.values
    one = len(view.kernel.labels) == view.kernel.height * view.kernel.width
    if values and one:
        return "×" + short_number(values[weight[0] * view.kernel.width + weight[1]])
    return _indices(view, "w", *weight)


def _ticks(view: ConvMatrixView, frame: Frame) -> tuple[Tick, ...]:
    """Row and column counts of the input, along the left and the top edge, with room between them."""
    grid, side = view.grid, frame.cell
    every = 1 if side >= 18 else 5
    down = [
        Tick(frame.cols.start * side - 4, row * side + side // 2 + 3, str(index), beside=True)
        for index, row in _counted(view.input.height, grid.top, grid.step_down, every)
        if row in frame.rows
    ]
    across = [
        Tick(col * side + side // 2, frame.rows.start * side - 5, str(index))
        for index, col in _counted(view.input.width, grid.left, grid.step_right, every)
        if col in frame.cols
    ]
    return (*down, *across)


def _counted(size: int, lead: int, step: int, every: int) -> Iterator[tuple[int, int]]:
    return ((index, lead + index * step) for index in range(0, size, every))
