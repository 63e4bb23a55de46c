"""The figure of each setting's accuracy, head and tail with their intervals: which is best, at a glance."""

from collections.abc import Mapping, Sequence
from typing import Any

from app.comparing.figures.rows import (
    Style,
    error_bars,
    interval_of,
    mark_of,
    metric_of,
    n_words,
    noted,
    row_styles,
)
from app.comparing.view import Compared, SettingRow
from app.figures.drawn import Column, Drawn, Table, Value
from app.figures.layout import (
    base_layout,
    explained,
    label_lines,
    percent_axis,
    plain,
    rows_axis,
    rows_margin,
)
from app.figures.metric_words import metric_word
from app.figures.theme import Theme
from app.formats import cut, percent

_ROW, _MARGINS, _LEAST = 38, 74, 4
"""Pixels of a row, of the margins, and how many rows the figure has room for at least."""
_VALUES = 44
"""Pixels right of the rows, for their headline in figures."""
_LABEL = 24
"""Characters of a line of a label."""
_SHIFTS = {"": 0.0, "head": -0.27, "tail": 0.27}
"""How far above the line of a row its marks stand, in rows: the head below, beside no figure."""
_SIGNS = {"": "●", "head": "▲", "tail": "▼"}
_SYMBOLS = {"": "circle", "head": "triangle-up", "tail": "triangle-down"}


def compare_settings(view: Compared, theme: Theme) -> Drawn:
    """A row a setting: dots with bars for the headline, head and tail; an upright at the baseline."""
    rows = [row for row in view.rows if metric_of(row, view.headline)[0] is not None]
    looks = row_styles(view.rows, view.baseline, theme)
    height = _MARGINS + _ROW * max(_LEAST, len(rows))
    labels = [label_lines(row.label, _LABEL) for row in rows]
    layout = base_layout(theme, height) | {
        "xaxis": percent_axis(theme, "%, on test images"),
        "yaxis": rows_axis(theme, labels),
        "annotations": [*_names(rows[0], view, theme), *_values(rows, view, looks)] if rows else [],
        "shapes": _level(rows, view, theme),
    }
    layout["margin"] |= rows_margin(labels) | {"r": _VALUES}
    places = [(row, at, name) for at, row in enumerate(rows) for name in _SHIFTS]
    traces = [_mark(*place, view, looks[place[0].label]) for place in places]
    label, figure = _label(rows, view), {"data": traces, "layout": layout}
    title = f"{metric_word(view.headline).title}, head and tail"
    return Drawn(explained(figure, theme, label), label, _table(rows, view), _note(rows, view), title)


def _mark(row: SettingRow, at: int, name: str, view: Compared, look: Style) -> dict[str, Any]:
    """One mark with its bar."""
    metric = name or view.headline
    mean, ends = metric_of(row, metric)[0], interval_of(row.metrics.get(metric))
    spread = f" (95 % interval {percent(ends[0])} to {percent(ends[1])})" if ends else ""
    text = f"{metric_word(metric).title} {percent(mean)}{spread} %, n = {row.n}"
    more = {
        "name": plain(row.label, _LABEL),
        "showlegend": False,
        "error_x": error_bars([mean], [ends], look.colour) | {"thickness": 1 if name else 2},
    }
    marker = {"color": look.colour, "size": 7 if name else 10, "symbol": _SYMBOLS[name]}
    return mark_of(row, None if mean is None else 100 * mean, at - _SHIFTS[name], text, marker, **more)


def _names(row: SettingRow, view: Compared, theme: Theme) -> list[dict[str, Any]]:
    """What the marks are, above the rows."""
    metrics = {name: name or view.headline for name in _SHIFTS}
    known = {name: one for name, one in metrics.items() if metric_of(row, one)[0] is not None}
    text = plain(
        "   ".join(f"{_SIGNS[name]} {metric_word(one).title.lower()}" for name, one in known.items())
    )
    corner = {"x": 0, "xref": "paper", "xanchor": "left", "y": 1, "yref": "paper", "yanchor": "bottom"}
    font = {"size": 12, "color": theme.muted}
    return [{"text": text, "showarrow": False, "font": font} | corner]


def _values(rows: Sequence[SettingRow], view: Compared, looks: Mapping[str, Style]) -> list[dict[str, Any]]:
    """The headline in figures at the end of each row, where no bar crosses them."""
    end = {"x": 1, "xref": "paper", "xanchor": "left", "xshift": 6, "yref": "y", "showarrow": False}
    return [
        end
        | {
            "text": percent(metric_of(row, view.headline)[0]),
            "y": at,
            "font": {"size": 11, "color": looks[row.label].ink},
        }
        for at, row in enumerate(rows)
    ]


def _level(rows: Sequence[SettingRow], view: Compared, theme: Theme) -> list[dict[str, Any]]:
    """An upright at the headline of the baseline."""
    means = [metric_of(row, view.headline)[0] for row in rows if row.label == view.baseline]
    line = {"color": theme.muted, "width": 1, "dash": "dot"}
    upright = {"type": "line", "y0": 0, "y1": 1, "yref": "paper", "layer": "below", "line": line}
    return [upright | {"x0": 100 * mean, "x1": 100 * mean} for mean in means if mean is not None]


def _note(rows: Sequence[SettingRow], view: Compared) -> str:
    has_ends = any(interval_of(row.metrics.get(view.headline)) for row in rows)
    what = (
        ", ".join(filter(None, ["mean and 95 % interval", n_words(row.n for row in rows)]))
        if has_ends
        else "one seed each: no interval"
    )
    level = f"dotted: {cut(view.baseline, 30)}" if view.baseline else ""
    return noted(what, level)


def _label(rows: Sequence[SettingRow], view: Compared) -> str:
    word = metric_word(view.headline)
    if not rows:
        return f"{word.title}, head and tail of each setting; no run is completed yet."
    means = [f"{row.label} {percent(metric_of(row, view.headline)[0])} %" for row in rows[:8]]
    more = f" and {len(rows) - 8} more" if len(rows) > 8 else ""
    return f"{word.title} of each setting: {'; '.join(means)}{more}."


def _table(rows: Sequence[SettingRow], view: Compared) -> Table:
    metrics = [name or view.headline for name in _SHIFTS]
    titles = [f"{metric_word(one).axis_title}: {part}" for one in metrics for part in ("mean", "low", "high")]
    columns = [Column("setting", "text"), Column("n", "integer"), *(Column(one, "percent") for one in titles)]
    lines: list[tuple[Value, ...]] = [
        (row.label, row.n, *(value for metric in metrics for value in _figures(row, metric))) for row in rows
    ]
    return Table("Each setting", tuple(columns), tuple(lines))


def _figures(row: SettingRow, metric: str) -> tuple[float | None, ...]:
    return (metric_of(row, metric)[0], *(interval_of(row.metrics.get(metric)) or (None, None)))
