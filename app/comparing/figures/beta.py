"""The figure of a metric against beta: where the optimum lies, and whether its neighbours can be told apart.

Beta stands at x = -log10(1 - beta), that is log10 of N = 1 / (1 - beta); beta 0 is the loss without weights.
"""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from app.comparing.figures.rows import (
    Style,
    band_between,
    interval_of,
    labelled,
    mark_of,
    metric_axis,
    metric_of,
    n_words,
    noted,
    number_format,
    row_styles,
)
from app.comparing.view import Compared, SettingRow
from app.figures.drawn import Column, Drawn, Table, Value
from app.figures.layout import CHARACTER, axis, base_layout, loss_range
from app.figures.lines import Line
from app.figures.metric_words import metric_word
from app.figures.theme import Theme
from app.formats import count, cut, gather, setting
from app.views.setting_labels import loss_label, setting_fields
from trainer.config_meaning import WEIGHTS

HEIGHT = 290
_MARGINS = 76
_WIDTH = 430
"""Pixels between the margins of a figure two abreast, within which ticks must not touch."""
_PAD = 0.3


Reach = tuple[float, float]
"""Where the horizontal axis begins and ends."""


@dataclass(frozen=True)
class Series:
    """Settings that differ in beta alone, by beta; the loss without weights is their beta 0."""

    name: str
    points: tuple[tuple[float, SettingRow], ...]

    @property
    def x(self) -> list[float]:
        """Where its points stand."""
        return [_x(beta) for beta, _ in self.points]

    @property
    def last(self) -> SettingRow:
        """The setting whose look it has."""
        return self.points[-1][1]


def compare_beta(view: Compared, metric: str, theme: Theme) -> Drawn:
    """The metric against beta, mean and 95 % interval; level lines where there is no beta."""
    word, found = metric_word(metric), beta_series(view.rows)
    points = [point for series in found for point in series.points]
    placed, betas = {row.label for _, row in points}, sorted({beta for beta, _ in points})
    known = [row for row in view.rows if metric_of(row, metric)[0] is not None]
    level = [row for row in known if row.label == view.baseline or row.label not in placed]
    reach = (_x(betas[0]) - _PAD, _x(betas[-1]) + _PAD) if betas else (0.0, 4.0)
    looks = row_styles(view.rows, view.baseline, theme)
    under = _bands([row for row in level if row.label == view.baseline], found, metric, reach, looks)
    lines = [_level(row, metric, reach, looks[row.label]) for row in level]
    lines += [_curve(series, metric, looks[series.last.label]) for series in found]
    y_range = _y_range(view, metric)
    axes = {"xaxis": _x_axis(theme, betas, reach), "yaxis": metric_axis(theme, word, y_range)}
    layout = base_layout(theme, HEIGHT) | axes
    figure = labelled(lines, layout, y_range, HEIGHT - _MARGINS, under)
    figure["data"] += [_point(row, beta, metric, looks[row.label]) for beta, row in points]
    layout["margin"]["b"] += 16
    return Drawn(
        figure,
        _label(found, metric),
        _table(view, found, metric),
        _note(view, found),
        f"{word.title} against beta",
    )


def beta_series(rows: Sequence[SettingRow]) -> tuple[Series, ...]:
    """Rows by everything but beta; the loss without weights joins each family whose beta 0 it is."""
    trained = [row for row in rows if row.config and row.adjusted is None]
    weighted = [row for row in trained if row.config["loss"]["beta"] is not None]
    unweighted = [row for row in trained if row.config["loss"]["weighting"] == "none"]
    zeros = {_rest(row, True): row for row in unweighted}
    families = gather((_rest(row, False), (row.config["loss"]["beta"], row)) for row in weighted)
    found = []
    for members in families.values():
        zero = zeros.get(_rest(members[0][1], True))
        if zero and all(beta > 0 for beta, _ in members):
            members = [(0.0, zero), *members]
        row = members[-1][1]
        loss = loss_label(row.config)
        name = row.label.replace(loss, loss.rpartition(" ")[0] or loss, 1)  # without its beta
        found.append(Series(name, tuple(sorted(members, key=lambda one: one[0]))))
    return tuple(found)


def _rest(row: SettingRow, ignores_reduction: bool) -> str:
    but = WEIGHTS if ignores_reduction else {*WEIGHTS} - {"loss.reduction"}
    return repr(sorted(setting_fields(row.config, but).items()))


def _x(beta: float) -> float:
    return -math.log10(1 - beta) if beta < 1 else 17.0


def _bands(
    rows: Sequence[SettingRow], found: Sequence[Series], metric: str, reach: Reach, looks: Mapping[str, Style]
) -> list[dict[str, Any]]:
    """The intervals of level lines and of series, where they are known."""
    level = [(reach, [row, row], row, row.setting_hash) for row in rows]
    curves = [(one.x, [row for _, row in one.points], one.last, one.name) for one in found]
    bands = (
        band_between(x, [_ends(row, metric) for row in members], looks[look.label], group, "interval")
        for x, members, look, group in (*level, *curves)
    )
    return [area for area in bands if area]


def _value(row: SettingRow, metric: str) -> float | None:
    """The mean in the unit of the axis."""
    return metric_word(metric).drawn(metric_of(row, metric)[0])


