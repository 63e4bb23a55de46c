"""The figure of a metric against beta: where the optimum lies, and whether its neighbours can be told apart.

Beta stands at x = -log10(1 - beta), that is log10 of N = 1 / (1 - beta); beta 0 is the loss without weights.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from app.comparing.figures.rows import Look, band_between, interval_of, labelled, metric_of, row_looks
from app.comparing.view import Compared, SettingRow
from app.figures.drawn import Column, Drawn, Table, Value
from app.figures.layout import CHARACTER, axis, base_layout, loss_range, percent_axis, plain
from app.figures.lines import Line
from app.figures.metric_words import MetricWord, metric_word
from app.figures.theme import Theme
from app.formats import count, cut, setting
from app.views.setting_labels import loss_label
from trainer.config_fields import flatten
from trainer.config_meaning import NO_SETTING, WEIGHTS

HEIGHT = 290
_MARGINS = 76
_WIDTH = 430
"""Pixels between the margins of a figure two abreast, within which ticks must not touch."""
_PAD = 0.3


@dataclass(frozen=True)
class Series:
    """Settings that differ in beta alone, by beta; the loss without weights is their beta 0."""

    name: str
    points: tuple[tuple[float, SettingRow], ...]


def compare_beta(view: Compared, metric: str, theme: Theme) -> Drawn:
    """The metric against beta, mean and 95 % interval; level lines where there is no beta."""
    word, found = metric_word(metric), beta_series(view.rows)
    placed = {row.label for series in found for _, row in series.points}
    known = [row for row in view.rows if metric_of(row, metric)[0] is not None]
    level = [row for row in known if row.label == view.baseline or row.label not in placed]
    betas = sorted({beta for series in found for beta, _ in series.points})
    reach = (_x(betas[0]) - _PAD, _x(betas[-1]) + _PAD) if betas else (0.0, 4.0)
    looks = row_looks(view.rows, view.baseline, theme)
    under = [_area(row, metric, reach, looks[row.label], word) for row in level if row.label == view.baseline]
    under += [area for series in found if (area := _series_band(series, metric, looks, word))]
    lines = [_level(row, metric, reach, looks[row.label], word) for row in level]
    lines += [_line(series, metric, looks, word) for series in found]
    y_range = _y_range(view, metric, word)
    layout = base_layout(theme, HEIGHT) | {
        "xaxis": _x_axis(theme, betas, reach),
        "yaxis": _y_axis(theme, word, y_range),
    }
    figure = labelled(lines, layout, y_range, HEIGHT - _MARGINS, [area for area in under if area])
    figure["data"] += [
        _points(row, beta, metric, looks[row.label], word) for series in found for beta, row in series.points
    ]
    layout["margin"]["b"] += 16
    return Drawn(figure, _label(found, metric, word), _table(view, found, metric), _note(view, found))


def beta_series(rows: Sequence[SettingRow]) -> tuple[Series, ...]:
    """Rows by everything but beta; the loss without weights joins each family whose beta 0 it is."""
    weighted = [row for row in rows if row.config and row.config["loss"]["beta"] is not None]
    plain_rows = {
        _rest(row, True): row for row in rows if row.config and row.config["loss"]["weighting"] == "none"
    }
    families: dict[str, list[tuple[float, SettingRow]]] = {}
    for row in weighted:
        families.setdefault(_rest(row, False), []).append((row.config["loss"]["beta"], row))
    found = []
    for members in families.values():
        zero = plain_rows.get(_rest(members[0][1], True))
        if zero and all(beta > 0 for beta, _ in members):
            members = [(0.0, zero), *members]
        found.append(Series(_family_name(members), tuple(sorted(members, key=lambda one: one[0]))))
    return tuple(found)


def _rest(row: SettingRow, ignores_reduction: bool) -> str:
    apart = {*WEIGHTS, *NO_SETTING} - (set() if ignores_reduction else {"loss.reduction"})
    return repr(sorted((key, value) for key, value in flatten(row.config).items() if key not in apart))


def _family_name(members: Sequence[tuple[float, SettingRow]]) -> str:
    """The label of a member without its beta."""
    row = members[-1][1]
    loss = loss_label(row.config)
    family = loss.rpartition(" ")[0] or loss
    return row.label.replace(loss, family, 1)


def _x(beta: float) -> float:
    return -math.log10(1 - beta) if beta < 1 else 17.0


def _area(
    row: SettingRow, metric: str, reach: tuple[float, float], look: Look, word: MetricWord
) -> dict[str, Any] | None:
    ends = _ends(row, metric, word)
    return band_between(reach, [ends, ends], look, row.setting_hash, "interval")


def _series_band(
    series: Series, metric: str, looks: dict[str, Look], word: MetricWord
) -> dict[str, Any] | None:
    ends = [_ends(row, metric, word) for _, row in series.points]
    look = looks[series.points[-1][1].label]
    return band_between([_x(beta) for beta, _ in series.points], ends, look, series.name, "interval")


def _ends(row: SettingRow, metric: str, word: MetricWord) -> tuple[float, float] | None:
    """Ends of the mean's interval in the unit of the axis."""
    ends = interval_of(row.metrics.get(metric))
    return None if ends is None else (word.drawn(ends[0]) or 0.0, word.drawn(ends[1]) or 0.0)


def _level(row: SettingRow, metric: str, reach: tuple[float, float], look: Look, word: MetricWord) -> Line:
    value = word.drawn(metric_of(row, metric)[0])
    return Line(
        name=row.label,
        x=list(reach),
        y=[value, value],
        colour=look.colour,
        ink=look.ink,
        dash=look.dash if look.dash != "solid" else "dot",
        width=1.6,
        unit=word.sign,
        digits=_digits(word),
        points=False,
        detail=["no beta"] * 2,
        group=row.setting_hash,
    )


