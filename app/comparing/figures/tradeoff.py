"""The figure of head against tail: what a setting pays on large classes for what it gains on small ones."""

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

from app.comparing.figures.rows import Style, backdrop, mark_of, metric_of, row_styles
from app.comparing.view import Changes, Compared, SettingRow
from app.figures.drawn import Column, Drawn, Table
from app.figures.layout import (
    CHARACTER,
    LINE_HEIGHT,
    base_layout,
    explained,
    percent_axis,
    plain,
    with_legend,
)
from app.figures.theme import Theme
from app.formats import cut, percent

HEIGHT = 400
_MARGINS = 60
_MOST_LABELS = 12
_LABEL_LENGTH = 32
_STEPS = (0, -1, 1, -2, 2, -3, 3, -4, 4, -5, 5)
"""Lines up or down at which a label is tried."""
_WIDTH = 480
"""Pixels between the margins at which labels are placed: a figure two abreast."""


@dataclass(frozen=True)
class Point:
    """A setting with both figures, in percent."""

    row: SettingRow
    head: float
    tail: float


@dataclass(frozen=True)
class Box:
    """Where a label or a point stands: left edge, width, and middle, in percent of the axes."""

    x: float
    wide: float
    y: float


def compare_tradeoff(view: Changes, theme: Theme) -> Drawn:
    """Tail against head recall, mean and SD, a point a setting; the Pareto front as steps."""
    points = _points((row, metric_of(row, "head")[0], metric_of(row, "tail")[0]) for row in view.rows)
    front, looks = _front(points), row_styles(view.rows, view.baseline, theme)
    marks = [_mark(point, looks[point.row.label]) for point in points]
    steps = {"color": theme.muted, "width": 1, "dash": "dot", "shape": "vh"}
    reached = [one.head for one in front], [one.tail for one in front]
    traces = [backdrop("Pareto front", *reached, line=steps), *marks] if points else []
    layout = base_layout(theme, HEIGHT) | {
        "xaxis": percent_axis(theme, "head recall, %", showgrid=True),
        "yaxis": percent_axis(theme, "tail recall, %"),
    }
    labels = _labels(points, front, looks) if len(points) <= _MOST_LABELS else []
    is_labelled = len(labels) == len(points)
    layout = layout | {"annotations": labels} if is_labelled else with_legend(layout, len(points))
    label, figure = _label(points, front), {"data": traces, "layout": layout}
    note = f"bars: SD; dotted: Pareto front, by {view.chosen_by}"
    return Drawn(explained(figure, theme, label), label, _table(view, front), note)


def pareto_front(points: Sequence[Point]) -> tuple[Point, ...]:
    """Points that no other reaches in both figures while passing it in one; by head, highest first."""
    front = [one for one in points if not any(_dominates(other, one) for other in points)]
    return tuple(sorted(front, key=lambda point: (-point.head, point.tail)))


def _front(points: Sequence[Point]) -> tuple[Point, ...]:
    """Of the rows that are compared, as they are chosen: by validation where there is one."""
    choosing = ((point.row, point.row.choosing) for point in points)
    chosen = _points((row, by.get("head"), by.get("tail")) for row, by in choosing)
    front = {point.row.label for point in pareto_front(chosen)}
    found = [point for point in points if point.row.label in front]
    return tuple(sorted(found, key=lambda point: (-point.head, point.tail)))


def _dominates(one: Point, other: Point) -> bool:
    ours, theirs = (one.head, one.tail), (other.head, other.tail)
    return ours != theirs and ours[0] >= theirs[0] and ours[1] >= theirs[1]


def _points(known: Iterable[tuple[SettingRow, float | None, float | None]]) -> list[Point]:
    """Of rows with head and tail as fractions, where there are both."""
    return [Point(row, 100 * a, 100 * b) for row, a, b in known if a is not None and b is not None]


def _mark(point: Point, look: Style) -> dict[str, Any]:
    row = point.row
    head_sd, tail_sd = metric_of(row, "head")[1], metric_of(row, "tail")[1]
    text = f"head {_with_sd(point.head, head_sd)}<br>tail {_with_sd(point.tail, tail_sd)}<br>n = {row.n}"
    marker = {"color": look.colour, "size": 10, "symbol": look.symbol}
    bars = {"error_x": _bar(head_sd, look.colour), "error_y": _bar(tail_sd, look.colour)}
    name = plain(row.label, _LABEL_LENGTH + 8)
    return mark_of(row, point.head, point.tail, text, marker, name=name, **bars)


