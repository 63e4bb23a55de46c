"""What the page of ReLU networks needs beside the view: formulas, drawings, marked entries, worked examples.

Layout is the template's.
"""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any

from app.lab.base.calculator import Example, Typed
from app.lab.base.page import Figure, Page, Sketch, strokes
from app.lab.relu_network.calculator import RELU_NETWORK
from app.lab.relu_network.figures.function import function_plot, window_of
from app.lab.relu_network.figures.regions import region_map
from app.lab.relu_network.figures.sketch import NetworkSketch, network_sketch
from app.lab.relu_network.figures.units import units_plot
from app.lab.relu_network.formula.answers import MarkedMap
from app.lab.relu_network.formula.marks import MarkedPart
from app.lab.relu_network.formula.results import Unit
from app.lab.relu_network.formula.words import units_text
from app.lab.relu_network.text import (
    as_float,
    bias_latex,
    exact_text,
    map_latex,
    numbers_of,
    point_latex,
    rows_of,
    weight_latex,
)
from app.lab.relu_network.views import (
    PatternView,
    PieceView,
    PointView,
    PolygonView,
    ReluView,
)

MOST_ROWS = 60
MOST_WORKED = 4
"""Points that are drawn and derived: formulas take the browser and the server longest."""


@dataclass(frozen=True)
class Dots:
    """Units of one layer: "on", "off" or "zero"."""

    layer: int
    units: tuple[str, ...]


@dataclass(frozen=True)
class PointLine:
    """A point: formulas as LaTeX; `zero` names its units at zero, "" for none.

    `sketch` is None where the network is too large to be read, or the points too many.
    """

    view: PointView
    at: str
    zero: str
    formula: str
    weight: str
    bias: str
    dots: tuple[Dots, ...]
    sketch: NetworkSketch | None


@dataclass(frozen=True)
class MapLine:
    """A piece or a region: its map as LaTeX, and the units that are on."""

    view: PieceView | PolygonView
    formula: str
    weight: str
    bias: str
    patterns: tuple[tuple[Dots, ...], ...]


@dataclass(frozen=True)
class Entry:
    """An entry of an answer, and what it should be, "" where it is right or `Entries.whole` says it."""

    given: str
    right: bool
    expected: str


@dataclass(frozen=True)
class Entries:
    """W, b or h(x) as it was typed; `whole` is what all of it should be, "" where entries say so."""

    rows: tuple[tuple[Entry, ...], ...]
    whole: str


@dataclass(frozen=True)
class Worked:
    """A worked example with its answer, marked."""

    example: Example
    path: str
    point: PointLine
    answer: MarkedMap


def relu_context(view: ReluView, typed: Typed) -> Mapping[str, Any]:
    """What the template takes beside the view."""
    parts = view.pieces if view.pieces is not None else view.regions or ()
    return {
        "points": [point_line(view, point, drawn=at < MOST_WORKED) for at, point in enumerate(view.points)],
        "maps": [map_line(part) for part in parts[:MOST_ROWS]],
        "most_worked": MOST_WORKED,
        "most_rows": MOST_ROWS,
        "more_maps": max(0, len(parts) - MOST_ROWS),
        "own_answer": view.answers[0] if view.answers else None,
        "handed_in": worked(),
        "entries": entries,
        "exact": exact_text,
        "map_latex": lambda part: map_latex(part.W, part.b),
        "weight_latex": lambda part: weight_latex(part.W),
        "unit_value": lambda layer, unit: _unit_value(view, layer, unit),
        "unit_path": lambda value: RELU_NETWORK.page({**typed, "unit": value}),
    }


def point_line(view: ReluView, point: PointView, drawn: bool) -> PointLine:
    """The answer at one point."""
    value = bias_latex(point.h)
    around = None if point.W is None or point.b is None else map_latex(point.W, point.b)
    return PointLine(
        view=point,
        at=f"x = {point_latex(point.x)}",
        zero=_at_zero(point),
        formula=f"h(x) = {value}" if around in (None, value) else f"h(x) = {around} = {value}",
        weight="" if point.W is None else weight_latex(point.W),
        bias="" if point.b is None else bias_latex(point.b),
        dots=_dots(point.pattern, point.zero_units),
        sketch=network_sketch(view.network, point) if drawn else None,
    )