def _line(series: Series, metric: str, looks: dict[str, Look], word: MetricWord) -> Line:
    look = looks[series.points[-1][1].label]
    values = [word.drawn(metric_of(row, metric)[0]) for _, row in series.points]
    return Line(
        name=series.name,
        x=[_x(beta) for beta, _ in series.points],
        y=values,
        colour=look.colour,
        ink=look.ink,
        unit=word.sign,
        digits=_digits(word),
        points=False,
        detail=[_where(beta) for beta, _ in series.points],
        group=series.name,
    )


def _points(row: SettingRow, beta: float, metric: str, look: Look, word: MetricWord) -> dict[str, Any]:
    mean, ends = metric_of(row, metric)[0], _ends(row, metric, word)
    middle = word.drawn(mean) or 0.0
    up, down = (ends[1] - middle, middle - ends[0]) if ends else (0.0, 0.0)
    unit = 100 if word.unit == "percent" else 1
    spread = f" (95 % interval {word.said(ends[0] / unit)} to {word.said(ends[1] / unit)})" if ends else ""
    said = f"{plain(row.label)}<br>{_where(beta)}<br>{word.said(mean)}{spread}{word.sign}, n = {row.n}"
    return {
        "type": "scatter",
        "mode": "markers",
        "name": plain(row.label),
        "legendgroup": row.setting_hash,
        "showlegend": False,
        "x": [_x(beta)],
        "y": [word.drawn(mean)],
        "error_y": {
            "type": "data",
            "array": [up],
            "arrayminus": [down],
            "visible": ends is not None,
            "color": look.colour,
            "thickness": 1.5,
            "width": 3,
        },
        "marker": {"color": look.colour, "size": 9},
        "customdata": [said],
        "hovertemplate": "%{customdata}<extra></extra>",
    }


def _where(beta: float) -> str:
    volume = f", N = {count(1 / (1 - beta))}" if 0 < beta < 1 else ""
    return f"beta {setting(beta)}{volume}" if beta else "beta 0: no weights"


def _x_axis(theme: Theme, betas: Sequence[float], reach: tuple[float, float]) -> dict[str, Any]:
    shown: list[float] = []
    for beta in betas:
        room = CHARACTER * (_widest(beta) + _widest(shown[-1])) / 2 + 6 if shown else 0
        if not shown or (_x(beta) - _x(shown[-1])) / (reach[1] - reach[0]) * _WIDTH >= room:
            shown.append(beta)
    texts = ["<br>".join(_tick_lines(beta)) for beta in shown]
    return axis(
        theme,
        "beta, at −log10(1 − beta)",
        range=list(reach),
        tickvals=[_x(beta) for beta in shown],
        ticktext=texts,
        tickangle=0,
        showgrid=False,
    )


def _tick_lines(beta: float) -> tuple[str, str]:
    """Beta, and its volume N under it."""
    return (setting(beta), f"N {count(1 / (1 - beta))}") if beta else ("0", "no weights")


def _widest(beta: float) -> int:
    return max(map(len, _tick_lines(beta)))


def _y_range(view: Compared, metric: str, word: MetricWord) -> list[float]:
    if word.unit == "percent":
        return [-1.5, 101.5]
    return loss_range([metric_of(row, metric)[0] for row in view.rows])


def _y_axis(theme: Theme, word: MetricWord, y_range: Sequence[float]) -> dict[str, Any]:
    if word.unit == "percent":
        return percent_axis(theme, word.axis_title)
    return axis(theme, word.axis_title, range=list(y_range))


def _digits(word: MetricWord) -> str:
    return ".1f" if word.unit == "percent" else ".3"


def _note(view: Compared, found: Sequence[Series]) -> str:
    if not found:
        return "no setting has a beta"
    said = "mean and 95 % interval"
    return f"{said}; dashed: {cut(view.baseline, 40)}" if view.baseline else said


def _label(found: Sequence[Series], metric: str, word: MetricWord) -> str:
    said = []
    for series in found:
        known = [
            (value, beta) for beta, row in series.points if (value := metric_of(row, metric)[0]) is not None
        ]
        if known:
            value, beta = (min if word.less_is_better else max)(known)
            said.append(f"{series.name} best at {_where(beta)} with {word.said(value)}{word.sign}")
    if not said:
        return f"{word.title} against beta; no setting with a beta has a finished epoch."
    return f"{word.title} against beta: {'; '.join(said)}."


def _table(view: Compared, found: Sequence[Series], metric: str) -> Table:
    word = metric_word(metric)
    kind: Any = word.unit
    columns = (
        Column("setting", "text"),
        Column("beta", "text"),
        Column("n", "integer"),
        Column(f"{word.axis_title}: mean", kind),
        Column("SD", kind),
        Column("low", kind),
        Column("high", kind),
    )
    placed = [(beta, row) for series in found for beta, row in series.points]
    inside = {row.label for _, row in placed}
    lines: list[tuple[Value, ...]] = [
        (row.label, setting(beta), row.n, *_figures(row, metric)) for beta, row in placed
    ]
    lines += [
        (row.label, None, row.n, *_figures(row, metric)) for row in view.rows if row.label not in inside
    ]
    return Table(f"{word.title} against beta", columns, tuple(lines))


def _figures(row: SettingRow, metric: str) -> tuple[float | None, ...]:
    """Mean, SD and the ends of the interval."""
    return (*metric_of(row, metric), *(interval_of(row.metrics.get(metric)) or (None, None)))
