"""Tables on the page of conv-matrix: A, A transposed, a marked answer, W and X of im2col, list and check."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from app.lab.base.calculator import Typed
from app.lab.base.formula.answers import Marked
from app.lab.conv_matrix.formula.geometry import Size
from app.lab.conv_matrix.names import colour, here, with_minus
from app.lab.conv_matrix.views import ConvMatrixView, Entry, PatchesView

WIDEST = 40
"""Columns of a table of entries; a wider A is drawn as a picture."""
MOST_LISTED = 50
"""Entries of the sparse list, and values of the check, that the page shows; JSON holds all."""


@dataclass(frozen=True, slots=True)
class Cell:
    """One entry: `style` colours a weight, `kind` is its class, `expected` what a wrong one should be."""

    text: str
    style: str = ""
    kind: str = ""
    expected: str = ""


ZERO = Cell("0", kind="zero")


@dataclass(frozen=True, slots=True)
class Row:
    """`to` is the page at this row of A; `edge` marks the first row of a block."""

    name: str
    cells: Sequence[Cell]
    number: int
    to: str = ""
    on: bool = False
    edge: bool = False


@dataclass(frozen=True)
class Table:
    """`edges` are the first columns of blocks, `met` the columns that the chosen row meets."""

    caption: str
    heads: Sequence[str]
    rows: Sequence[Row]
    edges: frozenset[int] = frozenset()
    met: frozenset[int] = frozenset()


def matrix_table(view: ConvMatrixView, typed: Typed, chosen: int) -> Table | None:
    """A with its weights' names, or their numbers where the kernel has values; None for a large A."""
    if view.matrix is None or view.cols > WIDEST:
        return None
    grid, edges, names = _cells(view), _edges(view.output), view.output.names("y")
    met = frozenset(col for col, cell in enumerate(grid[chosen]) if cell is not ZERO)
    rows = [
        Row(names[row], cells, row, here(typed, row=str(row)), row == chosen, row in edges)
        for row, cells in enumerate(grid)
    ]
    caption = f"A, {view.rows} × {view.cols}: rows are outputs, columns inputs"
    return Table(caption, view.input.names("x"), rows, _edges(view.input), met)


def transposed_table(view: ConvMatrixView, chosen: int) -> Table | None:
    """A with rows and columns swapped, the chosen row among its columns; None for a large A."""
    if view.matrix is None or view.rows > WIDEST:
        return None
    rows = _rows(view.input, "x", zip(*_cells(view), strict=True))
    caption = f"A transposed, {view.cols} × {view.rows}: rows are inputs, columns outputs"
    return Table(caption, view.output.names("y"), rows, _edges(view.output), frozenset({chosen}))


def marked_table(view: ConvMatrixView, marked: Marked, given: Sequence[Sequence[str]]) -> Table | None:
    """What was typed, wrong entries with what they should be; None for another shape or a large A."""
    fits = len(given) == view.rows and all(len(row) == view.cols for row in given)
    if view.matrix is None or view.cols > WIDEST or not fits:
        return None
    wrong = {(cell.row, cell.col): cell.expected for cell in marked.cells}
    cells = (
        [_marked(text, wrong.get((at, col))) for col, text in enumerate(row)] for at, row in enumerate(given)
    )
    rows = _rows(view.output, "y", cells)
    return Table("The matrix that was typed", view.input.names("x"), rows, _edges(view.input))