def map_line(part: PieceView | PolygonView) -> MapLine:
    """A row of the table of pieces or of regions."""
    patterns = part.patterns if isinstance(part, PieceView) else (part.pattern,)
    formulas = (map_latex(part.W, part.b), weight_latex(part.W), bias_latex(part.b))
    return MapLine(part, *formulas, tuple(map(_dots, patterns)))


def entries(part: MarkedPart) -> Entries:
    """The answer as it was typed, each wrong entry with what is right; that once where all share it."""
    wrong = {(cell.row, cell.col): cell.expected for cell in part.cells}
    shared = set(wrong.values()) if len(wrong) == sum(map(len, part.given)) > 1 else set()
    whole = shared.pop() if len(shared) == 1 else ""
    rows = []
    for row, values in enumerate(part.given):
        right = (wrong.get((row, col)) for col in range(len(values)))
        marked = zip(values, right, strict=True)
        rows.append(tuple(Entry(one, not said, "" if whole else said or "") for one, said in marked))
    return Entries(tuple(rows), whole)


@cache
def worked() -> tuple[Worked, ...]:
    """The examples that have an answer, worked out and marked as anyone's would be."""
    return tuple(_worked(example) for example in RELU_NETWORK.examples if _has_answer(example))


def _has_answer(example: Example) -> bool:
    return bool(example.typed.get("answer_w") or example.typed.get("answer_b"))


def _worked(example: Example) -> Worked:
    typed = RELU_NETWORK.complete(example.typed)
    view: Any = RELU_NETWORK.work_out_typed(typed)
    point = point_line(view, view.points[0], drawn=False)
    return Worked(example, RELU_NETWORK.page(typed), point, view.answers[0])


def _unit_value(view: ReluView, layer: int, unit: int) -> str:
    """The field `unit` when this one is chosen: it, or none where the page points at it already."""
    pointed = view.unit is not None and (view.unit.layer, view.unit.unit) == (layer, unit)
    return "" if pointed else f"{layer}.{unit}"


def _at_zero(point: PointView) -> str:
    named = units_text(point.zero_units)
    verb = "is" if len(point.zero_units) == 1 else "are"
    return f"{named[0].upper()}{named[1:]} {verb} exactly at zero." if named else ""


def _dots(pattern: PatternView, zero: Collection[Unit] = ()) -> tuple[Dots, ...]:
    dots = []
    for layer, units in enumerate(pattern, start=1):
        is_zero = (Unit(layer, at) in zero for at in range(1, len(units) + 1))
        states = zip(units, is_zero, strict=True)
        dots.append(Dots(layer, tuple("zero" if none else "on" if on else "off" for on, none in states)))
    return tuple(dots)


def relu_sketch(view: ReluView) -> Sketch:
    """h of one input over the window, and its first output only."""
    window, pieces = window_of(view.window[0]), view.pieces or ()
    points: list[tuple[float, float]] = []
    for piece in pieces:
        slope, offset = as_float(rows_of(piece.W)[0][0]), as_float(numbers_of(piece.b)[0])
        ends = window.part(piece.start, piece.to) or ()
        points += [(x, slope * x + offset) for x in ends]
    zero = [(window.low, 0.0), (window.high, 0.0)]
    label = f"A function of {len(pieces)} straight pieces"
    return Sketch(label, strokes([zero, points], ["quiet", "strong"]))


_QUESTION = "Which straight line does the network follow at a point, and where does it bend?"
_FIGURES = (
    Figure("function", "h(x), piece by piece", function_plot),
    Figure("units", "Hidden units over x", units_plot),
    Figure("regions", "Regions of the input", region_map),
)
RELU_NETWORK_PAGE = Page(RELU_NETWORK, _QUESTION, "h(x) = W x + b", relu_sketch, relu_context, _FIGURES)
