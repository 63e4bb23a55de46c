"""What the page of conv-matrix shows beside the view: A as a table or a picture, and one chosen row of it.

The row is part of the address, so that stepping works with plain links.
"""

from bisect import bisect_left
from collections.abc import Mapping
from dataclasses import dataclass
from itertools import product
from typing import Any

from app.lab.base.calculator import Typed
from app.lab.base.page import HEIGHT, PAD, WIDTH, Page, Sketch, box
from app.lab.base.text import grid
from app.lab.conv_matrix.calculator import CONV_MATRIX
from app.lab.conv_matrix.drawing import heat_map
from app.lab.conv_matrix.formula.geometry import Window
from app.lab.conv_matrix.formula.problem import LIMITS
from app.lab.conv_matrix.names import backwards, here, with_minus
from app.lab.conv_matrix.pictures import MOST_KERNELS, kernel_pictures, output_picture, window_picture
from app.lab.conv_matrix.tables import (
    MOST_LISTED,
    check_table,
    marked_table,
    matrix_table,
    patch_tables,
    sparse_list,
    transposed_table,
    weight_number,
    weight_style,
)
from app.lab.conv_matrix.views import ConvMatrixView, Entry

MOST_TERMS = 32
"""Products that the sum of one row shows."""


@dataclass(frozen=True)
class Term:
    """One product of a row's sum: the weight with its colour, the pixel, both with numbers where known."""

    weight: str
    pixel: str
    style: str
    number: str


@dataclass(frozen=True)
class Step:
    """A link to another row; `key` is what leads there from the keyboard, `row` is None at an end."""

    key: str
    sign: str
    label: str
    row: int | None
    to: str


@dataclass(frozen=True)
class Chosen:
    """The row that the page points at."""

    row: int
    name: str
    place: Window
    cells: int
    terms: tuple[Term, ...]
    left_out: int
    total: str
    steps: tuple[Step, ...]


def conv_context(view: ConvMatrixView, typed: Typed) -> Mapping[str, Any]:
    """The names that lab/conv_matrix.html uses beyond those of every calculator."""
    chosen = _chosen_row(view, typed)
    entries = _entries(view, chosen)
    places = view.output.height * view.output.width
    place = view.windows[chosen % places]
    table = matrix_table(view, typed, chosen)
    given = grid(typed["answer"], "answer") if view.answer else ()
    return {
        "chosen": _chosen(view, typed, chosen, entries),
        "window": window_picture(view, place, entries),
        "output": output_picture(view, place, chosen),
        "kernels": kernel_pictures(view, entries, chosen // places),
        "kernels_left": max(0, view.input.channels // view.settings.groups - MOST_KERNELS),
        "matrix": table,
        "heat": None if table else heat_map(view, chosen, entries),
        "marked": marked_table(view, view.answer, given) if view.answer else None,
        "turned": transposed_table(view, chosen),
        "turned_to": here(backwards(view, typed)),
        "stride_one_to": here(typed, stride="1", row="0", answer=""),
        "patches": [(each, patch_tables(view, each, chosen)) for each in view.patches],
        "listed": sparse_list(view),
        "most_listed": MOST_LISTED,
        "checked": check_table(view),
        "limits": LIMITS,
    }


def _chosen_row(view: ConvMatrixView, typed: Typed) -> int:
    """The row in the address; the last one where A has become smaller meanwhile."""
    text = typed["row"].strip()
    return min(int(text), view.rows - 1) if text.isascii() and text.isdigit() and len(text) < 9 else 0


def _entries(view: ConvMatrixView, row: int) -> list[Entry]:
    start, stop = (bisect_left(view.entries, at, key=lambda entry: entry["row"]) for at in (row, row + 1))
    return view.entries[start:stop]


def _chosen(view: ConvMatrixView, typed: Typed, row: int, entries: list[Entry]) -> Chosen:
    place = view.windows[row % (view.output.height * view.output.width)]
    reads = view.input.channels // view.settings.groups
    known = view.kernel.values is not None and view.image is not None
    return Chosen(
        row=row,
        name=view.output.name("y", row),
        place=place,
        cells=view.kernel.height * view.kernel.width * reads,
        terms=tuple(_term(view, entry) for entry in entries[:MOST_TERMS]),
        left_out=max(0, len(entries) - MOST_TERMS),
        total=with_minus(view.check.product[row]) if known else "",
        steps=tuple(_steps(view, typed, row)),
    )


def _term(view: ConvMatrixView, entry: Entry) -> Term:
    image = view.image
    known = view.kernel.values is not None and image is not None
    number = f"{weight_number(view, entry)} · {with_minus(image[entry['col']])}" if known and image else ""
    pixel = view.input.name("x", entry["col"])
    return Term(entry["label"], pixel, weight_style(view, entry), number)


def _steps(view: ConvMatrixView, typed: Typed, row: int) -> list[Step]:
    width, last = view.output.width, view.rows - 1
    moves = (
        ("Home", "⇤", "first", 0),
        ("ArrowLeft", "←", "previous", row - 1),
        ("ArrowRight", "→", "next", row + 1),
        ("End", "⇥", "last", last),
        ("ArrowUp", "↑", "one output row up", row - width),
        ("ArrowDown", "↓", "one output row down", row + width),
    )
    steps = []
    for key, sign, label, target in moves:
        to = target if 0 <= target <= last and target != row else None
        steps.append(Step(key, sign, label, to, "" if to is None else here(typed, row=str(to))))
    return steps


def matrix_sketch(view: ConvMatrixView) -> Sketch:
    """The cells of A, those with a weight filled."""
    side = min((WIDTH - 2 * PAD) / view.cols, (HEIGHT - 2 * PAD) / view.rows)
    filled = {(entry["row"], entry["col"]) for entry in view.entries}
    cells = product(range(view.rows), range(view.cols))
    looks = ((at, "filled" if at in filled else "quiet") for at in cells)
    boxes = (box(PAD + side * col, PAD + side * row, side, side, look) for (row, col), look in looks)
    return Sketch(f"A matrix of {view.rows} by {view.cols} with {view.nonzeros} weights", boxes=tuple(boxes))


_QUESTION = "Which matrix is this convolution, and which pixels does each row read?"
CONV_MATRIX_PAGE = Page(CONV_MATRIX, _QUESTION, "y = A x", matrix_sketch, conv_context)