def patch_tables(view: ConvMatrixView, patches: PatchesView, chosen: int) -> tuple[Table, Table] | None:
    """W and X of one group, the chosen row's window among its columns; None where they are too large."""
    if patches.w is None or patches.x is None or max(patches.shape_w[1], patches.shape_x[1]) > WIDEST:
        return None
    styles = _styles(view)
    per_out, places = len(patches.w), patches.shape_x[1]
    first = patches.group * per_out * places
    weights, pixels = [], []
    for at, row in enumerate(patches.w):
        cells = [Cell(name, styles[name], "weight") for name in row]
        weights.append(Row(f"channel {patches.group * per_out + at}", cells, at))
    for at, row in enumerate(patches.x):
        style = styles[patches.w[0][at]]
        pixels.append(
            Row(str(at), [ZERO if name == "0" else Cell(name, style, "weight") for name in row], at)
        )
    heads = [view.output.name("y", first + place) for place in range(places)]
    met = frozenset({chosen % places}) if 0 <= chosen - first < per_out * places else frozenset()
    counts = [str(at) for at in range(patches.shape_w[1])]
    size_w, size_x = (" × ".join(map(str, shape)) for shape in (patches.shape_w, patches.shape_x))
    return (
        Table(f"W, {size_w}: the kernel as a row", counts, weights),
        Table(f"X, {size_x}: a column holds what one window reads", heads, pixels, met=met),
    )


def sparse_list(view: ConvMatrixView) -> Table:
    """The first non-zeros of A, row by row."""
    known = view.kernel.values is not None
    heads = ["Row", "Column", "Weight", *(["Value"] if known else []), "From", "To"]
    return Table("Non-zeros of A", heads, list(_listed(view, known)))


def check_table(view: ConvMatrixView) -> Table:
    """The first values of A x beside those computed without A."""
    both = zip(view.check.product[:MOST_LISTED], view.check.direct, strict=False)
    cells = ([Cell(with_minus(text)) for text in pair] for pair in both)
    rows = [Row(view.output.name("y", at), pair, at) for at, pair in enumerate(cells)]
    return Table("A x beside the convolution without A", ["A x", "window by window"], rows)


def _listed(view: ConvMatrixView, known: bool) -> Iterator[Row]:
    numbers = _numbers(view)
    for at, entry in enumerate(view.entries[:MOST_LISTED]):
        value = [Cell(numbers[entry["label"]])] if known else []
        pixel, made = view.input.name("x", entry["col"]), view.output.name("y", entry["row"])
        weight = Cell(entry["label"], weight_style(view, entry), "weight")
        yield Row(str(entry["row"]), [Cell(str(entry["col"])), weight, *value, Cell(pixel), Cell(made)], at)


def weight_style(view: ConvMatrixView, entry: Entry) -> str:
    """The colour of an entry's weight."""
    return colour(view.kernel, entry["kernel_row"], entry["kernel_col"])


def weight_number(view: ConvMatrixView, entry: Entry) -> str:
    """An entry's weight as it is shown: its value where the kernel has values, otherwise its name."""
    return _numbers(view).get(entry["label"], entry["label"])


def _numbers(view: ConvMatrixView) -> dict[str, str]:
    """Exact value of each weight by its name; empty without values."""
    values = map(with_minus, view.kernel.values or ())
    return dict(zip(view.kernel.labels, values, strict=False))


def _styles(view: ConvMatrixView) -> dict[str, str]:
    """Colour of each weight by its name."""
    kernel = view.kernel
    each = kernel.height * kernel.width
    return {label: colour(kernel, *divmod(at % each, kernel.width)) for at, label in enumerate(kernel.labels)}


def _cells(view: ConvMatrixView) -> list[list[Cell]]:
    """A, dense."""
    numbers, styles = _numbers(view), _styles(view)
    weights = {name: Cell(numbers.get(name, name), styles[name], "weight") for name in view.kernel.labels}
    grid = [[ZERO] * view.cols for _ in range(view.rows)]
    for entry in view.entries:
        grid[entry["row"]][entry["col"]] = weights[entry["label"]]
    return grid


def _marked(text: str, expected: str | None) -> Cell:
    if expected is None:
        return Cell(text, kind="zero" if text.strip() == "0" else "")
    return Cell(text, kind="wrong", expected=expected)


def _rows(size: Size, letter: str, rows: Iterable[Sequence[Cell]]) -> list[Row]:
    edges = _edges(size)
    return [Row(size.name(letter, at), cells, at, edge=at in edges) for at, cells in enumerate(rows)]


def _edges(size: Size) -> frozenset[int]:
    """Where the rows of the image begin, but for the first."""
    return frozenset(range(size.width, size.count, size.width) if size.width > 1 else ())