def _ends(row: SettingRow, metric: str) -> tuple[float, float] | None:
    """Ends of the mean's interval in the unit of the axis."""
    word, ends = metric_word(metric), interval_of(row.metrics.get(metric))
    return None if ends is None else (word.drawn(ends[0]) or 0.0, word.drawn(ends[1]) or 0.0)


def _level(row: SettingRow, metric: str, reach: Reach, look: Style) -> Line:
    more = {"dash": look.dash if look.dash != "solid" else "dot", "width": 1.6, "group": row.setting_hash}
    return _line(row.label, reach, [_value(row, metric)] * 2, metric, look, detail=["no beta"] * 2, **more)


def _curve(series: Series, metric: str, look: Style) -> Line:
    values = [_value(row, metric) for _, row in series.points]
    detail = [_where(beta) for beta, _ in series.points]
    return _line(series.name, series.x, values, metric, look, detail=detail, group=series.name)


def _line(
    name: str, x: Sequence[float], y: Sequence[float | None], metric: str, look: Style, **more: Any
) -> Line:
    words = number_format(metric_word(metric))
    return Line(name, list(x), y, look.colour, look.ink, points=False, **words, **more)


def _point(row: SettingRow, beta: float, metric: str, look: Style) -> dict[str, Any]:
    word, mean, ends = metric_word(metric), metric_of(row, metric)[0], _ends(row, metric)
    middle = word.drawn(mean) or 0.0
    up, down = (ends[1] - middle, middle - ends[0]) if ends else (0.0, 0.0)
    unit = 100 if word.unit == "percent" else 1
    spread = f" (95 % interval {word.said(ends[0] / unit)} to {word.said(ends[1] / unit)})" if ends else ""
    text = f"{_where(beta)}<br>{word.said(mean)}{spread}{word.sign}, n = {row.n}"
    bars = {"type": "data", "array": [up], "arrayminus": [down], "visible": ends is not None}
    bars |= {"color": look.colour, "thickness": 1.5, "width": 3}
    marker = {"color": look.colour, "size": 9}
    return mark_of(row, _x(beta), word.drawn(mean), text, marker, error_y=bars, showlegend=False)


def _where(beta: float) -> str:
    volume = f", N = {count(1 / (1 - beta))}" if 0 < beta < 1 else ""
    return f"beta {setting(beta)}{volume}" if beta else "beta 0: no weights"


def _x_axis(theme: Theme, betas: Sequence[float], reach: Reach) -> dict[str, Any]:
    shown: list[float] = []
    for beta in betas:
        room = CHARACTER * (_widest(beta) + _widest(shown[-1])) / 2 + 6 if shown else 0
        if not shown or (_x(beta) - _x(shown[-1])) / (reach[1] - reach[0]) * _WIDTH >= room:
            shown.append(beta)
    texts = ["<br>".join(_tick_lines(beta)) for beta in shown]
    ticks = {"tickvals": [_x(beta) for beta in shown], "ticktext": texts, "tickangle": 0}
    return axis(theme, "beta, at −log10(1 − beta)", range=list(reach), **ticks, showgrid=False)


def _tick_lines(beta: float) -> tuple[str, str]:
    """Beta, and its volume N under it."""
    return (setting(beta), f"N {count(1 / (1 - beta))}") if beta else ("0", "no weights")


def _widest(beta: float) -> int:
    return max(map(len, _tick_lines(beta)))


def _y_range(view: Compared, metric: str) -> list[float]:
    if metric_word(metric).unit == "percent":
        return [-1.5, 101.5]
    return loss_range([metric_of(row, metric)[0] for row in view.rows])


def _note(view: Compared, found: Sequence[Series]) -> str:
    if not found:
        return "no setting has a beta"
    level = f"dashed: {cut(view.baseline, 40)}" if view.baseline else ""
    return noted(
        ", ".join(filter(None, ["mean and 95 % interval", n_words(row.n for row in view.rows)])), level
    )


def _label(found: Sequence[Series], metric: str) -> str:
    word, best = metric_word(metric), []
    for series in found:
        means = [(metric_of(row, metric)[0], beta) for beta, row in series.points]
        known = [(mean, beta) for mean, beta in means if mean is not None]
        if known:
            value, beta = (min if word.less_is_better else max)(known)
            best.append(f"{series.name} best at {_where(beta)} with {word.said(value)}{word.sign}")
    if not best:
        return f"{word.title} against beta; no setting with a beta has a finished epoch."
    return f"{word.title} against beta: {'; '.join(best)}."


def _table(view: Compared, found: Sequence[Series], metric: str) -> Table:
    word = metric_word(metric)
    texts = (Column("setting", "text"), Column("beta", "text"), Column("n", "integer"))
    titles = (f"{word.axis_title}: mean", "SD", "low", "high")
    lines: list[tuple[Value, ...]] = []
    for beta, row in (point for series in found for point in series.points):
        lines.append((row.label, setting(beta), row.n, *_figures(row, metric)))
    inside = {line[0] for line in lines}
    rest = [row for row in view.rows if row.label not in inside]
    lines += [(row.label, None, row.n, *_figures(row, metric)) for row in rest]
    columns = (*texts, *(Column(title, word.unit) for title in titles))
    return Table(f"{word.title} against beta", columns, tuple(lines))


def _figures(row: SettingRow, metric: str) -> tuple[float | None, ...]:
    """Mean, SD and the ends of the interval."""
    return (*metric_of(row, metric), *(interval_of(row.metrics.get(metric)) or (None, None)))
