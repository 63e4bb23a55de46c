"""A ReLU network for a terminal: points with their derivation, pieces or regions, and the verdict."""

from collections.abc import Iterator, Sequence

from app.lab.base.columns import derivation, table, verdict
from app.lab.base.formula.answers import WrongCell
from app.lab.base.formula.exact import RULE
from app.lab.relu_network.formula.answers import MarkedMap
from app.lab.relu_network.formula.words import unit_text
from app.lab.relu_network.text import exact_text, map_text, rows_of
from app.lab.relu_network.views import PatternView, PointView, ReluView

MOST_ROWS = 40


def lines(view: ReluView) -> Iterator[str]:
    """All that a terminal shows of the reply."""
    for at, point in enumerate(view.points):
        yield from _point(point)
        answer = view.answers[at] if view.answers else None
        if answer:
            yield from verdict(answer, _wrong(answer), RULE)
        yield ""
    if view.pieces is not None:
        yield "Pieces of h, from left to right:"
        rows = [
            [one.start or "-inf", one.to or "inf", map_text(one.W, one.b), _on(one.patterns[0])]
            for one in view.pieces
        ]
        yield from _shown(["from", "to", "h(x)", "units on"], rows)
    if view.regions is not None:
        yield f"Regions in the window: {len(view.regions)}"
        rows = [[_on(one.pattern), map_text(one.W, one.b), one.area] for one in view.regions]
        yield from _shown(["units on", "h(x)", "area"], rows)
    yield from view.notes


def _point(point: PointView) -> Iterator[str]:
    yield point.text
    if point.zero_units:
        named = ", ".join(map(unit_text, point.zero_units))
        yield f"Exactly at zero: {named}. Autograd returns W = {_weight(point)}."
    yield from derivation(point.derivation)


def _weight(point: PointView) -> str:
    return exact_text("; ".join(", ".join(row) for row in rows_of(point.autograd.W)))


def _wrong(answer: MarkedMap) -> Iterator[tuple[str, WrongCell]]:
    for name, part in (("W", answer.W), ("b", answer.b), ("h", answer.h)):
        for cell in part.cells if part else ():
            yield f"{name}, row {cell.row + 1}, entry {cell.col + 1}", cell


def _shown(heads: Sequence[str], rows: Sequence[Sequence[str]]) -> Iterator[str]:
    yield from (f"  {line}" for line in table(heads, rows[:MOST_ROWS]))
    if len(rows) > MOST_ROWS:
        yield f"  and {len(rows) - MOST_ROWS} more; --json has all"


def _on(pattern: PatternView) -> str:
    return " ".join("".join(map(str, layer)) for layer in pattern) or "-"
