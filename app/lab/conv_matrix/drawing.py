"""Plain geometry for a template's SVG: a grid of cells in CSS pixels, a large one cut around a window; and a
large A as a light picture, one path a kernel cell, in units of one entry, named at the edges.

What the cells of a grid stand for is `pictures`.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from app.lab.conv_matrix.formula.geometry import Size
from app.lab.conv_matrix.names import colour
from app.lab.conv_matrix.views import ConvMatrixView, Entry

LARGEST_PIXELS = 336
LARGEST_CELL = 44
SMALLEST_CELL = 9
MOST_CELLS = 32
"""Rows or columns of a grid that are drawn; of a larger one, those around a window."""
NAMED_CELL = 42
"""Side from which a cell holds names."""

MOST_TICKS = 8
TALLEST, FLATTEST = 1.0, 0.2
"""Height over width of the picture at most and at least: a long A is drawn out of scale."""
THINNEST = 300
"""A marked row is at least one part in so many of the height."""
LENS_ROWS, LENS_MARGIN, WIDEST_LENS = 15, 6, 96
"""The lens shows so many rows around the marked one, its entries, and so many columns beside them."""


@dataclass(frozen=True, slots=True)
class Square:
    """A cell at (x, y): `style` colours it, `on` lights it up, `faint` says that it meets no pixel."""

    x: int
    y: int
    name: str = ""
    under: str = ""
    style: str = ""
    on: bool = False
    faint: bool = False


@dataclass(frozen=True, slots=True)
class Box:
    """A rectangle: `kind` is its class."""

    x: int
    y: int
    width: int
    height: int
    kind: str


@dataclass(frozen=True, slots=True)
class Tick:
    """A count along an edge, written towards (x, y) from the left where `beside`."""

    x: int
    y: int
    text: str
    beside: bool = False


@dataclass(frozen=True)
class Picture:
    """Boxes, grid lines, squares, in this order; (`x`, `y`) is the corner of what is shown."""

    label: str
    cell: int
    x: int
    y: int
    width: int
    height: int
    lines: str
    boxes: tuple[Box, ...] = ()
    squares: tuple[Square, ...] = ()
    ticks: tuple[Tick, ...] = ()
    cut: str = ""
    """What is left out, in words; empty where all is shown."""


@dataclass(frozen=True)
class Frame:
    """The part of a grid that is drawn: rows and columns as ranges, and the side of a cell in pixels."""

    rows: range
    cols: range
    cell: int

    def box(self, row: int, col: int, height: int, width: int, kind: str) -> Box:
        """A rectangle of cells."""
        side = self.cell
        return Box(col * side, row * side, width * side, height * side, kind)

    @property
    def is_named(self) -> bool:
        """Whether a cell has room for its name."""
        return self.cell >= NAMED_CELL

    def square(self, row: int, col: int, name: str, **look: Any) -> Square:
        """A cell, with its name where there is room."""
        return Square(col * self.cell, row * self.cell, name if self.is_named else "", **look)

    def holds(self, row: int, col: int) -> bool:
        """Whether the cell is drawn."""
        return row in self.rows and col in self.cols

    def picture(self, label: str, whole: tuple[int, int], **parts: Any) -> Picture:
        """The drawn part of a grid of `whole` rows and columns, with its lines."""
        side, rows, cols = self.cell, self.rows, self.cols
        lines = [f"M{cols.start * side} {row * side}H{cols.stop * side}" for row in (*rows, rows.stop)]
        lines += [f"M{col * side} {rows.start * side}V{rows.stop * side}" for col in (*cols, cols.stop)]
        shown = (len(rows), len(cols))
        cut = "" if shown == whole else f"{shown[0]} × {shown[1]} of {whole[0]} × {whole[1]} cells"
        corner = (cols.start * side, rows.start * side, len(cols) * side, len(rows) * side)
        return Picture(label, side, *corner, "".join(lines), cut=cut, **parts)


def frame_around(height: int, width: int, at: tuple[int, int], reach: tuple[int, int]) -> Frame:
    """What is drawn of a grid of `height` x `width` cells around the window of `reach` cells at `at`."""
    rows = _around(height, at[0], reach[0])
    cols = _around(width, at[1], reach[1])
    side = LARGEST_PIXELS // max(len(rows), len(cols))
    return Frame(rows, cols, min(LARGEST_CELL, max(SMALLEST_CELL, side)))


def _around(size: int, start: int, reach: int) -> range:
    """All of an axis, or the part around start ... start + reach."""
    if size <= MOST_CELLS:
        return range(size)
    first = min(max(0, start + reach // 2 - MOST_CELLS // 2), size - MOST_CELLS)
    return range(first, first + MOST_CELLS)


@dataclass(frozen=True, slots=True)
class Place:
    """A name along an edge, `at` percent of it."""

    text: str
    at: float


@dataclass(frozen=True)
class Heat:
    """`bands`: (style, path) of each kernel cell; a path draws each entry as a stroke of length 1."""

    rows: int
    cols: int
    aspect: float
    bands: tuple[tuple[str, str], ...]
    mark: float
    """Height of the mark over a row, in entries."""
    lens: tuple[int, int, int, int]
    """Left, top, width and height of what is shown enlarged, in entries."""
    across: tuple[Place, ...]
    down: tuple[Place, ...]


def heat_map(view: ConvMatrixView, row: int, met: list[Entry]) -> Heat:
    """The picture of A with `row` marked, whose entries are `met`."""
    places: dict[tuple[int, int], list[tuple[int, int]]] = {}
    for entry in view.entries:
        cell = (entry["kernel_row"], entry["kernel_col"])
        places.setdefault(cell, []).append((entry["row"], entry["col"]))
    bands = tuple((colour(view.kernel, *cell), _strokes(at)) for cell, at in sorted(places.items()))
    aspect = min(TALLEST, max(FLATTEST, view.rows / view.cols))
    mark, lens = max(1.0, view.rows / THINNEST), _lens(view, row, met)
    across, down = _ticks("x", view.input), _ticks("y", view.output)
    return Heat(view.rows, view.cols, aspect, bands, mark, lens, across, down)


def _lens(view: ConvMatrixView, row: int, met: list[Entry]) -> tuple[int, int, int, int]:
    first, last = (met[0]["col"], met[-1]["col"]) if met else (0, 0)
    width = min(view.cols, WIDEST_LENS, last - first + 1 + 2 * LENS_MARGIN)
    height = min(view.rows, LENS_ROWS)
    left = min(max(0, (first + last + 1 - width) // 2), view.cols - width)
    return left, min(max(0, row - height // 2), view.rows - height), width, height


def _strokes(places: Iterable[tuple[int, int]]) -> str:
    """Relative moves, which are the shortest to write; strokes run along the middle of a row."""
    parts, at_row, at_col = ["M0 .5"], 0, 0
    for row, col in places:
        parts.append(f"m{col - at_col} {row - at_row}h1")
        at_row, at_col = row, col + 1
    return "".join(parts)


def _ticks(letter: str, size: Size) -> tuple[Place, ...]:
    """Names at the start of rows of the image, every so many, so that at most MOST_TICKS stand there."""
    lines = size.channels * size.height
    starts = range(0, size.count, -(-lines // MOST_TICKS) * size.width)
    return tuple(Place(size.name(letter, at), 100 * at / size.count) for at in starts)