def _with_sd(value: float, sd: float | None) -> str:
    return f"{value:.1f}" + ("" if sd is None else f" ± {percent(sd)}") + " %"


def _bar(sd: float | None, colour: str) -> dict[str, Any]:
    """An error bar of one SD, none at one seed."""
    thin = {"color": colour, "thickness": 1, "width": 0}
    return {"type": "data", "array": [100 * (sd or 0)], "visible": sd is not None} | thin


def _labels(
    points: Sequence[Point], front: Sequence[Point], looks: Mapping[str, Style]
) -> list[dict[str, Any]]:
    """A label beside each point, moved until it covers no label, point, bar or line; if need be, none."""
    gap = LINE_HEIGHT * 103 / (HEIGHT - _MARGINS)
    taken = [box for point in points for box in _bars(point, gap)]
    for one, other in pairwise(front):
        taken.append(Box(other.head, one.head - other.head, other.tail))
        taken += _upright(one.head, one.tail, other.tail, gap)
    notes = []
    for point in sorted(points, key=lambda one: -one.tail):
        text = cut(point.row.label, _LABEL_LENGTH)
        wide = (CHARACTER * len(text) + 4) * 103 / _WIDTH
        right, left = point.head + 2.5, point.head - 2.5 - wide
        sides = (right, left) if right + wide < 101.5 else (left, right)
        places = [Box(x, wide, point.tail + step * gap) for step in _STEPS for x in sides]
        found = next((place for place in places if _is_free(place, taken, gap)), None)
        if found:
            taken.append(found)
            notes.append(_note(point, text, found, looks[point.row.label].ink))
    return notes


def _bars(point: Point, gap: float) -> list[Box]:
    """A point with its bars of one SD."""
    head, tail = (100 * (metric_of(point.row, name)[1] or 0) for name in ("head", "tail"))
    across = Box(point.head - max(1, head), 2 * max(1, head), point.tail)
    return [across, *_upright(point.head, point.tail - tail, point.tail + tail, gap)]


def _upright(x: float, start: float, end: float, gap: float) -> list[Box]:
    """A line from bottom to top as boxes, each less than a label apart."""
    low, high = min(start, end), max(start, end)
    steps = math.ceil((high - low) / gap)
    return [Box(x - 0.2, 0.4, low + (high - low) * at / max(1, steps)) for at in range(steps + 1)]


def _is_free(place: Box, taken: Sequence[Box], gap: float) -> bool:
    end = place.x + place.wide
    if not (0 < place.y < 101 and place.x > 0 and end < 104):
        return False
    beside = [one for one in taken if abs(place.y - one.y) < gap]
    return not any(place.x < one.x + one.wide and one.x < end for one in beside)


def _note(point: Point, text: str, place: Box, ink: str) -> dict[str, Any]:
    is_left = place.x < point.head
    side = {"xanchor": "right", "xshift": -12} if is_left else {"xanchor": "left", "xshift": 12}
    words = {"name": "end-label", "text": plain(text), "hovertext": plain(point.row.label)}
    font = {"color": ink, "size": 12}
    return words | {"x": point.head, "y": place.y, "showarrow": False, "font": font} | side


def _label(points: Sequence[Point], front: Sequence[Point]) -> str:
    if not points:
        return "Tail against head recall; no epoch is finished yet."
    named = "; ".join(f"{one.row.label} (head {one.head:.1f} %, tail {one.tail:.1f} %)" for one in front[:8])
    more = f" and {len(front) - 8} more" if len(front) > 8 else ""
    best = f" On the Pareto front: {named}{more}." if front else ""
    return f"Tail against head recall of {len(points)} settings.{best}"


def _table(view: Compared, front: Sequence[Point]) -> Table:
    shares = ("head, %", "SD of head, %", "tail, %", "SD of tail, %")
    columns = [Column("setting", "text"), Column("n", "integer"), *(Column(one, "percent") for one in shares)]
    columns.append(Column("on the Pareto front", "text"))
    best = {point.row.label for point in front}
    figures = [(*metric_of(row, "head"), *metric_of(row, "tail")) for row in view.rows]
    rows = (
        (row.label, row.n, *values, "yes" if row.label in best else "no")
        for row, values in zip(view.rows, figures, strict=True)
    )
    return Table("Tail against head recall", tuple(columns), tuple(rows))
