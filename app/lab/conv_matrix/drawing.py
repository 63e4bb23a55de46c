"""A grid of cells as plain geometry for a template's SVG, in CSS pixels; a large one is cut around a window.

What the cells stand for is `pictures`.
"""

from dataclasses import dataclass
from typing import Any

LARGEST_PIXELS = 336
LARGEST_CELL = 44
SMALLEST_CELL = 9
MOST_CELLS = 32
"""Rows or columns of a grid that are drawn; of a larger one, those around a window."""
NAMED_CELL = 42
"""Side from which a cell holds names."""


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
