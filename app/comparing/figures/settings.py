"""The figure of each setting's accuracy, head and tail with their intervals: which is best, at a glance."""

import textwrap
from collections.abc import Sequence
from typing import Any

from app.comparing.figures.rows import Look, error_bars, interval_of, metric_of, row_looks
from app.comparing.view import Compared, SettingRow
from app.figures.drawn import Column, Drawn, Table, Value
from app.figures.layout import CHARACTER, base_layout, explained, percent_axis, plain
from app.figures.metric_words import metric_word
from app.figures.theme import Theme
from app.formats import cut, percent

_ROW, _MARGINS, _LEAST = 38, 74, 4
"""Pixels of a row, of the margins, and how many rows the figure has room for at least."""
_LABEL = 24
"""Characters of a line of a label."""
_SHIFTS = {"": 0.0, "head": -0.27, "tail": 0.27}
"""How far above the line of a row its marks stand, in rows: the head below, beside no figure."""
_SIGNS = {"": "●", "head": "▲", "tail": "▼"}
_SYMBOLS = {"": "circle", "head": "triangle-up", "tail": "triangle-down"}


def compare_settings(view: Compared, theme: Theme) -> Drawn:
    """A row a setting: dots with bars for the headline, head and tail; an upright at the baseline."""
    rows = [row for row in view.rows if metric_of(row, view.headline)[0] is not None]
    looks = row_looks(view.rows, view.baseline, theme)
    height = _MARGINS + _ROW * max(_LEAST, len(rows))
    labels = [_wrapped(row.label) for row in rows]
    layout = base_layout(theme, height) | {
        "xaxis": percent_axis(theme, "%, on test images"),
        "yaxis": _y_axis(labels, theme),
        "annotations": _names(rows[0], view, theme) if rows else [],
        "shapes": _level(rows, view, theme),
    }
    widest = max((len(line) for lines in labels for line in lines), default=0)
    layout["margin"] |= {"l": 16 + int(CHARACTER * widest), "t": 24}
    traces = [
        _marks(row, at, name, view, looks[row.label]) for at, row in enumerate(rows) for name in _SHIFTS
    ]
    label, figure = _label(rows, view), {"data": traces, "layout": layout}
    return Drawn(explained(figure, theme, label), label, _table(rows, view), _note(rows, view))


def _y_axis(labels: Sequence[Sequence[str]], theme: Theme) -> dict[str, Any]:
    """A row a setting, the first on top."""
    texts = ["<br>".join(map(plain, lines)) for lines in labels]
    return {
        "range": [len(labels) - 0.5, -0.5],
        "tickvals": list(range(len(labels))),
        "ticktext": texts,
        "tickfont": {"size": 12, "color": theme.ink},
        "ticks": "",
        "showgrid": False,
        "zeroline": False,
        "fixedrange": True,
    }


def _metric(name: str, view: Compared) -> str:
    return name or view.headline


def _marks(row: SettingRow, at: int, name: str, view: Compared, look: Look) -> dict[str, Any]:
    """One mark with its bar, the headline with its figure above it."""
    metric = _metric(name, view)
    mean, ends = metric_of(row, metric)[0], interval_of(row.metrics.get(metric))
    word = metric_word(metric)
    spread = f" (95 % interval {percent(ends[0])} to {percent(ends[1])})" if ends else ""
    said = f"{plain(row.label)}<br>{word.title} {percent(mean)}{spread} %, n = {row.n}"
    bars = error_bars([mean], [ends], look.colour)
    return {
        "type": "scatter",
        "mode": "markers" if name else "markers+text",
        "name": plain(row.label, _LABEL),
        "legendgroup": row.setting_hash,
        "showlegend": False,
        "x": [None if mean is None else 100 * mean],
        "y": [at - _SHIFTS[name]],
        "text": [percent(mean)],
        "textposition": "top right",
        "textfont": {"size": 11, "color": look.ink},
        "error_x": bars | {"thickness": 1 if name else 2},
        "marker": {"color": look.colour, "size": 7 if name else 10, "symbol": _SYMBOLS[name]},
        "customdata": [said],
        "hovertemplate": "%{customdata}<extra></extra>",
    }


def _names(row: SettingRow, view: Compared, theme: Theme) -> list[dict[str, Any]]:
    """What the marks are, above the rows."""
    known = [name for name in _SHIFTS if metric_of(row, _metric(name, view))[0] is not None]
    words = [f"{_SIGNS[name]} {metric_word(_metric(name, view)).title.lower()}" for name in known]
    text = plain("   ".join(words))
    font = {"size": 12, "color": theme.muted}
    return [
        {
            "text": text,
            "x": 0,
            "xref": "paper",
            "xanchor": "left",
            "y": 1,
            "yref": "paper",
            "yanchor": "bottom",
            "showarrow": False,
            "font": font,
        }
    ]


def _level(rows: Sequence[SettingRow], view: Compared, theme: Theme) -> list[dict[str, Any]]:
    """An upright at the headline of the baseline."""
    means = [metric_of(row, view.headline)[0] for row in rows if row.label == view.baseline]
    return [
        {
            "type": "line",
            "x0": 100 * mean,
            "x1": 100 * mean,
            "y0": 0,
            "y1": 1,
            "yref": "paper",
            "layer": "below",
            "line": {"color": theme.muted, "width": 1, "dash": "dot"},
        }
        for mean in means
        if mean is not None
    ]


def _wrapped(label: str) -> list[str]:
    """The label in at most two lines."""
    first, *rest = textwrap.wrap(label, _LABEL) or [""]
    return [first, cut(" ".join(rest), _LABEL)] if rest else [first]


def _note(rows: Sequence[SettingRow], view: Compared) -> str:
    has_ends = any(interval_of(row.metrics.get(view.headline)) for row in rows)
    said = "mean and 95 % interval" if has_ends else "one seed each: no interval"
    return f"{said}; dotted: {cut(view.baseline, 30)}" if view.baseline else said


def _label(rows: Sequence[SettingRow], view: Compared) -> str:
    word = metric_word(view.headline)
    if not rows:
        return f"{word.title}, head and tail of each setting; no run is completed yet."
    told = [f"{row.label} {percent(metric_of(row, view.headline)[0])} %" for row in rows[:8]]
    more = f" and {len(rows) - 8} more" if len(rows) > 8 else ""
    return f"{word.title} of each setting: {'; '.join(told)}{more}."


def _table(rows: Sequence[SettingRow], view: Compared) -> Table:
    metrics = [_metric(name, view) for name in _SHIFTS]
    titles = [metric_word(metric).axis_title for metric in metrics]
    columns = [
        Column(f"{title}{part}", "percent") for title in titles for part in (": mean", ": low", ": high")
    ]
    lines: list[tuple[Value, ...]] = [
        (row.label, row.n, *(value for metric in metrics for value in _figures(row, metric))) for row in rows
    ]
    return Table("Each setting", (Column("setting", "text"), Column("n", "integer"), *columns), tuple(lines))


def _figures(row: SettingRow, metric: str) -> tuple[float | None, ...]:
    return (metric_of(row, metric)[0], *(interval_of(row.metrics.get(metric)) or (None, None)))
