"""A large A as a light picture: one SVG path a kernel cell, in units of one entry, named at the edges."""

from collections.abc import Iterable
from dataclasses import dataclass

from app.lab.conv_matrix.formula.geometry import Size
from app.lab.conv_matrix.names import colour
from app.lab.conv_matrix.views import ConvMatrixView, Entry

MOST_TICKS = 8
TALLEST, FLATTEST = 1.0, 0.2
"""Height over width of the picture at most and at least: a long A is drawn out of scale."""
THINNEST = 300
"""A marked row is at least one part in so many of the height."""
LENS_ROWS, LENS_MARGIN, WIDEST_LENS = 15, 6, 96
"""The lens shows so many rows around the marked one, its entries, and so many columns beside them."""


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
