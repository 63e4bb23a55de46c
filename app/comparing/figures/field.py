"""The figure of a metric against a field: runs, means with intervals, a line a level of a second field."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from app.comparing.effects.view import Cell, CrossCell, Crossing, Effects, FieldEffect, Level
from app.comparing.figures.levels import NOT_USED, LevelAxis, Look, field_of, level_axis, looks, places_of
from app.figures.drawn import Column, Drawn, Table, Value
from app.figures.layout import axis, base_layout, explained, plain, with_legend
from app.figures.metric_words import MetricWord, metric_word
from app.figures.theme import Theme
from app.formats import gather

HEIGHT = 270
_LONGEST = 30
"""Characters of an entry of the legend."""
_WOBBLE = 0.05
"""How far the runs of a setting stand apart, in shares of the distance of two levels."""
_APART = 0.14, 0.04
"""How far lines of a second field stand apart, beside words and along numbers."""


@dataclass(frozen=True)
class Point:
    """A mean at a level: of how many settings and runs, and the ends of its interval."""

    level: str
    settings: int
    runs: int
    mean: float | None
    low: float | None
    high: float | None


@dataclass(frozen=True)
class Series:
    """A level of the second field ("" without one): its means, and the settings behind them by level."""

    level: str
    name: str
    """The same with its field's word, where there is room."""
    points: tuple[Point, ...]
    cells: Mapping[str, Sequence[Cell]]
    look: Look
    shift: float


def compare_field(view: Effects, key: str, is_crossed: bool, theme: Theme) -> Drawn:
    """Small dots are runs. Means are marginal ones, or those of settings at two fields' levels where crossed.

    key: path of the field; "" takes that of the crossing, else the first.
    """
    word, crossing = metric_word(view.metric), view.crossing if is_crossed else None
    field = field_of(view, crossing.field if crossing else key or (view.fields[0].key if view.fields else ""))
    second = field_of(view, crossing.by) if crossing else None
    layout = base_layout(theme, HEIGHT) | {
        "yaxis": axis(theme, word.axis_title, range=_reach(view, crossing, word))
    }
    series: list[Series] = []
    if field is not None:
        across = level_axis(field, [cell.values[view.fields.index(field)] for cell in view.cells], theme)
        layout["xaxis"] = across.axis
        series = [*_series(view, field, second, across, theme)]
    traces = [trace for one in series for trace in (_runs(one, across, word), _means(one, across, word))]
    if second is not None:
        layout = with_legend(layout, len(series))
    label, figure = _label(field, second, series, word), {"data": traces, "layout": layout}
    table = _table(field, second, series, word)
    return Drawn(explained(figure, theme, label), label, table, _note(view, field, second))


def _reach(view: Effects, crossing: Crossing | None, word: MetricWord) -> list[float]:
    """The vertical axis, which all fields share: all runs and intervals, with some room."""
    ends = [(level.low, level.high) for field in view.fields for level in field.levels]
    ends += [(cell.low, cell.high) for cell in (crossing.cells if crossing else ())]
    shown = [value for pair in ends for value in pair if value is not None]
    shown += [value for cell in view.cells for value in cell.figures]
    values = [word.drawn(value) or 0.0 for value in shown] or [0.0, 1.0]
    low, high = min(values), max(values)
    pad = 0.08 * (high - low) or 0.5
    return [low - pad, high + pad]


def _series(
    view: Effects, field: FieldEffect, second: FieldEffect | None, across: LevelAxis, theme: Theme
) -> Iterator[Series]:
    mine = places_of(view, field)
    if second is None or view.crossing is None:
        by_level = gather(zip(mine, view.cells, strict=True))
        points, look = tuple(map(_marginal, field.levels)), Look(theme.ink, "solid", "circle")
        yield Series("", "", points, by_level, look, 0.0)
        return
    theirs, styles = places_of(view, second), looks(second, theme)
    names = [name for name in styles if name in theirs]
    for at, name in enumerate(names):
        cells = gather((a, cell) for a, b, cell in zip(mine, theirs, view.cells, strict=True) if b == name)
        points = tuple(_crossed(one) for one in view.crossing.cells if (one.other or NOT_USED) == name)
        shift = (at - (len(names) - 1) / 2) * min(_APART[across.is_scale], 0.5 / len(names)) * across.step
        title = f"{second.word} {name}"
        yield Series(name, title if len(title) <= _LONGEST else name, points, cells, styles[name], shift)


def _marginal(level: Level) -> Point:
    return Point(level.text, level.settings, level.runs, level.mean, level.low, level.high)


def _crossed(cell: CrossCell) -> Point:
    return Point(cell.level or NOT_USED, cell.settings, cell.runs, cell.mean, cell.low, cell.high)


