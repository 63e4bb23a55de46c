"""The figure of head against tail: what a setting pays on large classes for what it gains on small ones."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

from app.comparing.figures.rows import Look, metric_of, row_looks
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
    points = _points(view.rows)
    front, looks = _front(points), row_looks(view.rows, view.baseline, theme)
    traces = (
        [_front_line(front, theme), *(_marker(point, looks[point.row.label]) for point in points)]
        if points
        else []
    )
    layout = base_layout(theme, HEIGHT) | {
        "xaxis": percent_axis(theme, "head recall, %", showgrid=True),
        "yaxis": percent_axis(theme, "tail recall, %"),
    }
    labels = _labels(points, front, looks) if len(points) <= _MOST_LABELS else []
    layout = (
        layout | {"annotations": labels} if len(labels) == len(points) else with_legend(layout, len(points))
    )
    by = view.chosen_by
    note = f"bars: SD; dotted: Pareto front, by {by}"
    label, figure = _label(points, front), {"data": traces, "layout": layout}
    return Drawn(explained(figure, theme, label), label, _table(view, front), note)


def pareto_front(points: Sequence[Point]) -> tuple[Point, ...]:
    """Points that no other reaches in both figures while passing it in one; by head, highest first."""
    front = [one for one in points if not any(_dominates(other, one) for other in points)]
    return tuple(sorted(front, key=lambda point: (-point.head, point.tail)))


def _front(points: Sequence[Point]) -> tuple[Point, ...]:
    """Of the rows that are compared, as they are chosen: by validation where there is one."""
    by_label = {point.row.label: point for point in points}
    chosen = [
        Point(point.row, 100 * head, 100 * tail)
        for point in points
        if (head := point.row.choosing.get("head")) is not None
        and (tail := point.row.choosing.get("tail")) is not None
    ]
    front = {point.row.label for point in pareto_front(chosen)}
    found = [by_label[label] for label in by_label if label in front]
    return tuple(sorted(found, key=lambda point: (-point.head, point.tail)))


def _dominates(one: Point, other: Point) -> bool:
    return (
        one.head >= other.head and one.tail >= other.tail and (one.head > other.head or one.tail > other.tail)
    )


def _points(rows: Sequence[SettingRow]) -> list[Point]:
    found = [(row, metric_of(row, "head")[0], metric_of(row, "tail")[0]) for row in rows]
    return [
        Point(row, 100 * head, 100 * tail)
        for row, head, tail in found
        if head is not None and tail is not None
    ]


def _marker(point: Point, look: Look) -> dict[str, Any]:
    head_sd, tail_sd = metric_of(point.row, "head")[1], metric_of(point.row, "tail")[1]
    name = plain(point.row.label)
    said = f"head {_said(point.head, head_sd)}<br>tail {_said(point.tail, tail_sd)}<br>n = {point.row.n}"
    return {
        "type": "scatter",
        "mode": "markers",
        "name": plain(point.row.label, _LABEL_LENGTH + 8),
        "legendgroup": point.row.setting_hash,
        "x": [point.head],
        "y": [point.tail],
        "error_x": _bar(head_sd, look.colour),
        "error_y": _bar(tail_sd, look.colour),
        "marker": {"color": look.colour, "size": 10, "symbol": look.symbol},
        "customdata": [f"{name}<br>{said}"],
        "hovertemplate": "%{customdata}<extra></extra>",
    }


def _said(value: float, sd: float | None) -> str:
    return f"{value:.1f}" + ("" if sd is None else f" ± {percent(sd)}") + " %"


def _bar(sd: float | None, colour: str) -> dict[str, Any]:
    """An error bar of one SD, none at one seed."""
    return {
        "type": "data",
        "array": [100 * (sd or 0)],
        "visible": sd is not None,
        "color": colour,
        "thickness": 1,
        "width": 0,
    }


def _front_line(front: Sequence[Point], theme: Theme) -> dict[str, Any]:
    """Steps from point to point of the front: at a given head, the tail that some setting reaches."""
    return {
        "type": "scatter",
        "mode": "lines",
        "name": "Pareto front",
        "x": [point.head for point in front],
        "y": [point.tail for point in front],
        "line": {"color": theme.muted, "width": 1, "dash": "dot", "shape": "vh"},
        "hoverinfo": "skip",
        "showlegend": False,
    }


def _labels(
    points: Sequence[Point], front: Sequence[Point], looks: Mapping[str, Look]
) -> list[dict[str, Any]]:
    """A label beside each point, moved until it covers no label, point, bar or line; if need be, none."""
    gap = LINE_HEIGHT * 103 / (HEIGHT - _MARGINS)
    taken = [box for point in points for box in _bars(point, gap)]
    for one, other in pairwise(front):
        taken += [
            Box(other.head, one.head - other.head, other.tail),
            *_upright(one.head, one.tail, other.tail, gap),
        ]
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
            ink = looks[point.row.label].ink
            notes.append(_note(point, text, found.y, found.x < point.head, ink))
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
    if not (0 < place.y < 101 and place.x > 0 and place.x + place.wide < 104):
        return False
    return not any(
        abs(place.y - other.y) < gap and place.x < other.x + other.wide and other.x < place.x + place.wide
        for other in taken
    )


def _note(point: Point, text: str, y: float, is_left: bool, ink: str) -> dict[str, Any]:
    return {
        "name": "end-label",
        "text": plain(text),
        "hovertext": plain(point.row.label),
        "x": point.head,
        "y": y,
        "xanchor": "right" if is_left else "left",
        "xshift": -12 if is_left else 12,
        "showarrow": False,
        "font": {"color": ink, "size": 12},
    }


def _label(points: Sequence[Point], front: Sequence[Point]) -> str:
    if not points:
        return "Tail against head recall; no epoch is finished yet."
    named = "; ".join(
        f"{point.row.label} (head {point.head:.1f} %, tail {point.tail:.1f} %)" for point in front[:8]
    )
    more = f" and {len(front) - 8} more" if len(front) > 8 else ""
    said = f" On the Pareto front: {named}{more}." if front else ""
    return f"Tail against head recall of {len(points)} settings.{said}"


def _table(view: Compared, front: Sequence[Point]) -> Table:
    columns = (
        Column("setting", "text"),
        Column("n", "integer"),
        Column("head, %", "percent"),
        Column("SD of head, %", "percent"),
        Column("tail, %", "percent"),
        Column("SD of tail, %", "percent"),
        Column("on the Pareto front", "text"),
    )
    best = {point.row.label for point in front}
    rows = [
        (
            row.label,
            row.n,
            *metric_of(row, "head"),
            *metric_of(row, "tail"),
            "yes" if row.label in best else "no",
        )
        for row in view.rows
    ]
    return Table("Tail against head recall", columns, tuple(rows))
