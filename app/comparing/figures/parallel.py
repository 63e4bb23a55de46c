"""Parallel coordinates: an upright a field, the last one the metric; a line a setting, better ones bolder."""

from typing import Any

from app.comparing.effects.view import Cell, Effects
from app.comparing.figures.levels import NOT_USED
from app.figures.colours import oklch
from app.figures.drawn import Column, Drawn, Table, Value
from app.figures.layout import annotation, base_layout, explained, plain, upright
from app.figures.metric_words import MetricWord, metric_word
from app.figures.theme import Theme
from app.formats import cut

HEIGHT = 380
_LEAST_FIELDS = 3
_MOST_LABELS = 12
_TICKS = 5


def compare_parallel(view: Effects, theme: Theme) -> Drawn:
    """Of three fields and more; levels stand evenly along their upright, the metric by its value."""
    word = metric_word(view.metric)
    is_enough = len(view.fields) >= _LEAST_FIELDS and len(view.cells) > 1
    scales = _scales(view)
    low, high = _ends(view)
    cells = sorted(view.cells, key=lambda cell: (cell.mean or 0.0) * (-1 if word.less_is_better else 1))
    traces = [_line(cell, scales, (low, high), word, theme) for cell in cells] if is_enough else []
    last = len(view.fields)
    hidden = {"visible": False, "fixedrange": True}
    layout = base_layout(theme, HEIGHT) | {
        "xaxis": hidden | {"range": [-0.3, last + 0.35]},
        "yaxis": hidden | {"range": [-0.06, 1.16]},
        "shapes": [_upright(at, theme) for at in range(last + 1)],
        "annotations": [
            *_names(view, word, theme),
            *_levels(scales, theme),
            *_ticks(last, (low, high), word, theme),
        ],
    }
    layout["margin"] |= {"l": 12, "r": 12, "t": 8, "b": 8}
    label, figure = _label(view, cells, word, is_enough), {"data": traces, "layout": layout}
    return Drawn(
        explained(figure, theme, label), label, _table(view, word), "a line a setting; bolder is better"
    )


def _scales(view: Effects) -> list[dict[str, float]]:
    """By field, where each level stands, 0..1 from below."""
    found = []
    for at, field in enumerate(view.fields):
        has_none = any(cell.values[at] is None for cell in view.cells)
        levels = [*([NOT_USED] if has_none else []), *(one.text for one in field.levels)]
        found.append({text: place / max(1, len(levels) - 1) for place, text in enumerate(levels)})
    return found


def _ends(view: Effects) -> tuple[float, float]:
    means = [cell.mean for cell in view.cells if cell.mean is not None] or [0.0]
    return min(means), max(means)


def _share(value: float | None, ends: tuple[float, float]) -> float:
    return 0.5 if value is None or ends[1] <= ends[0] else (value - ends[0]) / (ends[1] - ends[0])


def _line(
    cell: Cell, scales: list[dict[str, float]], ends: tuple[float, float], word: MetricWord, theme: Theme
) -> dict[str, Any]:
    share = _share(cell.mean, ends)
    good = 1 - share if word.less_is_better else share
    lightness = 0.86 - 0.46 * good if theme.name == "light" else 0.36 + 0.48 * good
    values = [scale[value or NOT_USED] for scale, value in zip(scales, cell.values, strict=True)]
    sd = "" if cell.sd is None else f" ± {word.said(cell.sd)}"
    told = f"{plain(cell.label)}<br>{word.said(cell.mean)}{sd}{word.sign}, n = {len(cell.figures)}"
    return {
        "type": "scatter",
        "mode": "lines+markers",
        "name": plain(cell.label, 30),
        "legendgroup": cell.setting_hash,
        "showlegend": False,
        "x": list(range(len(scales) + 1)),
        "y": [*values, share],
        "line": {"color": oklch(lightness, 0.02 + 0.11 * good, 250.0), "width": 1.2 + 1.8 * good},
        "marker": {"size": 4},
        "customdata": [told] * (len(scales) + 1),
        "hovertemplate": "%{customdata}<extra></extra>",
    }


def _upright(at: int, theme: Theme) -> dict[str, Any]:
    return upright(at, {"color": theme.silhouette, "width": 1}, "y") | {"layer": "below"}


def _names(view: Effects, word: MetricWord, theme: Theme) -> list[dict[str, Any]]:
    titles = [*(one.label for one in view.fields), word.axis_title]
    return [
        annotation(f"<b>{plain(cut(title, 18))}</b>", at, 1.11, theme.ink, 12)
        for at, title in enumerate(titles)
    ]


def _levels(scales: list[dict[str, float]], theme: Theme) -> list[dict[str, Any]]:
    """Of each field its levels right of the upright; of many, every other one and so on."""
    notes = []
    for at, scale in enumerate(scales):
        step = -(-len(scale) // _MOST_LABELS)
        for text, place in list(scale.items())[::step]:
            notes.append(_beside(plain(cut(text, 16)), at, place, theme))
    return notes


def _ticks(at: int, ends: tuple[float, float], word: MetricWord, theme: Theme) -> list[dict[str, Any]]:
    low, high = ends
    places = [step / (_TICKS - 1) for step in range(_TICKS)] if high > low else [0.5]
    return [_beside(word.said(low + place * (high - low)), at, place, theme) for place in places]


def _beside(text: str, at: int, place: float, theme: Theme) -> dict[str, Any]:
    side = {"xanchor": "left", "xshift": 5, "bgcolor": theme.surface, "opacity": 0.9, "borderpad": 1}
    return annotation(text, at, place, theme.ink, 11) | side


def _label(view: Effects, cells: list[Cell], word: MetricWord, is_enough: bool) -> str:
    if not is_enough:
        return "Parallel coordinates; fewer than three fields differ among these settings."
    best, worst = cells[-1], cells[0]
    fields = ", ".join(one.word for one in view.fields)
    ends = f"from {word.said(worst.mean)} ({worst.label}) to {word.said(best.mean)}{word.sign} ({best.label})"
    return f"{word.title} of {len(cells)} settings over {fields}: {ends}."


def _table(view: Effects, word: MetricWord) -> Table:
    texts = (Column("setting", "text"), *(Column(one.label, "text") for one in view.fields))
    figures = (
        Column("n", "integer"),
        *(Column(f"{word.axis_title}: {one}", word.unit) for one in ("mean", "SD")),
    )
    rows: list[tuple[Value, ...]] = [
        (cell.label, *(value or NOT_USED for value in cell.values), len(cell.figures), cell.mean, cell.sd)
        for cell in view.cells
    ]
    return Table("Settings by field", (*texts, *figures), tuple(rows))