def _runs(series: Series, across: LevelAxis, word: MetricWord) -> dict[str, Any]:
    x, y, told = [], [], []
    for level, cells in series.cells.items():
        for cell in cells:
            for at, (run, seed, value) in enumerate(zip(cell.run_ids, cell.seeds, cell.figures, strict=True)):
                wobble = (at - (len(cell.figures) - 1) / 2) * _WOBBLE / max(1, len(cell.figures) - 1)
                x.append(across.places[level] + series.shift + wobble * across.step)
                y.append(word.drawn(value))
                said = f"run {run}, seed {seed}: {word.said(value)}{word.sign}"
                told.append(f"{plain(cell.label)}<br>{said}")
    return {
        "type": "scatter",
        "mode": "markers",
        "name": "runs",
        "showlegend": False,
        "legendgroup": series.name,
        "x": x,
        "y": y,
        "opacity": 0.45,
        "marker": {"color": series.look.colour, "size": 5, "symbol": series.look.symbol},
        "customdata": told,
        "hovertemplate": "%{customdata}<extra></extra>",
    }


def _means(series: Series, across: LevelAxis, word: MetricWord) -> dict[str, Any]:
    points = [one for one in series.points if one.mean is not None]
    drawn = [tuple(word.drawn(value) for value in (one.mean, one.low, one.high)) for one in points]
    bars = {
        "type": "data",
        "array": [high - mean if mean is not None and high is not None else 0.0 for mean, _, high in drawn],
        "arrayminus": [mean - low if mean is not None and low is not None else 0.0 for mean, low, _ in drawn],
    }
    look = series.look
    mode = "lines+markers" if across.is_scale or series.name else "markers"
    return {
        "type": "scatter",
        "mode": mode,
        "name": plain(series.name, _LONGEST) or "mean",
        "legendgroup": series.name,
        "showlegend": bool(series.name),
        "x": [across.places[one.level] + series.shift for one in points],
        "y": [mean for mean, _, _ in drawn],
        "line": {"color": look.colour, "width": 1.6, "dash": look.dash},
        "marker": {"color": look.colour, "size": 9, "symbol": look.symbol},
        "error_y": bars | {"color": look.colour, "thickness": 1.5, "width": 3},
        "customdata": [_told(series.name, one, word) for one in points],
        "hovertemplate": "%{customdata}<extra></extra>",
    }


def _told(name: str, one: Point, word: MetricWord) -> str:
    at = plain(f"{one.level}, {name}" if name else one.level)
    ends = "" if one.low is None else f" (95 % interval {word.said(one.low)} to {word.said(one.high)})"
    return f"{at}<br>{word.said(one.mean)}{ends}{word.sign}, {one.settings} settings, {one.runs} runs"


def _note(view: Effects, field: FieldEffect | None, second: FieldEffect | None) -> str:
    if field is None:
        return "no field differs"
    if second is not None:
        alike = view.crossing is not None and view.crossing.alike
        return "mean and 95 % interval" + ("" if alike else "; means are over unequal other fields")
    if all(one.mean is None for one in field.levels):
        return "runs alone: its values have no combination of the others in common"
    if not field.balanced:
        return f"mean over {field.combinations} of {field.of} combinations of the other fields"
    return "marginal mean, 95 % interval" if view.tests else "marginal mean; one seed each: no interval"


def _label(
    field: FieldEffect | None, second: FieldEffect | None, series: Sequence[Series], word: MetricWord
) -> str:
    if field is None:
        return f"{word.title} against a field; no field differs among these settings."
    by = f" and {second.word}" if second else ""
    means = [
        f"{one.level}{', ' + each.name if each.name else ''} {word.said(one.mean)}{word.sign}"
        for each in series
        for one in each.points
        if one.mean is not None
    ]
    more = f" and {len(means) - 8} more" if len(means) > 8 else ""
    return f"{word.title} against {field.word}{by}: {'; '.join(means[:8]) or 'no means'}{more}."


def _table(
    field: FieldEffect | None, second: FieldEffect | None, series: Sequence[Series], word: MetricWord
) -> Table:
    heads = [one.label for one in (field, second) if one is not None]
    sizes = (Column("settings", "integer"), Column("runs", "integer"))
    figures = (Column(f"{word.axis_title}: {one}", word.unit) for one in ("mean", "low", "high"))
    lines: list[tuple[Value, ...]] = [
        (one.level, *([each.level] if second else []), one.settings, one.runs, one.mean, one.low, one.high)
        for each in series
        for one in each.points
    ]
    caption = f"{word.title} by {' and '.join(heads).lower() or 'field'}"
    return Table(caption, (*(Column(one, "text") for one in heads), *sizes, *figures), tuple(lines))
