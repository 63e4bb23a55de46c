"""The figure of head against tail: what a setting pays on large classes for what it gains on small ones."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from app.comparing.figures.rows import Style, backdrop, mark_of, metric_of, n_words, noted, row_styles
from app.comparing.view import Changes, Compared, SettingRow
from app.figures.drawn import Column, Drawn, Table
from app.figures.layout import base_layout, explained, percent_axis, plain, with_legend
from app.figures.theme import Theme
from app.formats import percent

HEIGHT = 340
_LABEL_LENGTH = 32


@dataclass(frozen=True)
class Point:
    """A setting with both figures, in percent."""

    row: SettingRow
    head: float
    tail: float


def compare_tradeoff(view: Changes, theme: Theme) -> Drawn:
    """Tail against head recall, mean and SD, a point a setting; the Pareto front as steps.

    The legend gives way to names beside the points where a page has room for them (static/plot-labels.js).
    """
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
    label, figure = _label(points, front), {"data": traces, "layout": with_legend(layout, len(points))}
    n = n_words(point.row.n for point in points)
    note = noted("bars: SD", n, *_front_note(front, view.chosen_by))
    return Drawn(explained(figure, theme, label), label, _table(view, front), note)


def _front_note(front: Sequence[Point], chosen_by: str) -> tuple[str, ...]:
    """What the steps are, where there are any: a front of one point draws none."""
    places = {(one.head, one.tail) for one in front}
    if not places:
        return ()
    said = "dotted: Pareto front" if len(places) > 1 else "the Pareto front is one point"
    return (f"{said}, by {chosen_by}",)


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
    words = {"name": plain(row.label, _LABEL_LENGTH + 8), "meta": _beside(row.label, look)}
    return mark_of(row, point.head, point.tail, text, marker, **words, **bars)


def _beside(label: str, look: Style) -> dict[str, Any]:
    """What a page writes beside a point in place of the legend: its words, cut and whole, and their ink."""
    return {"point": {"text": plain(label, _LABEL_LENGTH), "whole": plain(label), "ink": look.ink}}


def _with_sd(value: float, sd: float | None) -> str:
    return f"{value:.1f}" + ("" if sd is None else f" ± {percent(sd)}") + " %"


def _bar(sd: float | None, colour: str) -> dict[str, Any]:
    """An error bar of one SD, none at one seed."""
    thin = {"color": colour, "thickness": 1, "width": 0}
    return {"type": "data", "array": [100 * (sd or 0)], "visible": sd is not None} | thin


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
