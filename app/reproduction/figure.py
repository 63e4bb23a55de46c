"""The figure of a reproduction: published accuracy and ours with its interval, a row a setting."""

from collections.abc import Sequence
from typing import Any

from app.comparing.figures.rows import error_bars, interval_of
from app.comparing.parts import Spread
from app.figures.drawn import Column, Drawn, Table, Value
from app.figures.layout import (
    annotation,
    base_layout,
    explained,
    label_lines,
    percent_axis,
    plain,
    rows_axis,
    rows_margin,
    scatter,
)
from app.figures.theme import Theme
from app.formats import percent
from app.reproduction.report import ReportRow, Reproduction

NAME, TITLE = "accuracy", "Published accuracy and ours"
_ROW, _MARGINS, _LEAST = 32, 74, 4
"""Pixels of a row and of the margins, and how many rows there is room for at least."""
_LABEL = 24
"""Characters of a line of a label."""
_SIGNS = "● ours   ◇ published"


def accuracy_figure(view: Reproduction, theme: Theme) -> Drawn:
    """Our mean as a dot with the 95 % interval over seeds, the published figure as an open diamond."""
    rows = [row for row in view.rows if row.published is not None or row.n]
    labels = [label_lines(row.label, _LABEL) for row in rows]
    layout = base_layout(theme, _MARGINS + _ROW * max(_LEAST, len(rows))) | {
        "xaxis": percent_axis(theme, "accuracy on the test set, %"),
        "yaxis": rows_axis(theme, labels),
        "annotations": [_signs(theme)] if rows else [],
    }
    layout["margin"] |= rows_margin(labels)
    traces = [_published(rows, theme), _ours(rows, theme)] if rows else []
    label = _label(rows)
    figure = explained({"data": traces, "layout": layout}, theme, label)
    return Drawn(figure, label, _table(rows), "mean and 95 % interval over seeds")


def _ours(rows: Sequence[ReportRow], theme: Theme) -> dict[str, Any]:
    spreads = [row.metrics[NAME] for row in rows]
    means = [spread.mean for spread in spreads]
    ends = [interval_of(spread) for spread in spreads]
    words = [
        f"{plain(row.label)}<br>ours {percent(spread.mean)}{_ends(spread)} %, n = {row.n}"
        for row, spread in zip(rows, spreads, strict=True)
    ]
    bars = error_bars(means, ends, theme.ink) | {"thickness": 2}
    return _marks("ours", means, words, {"color": theme.ink, "size": 9}) | {"error_x": bars}


def _published(rows: Sequence[ReportRow], theme: Theme) -> dict[str, Any]:
    words = [
        f"{plain(row.label)}<br>published {percent(row.published)} %<br>{plain(row.published_source)}"
        for row in rows
    ]
    look = {"color": theme.muted, "size": 10, "symbol": "diamond-open", "line": {"width": 2}}
    return _marks("published", [row.published for row in rows], words, look)


def _marks(
    name: str, values: Sequence[float | None], words: list[str], marker: dict[str, Any]
) -> dict[str, Any]:
    """A mark a row, none where there is no figure."""
    x = [None if value is None else 100 * value for value in values]
    hover = {"customdata": words, "hovertemplate": "%{customdata}<extra></extra>"}
    return scatter("markers", name, x, list(range(len(x)))) | {"marker": marker} | hover


def _signs(theme: Theme) -> dict[str, Any]:
    """What the marks are, above the rows."""
    corner = {"xref": "paper", "xanchor": "left", "yref": "paper", "yanchor": "bottom"}
    return annotation(_SIGNS, 0, 1, theme.muted, 12) | corner


def _ends(spread: Spread) -> str:
    ends = interval_of(spread)
    return f" (95 % interval {percent(ends[0])} to {percent(ends[1])})" if ends else ""


def _label(rows: Sequence[ReportRow]) -> str:
    run = [row for row in rows if row.n]
    if not run:
        return "Published accuracy of each setting; none has been run here yet."
    told = [
        f"{row.label} {percent(row.metrics[NAME].mean)} %"
        + ("" if row.published is None else f", published {percent(row.published)} %")
        for row in run[:8]
    ]
    more = f"; and {len(run) - 8} more" if len(run) > 8 else ""
    return f"Accuracy here and as published: {'; '.join(told)}{more}."


def _table(rows: Sequence[ReportRow]) -> Table:
    titles = ("published, %", "ours, %", "low, %", "high, %")
    columns = (
        Column("setting", "text"),
        Column("seeds", "integer"),
        *(Column(one, "percent") for one in titles),
    )
    figures = [row.metrics[NAME] for row in rows]
    lines: list[tuple[Value, ...]] = [
        (row.label, row.n, row.published, ours.mean, ours.low, ours.high)
        for row, ours in zip(rows, figures, strict=True)
    ]
    return Table("Each setting", columns, tuple(lines))
