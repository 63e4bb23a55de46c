"""The heat map of two fields: the mean of the settings at either's levels, with how many runs it is of."""

from typing import Any

from app.comparing.effects.view import CrossCell, Effects, FieldEffect
from app.comparing.figures.levels import NOT_USED, field_of
from app.figures.drawn import Column, Drawn, Table
from app.figures.layout import CHARACTER, axis, base_layout, explained, plain, title_of
from app.figures.metric_words import MetricWord, metric_word
from app.figures.theme import Theme
from app.formats import DASH, cut

_ROW, _MARGINS, _LEAST = 44, 84, 2
_LABEL = 24
_MOST_TEXTS = 12
"""Columns whose cells hold texts."""
Grid = list[list[CrossCell | None]]


def compare_fields(view: Effects, theme: Theme) -> Drawn:
    """The crossing of the view; a dash where nothing was tried. Colours go from the least to the largest."""
    word, crossing = metric_word(view.metric), view.crossing
    a, b = (field_of(view, key) for key in (crossing.field, crossing.by)) if crossing else (None, None)
    xs, ys = (_levels(view, one) for one in (a, b))
    cells = (
        {(one.level or NOT_USED, one.other or NOT_USED): one for one in crossing.cells} if crossing else {}
    )
    grid: Grid = [[cells.get((x, y)) for x in xs] for y in ys]
    layout = _layout(a, b, xs, ys, theme)
    traces = [_heat(grid, xs, ys, word, theme)] if cells else []
    label, figure = _label(a, b, cells, word), {"data": traces, "layout": layout}
    return Drawn(explained(figure, theme, label), label, _table(a, b, grid, xs, ys, word), _note(view))


def _levels(view: Effects, field: FieldEffect | None) -> list[str]:
    if field is None:
        return []
    has_none = any(cell.values[view.fields.index(field)] is None for cell in view.cells)
    return [*([NOT_USED] if has_none else []), *(one.text for one in field.levels)]


def _layout(
    a: FieldEffect | None, b: FieldEffect | None, xs: list[str], ys: list[str], theme: Theme
) -> dict[str, Any]:
    names = [plain(one, _LABEL) for one in ys]
    height = _MARGINS + _ROW * max(_LEAST, len(ys))
    across = {"tickvals": list(range(len(xs))), "ticktext": [plain(one, 14) for one in xs], "tickangle": 0}
    up = {"tickvals": list(range(len(ys))), "ticktext": names, "range": [len(ys) - 0.5, -0.5]}
    layout = base_layout(theme, height) | {
        "xaxis": axis(theme, a.word if a else "", showgrid=False, range=[-0.5, len(xs) - 0.5], **across),
        "yaxis": axis(theme, "", showgrid=False, **up) | {"title": title_of(theme, b.word if b else "")},
    }
    layout["margin"] |= {"l": 40 + int(CHARACTER * max((len(one) for one in names), default=0))}
    return layout


def _heat(grid: Grid, xs: list[str], ys: list[str], word: MetricWord, theme: Theme) -> dict[str, Any]:
    known = [[word.drawn(one.mean) if one else None for one in row] for row in grid]
    values = [value for row in known for value in row if value is not None]
    texts = [[_text(one, word) for one in row] for row in grid]
    hover = [
        [_hover(one, x, y, word) for one, x in zip(row, xs, strict=True)]
        for row, y in zip(grid, ys, strict=True)
    ]
    shown = len(xs) <= _MOST_TEXTS
    low, high = min(values, default=0.0), max(values, default=1.0)
    return {
        "type": "heatmap",
        "x": list(range(len(xs))),
        "y": list(range(len(ys))),
        "z": known,
        "zmin": low - 0.15 * (high - low) if high > low else low - 1,
        "zmax": high if high > low else high + 1,
        "colorscale": theme.heat,
        "showscale": False,
        "xgap": 1,
        "ygap": 1,
        "hoverongaps": False,
        "text": texts if shown else None,
        "texttemplate": "%{text}" if shown else None,
        "textfont": {"size": 12, "color": theme.ink},
        "customdata": hover,
        "hovertemplate": "%{customdata}<extra></extra>",
    }


def _text(one: CrossCell | None, word: MetricWord) -> str:
    """The mean, and how many runs it is of."""
    return f"{word.said(one.mean)}<br>n {one.runs}" if one is not None else DASH


def _hover(one: CrossCell | None, x: str, y: str, word: MetricWord) -> str:
    where = plain(f"{x}, {y}")
    if one is None:
        return f"{where}<br>not tried"
    ends = "" if one.low is None else f" (95 % interval {word.said(one.low)} to {word.said(one.high)})"
    return f"{where}<br>{word.said(one.mean)}{word.sign}{ends}, {one.settings} settings, {one.runs} runs"


def _note(view: Effects) -> str:
    if view.crossing is None:
        return "needs two fields that differ"
    unlike = "" if view.crossing.alike else "; cells differ in other fields, too"
    return f"mean and runs; fuller colour is more{unlike}"


def _label(
    a: FieldEffect | None, b: FieldEffect | None, cells: dict[tuple[str, str], CrossCell], word: MetricWord
) -> str:
    known = {pair: one.mean for pair, one in cells.items() if one.mean is not None}
    if a is None or b is None or not known:
        return f"{word.title} by two fields; fewer than two differ among these settings."
    least, most = min(known, key=lambda pair: known[pair]), max(known, key=lambda pair: known[pair])
    ends = [f"{word.said(known[pair])}{word.sign} at {' and '.join(pair)}" for pair in (least, most)]
    return f"{word.title} by {a.word} and {b.word}: from {ends[0]} to {ends[1]}."


def _table(
    a: FieldEffect | None, b: FieldEffect | None, grid: Grid, xs: list[str], ys: list[str], word: MetricWord
) -> Table:
    columns = [Column(f"{b.label if b else ''} \\ {a.label if a else ''}", "text")]
    columns += [
        column for x in xs for column in (Column(cut(x), word.unit), Column(f"{cut(x)}: runs", "integer"))
    ]
    rows = [
        (y, *(value for one in row for value in ((one.mean, one.runs) if one else (None, 0))))
        for y, row in zip(ys, grid, strict=True)
    ]
    return Table(f"{word.title} by two fields", tuple(columns), tuple(rows))
