"""The figure of class weights on the ruler of N = 1/(1 - beta), from uniform to inverse frequency.

On the ruler the class counts are ticks: a class of n images is weighed as all others while n is far above N,
by 1/n while it is far below.
"""

import math
from collections.abc import Sequence
from itertools import pairwise
from typing import Any

from app.figures.colours import setting_style
from app.figures.drawn import Column, Drawn, Table
from app.figures.layout import CHARACTER, annotation, axis, base_layout, log_ticks, plain, scatter, upright
from app.figures.lines import MOST_DIRECT_LABELS, Line, end_labels, trace
from app.figures.theme import Theme
from app.formats import count, setting, significant
from app.lab.base.formula.evenly import evenly
from app.lab.class_balance.views import BetaRowView, ClassBalanceView
from trainer.config import as_json, parse_config

HEIGHT = 380
_TOP = 44
MOST_NAMED = 16
"""Lines that the ruler names, each of them, at their ends or on a phone in the legend; of more, some."""
_RULER, _CURVES = (0.0, 0.05), (0.09, 1.0)
_PIXELS = 270
_WIDTH = 280
"""Pixels between the margins on a phone, where labels of betas must not touch either."""
_LEVELS = 3
"""Rows of such labels, above each other."""


def weight_ruler(view: ClassBalanceView, theme: Theme) -> Drawn:
    """Each class's weight against N, both logarithmic; dots where N is the class's own count."""
    classes = class_names(view)
    order = sorted(range(len(view.curve.classes)), key=lambda at: -view.counts[view.curve.classes[at]])
    lines = [_curve(view, at, rank / max(1, len(order) - 1), classes, theme) for rank, at in enumerate(order)]
    values = [value for line in lines for value in line.y if value is not None]
    low, high = math.log10(min(values)) - 0.08, math.log10(max(values)) + 0.08
    labelled, labels, right = _labels(lines, (low, high))
    shapes, notes = _betas(view, theme)
    weights = axis(theme, "weight, log scale", type="log", range=[low, high], domain=list(_CURVES))
    ticks = {"tickvals": [0.5], "ticktext": ["images"], "showgrid": False, "fixedrange": True}
    layout = base_layout(theme, HEIGHT) | {
        "xaxis": _ruler_axis(view, theme),
        "yaxis": weights | log_ticks(values),
        "yaxis2": axis(theme, "", domain=list(_RULER), range=[0, 1], **ticks),
        "shapes": shapes,
        "annotations": [*labels, *notes],
    }
    layout["margin"] |= {"t": _TOP, "r": right, "b": 62}
    named = lines if len(lines) <= MOST_NAMED else labelled
    traces = [trace(line) | {"showlegend": line in named} for line in lines]
    data = [*traces, _own_counts(view, order, lines, theme), _ticks(view, classes, theme)]
    note = "dots: N is the class's own count"
    return Drawn({"data": data, "layout": layout}, _ruler_label(view), _ruler_table(view, classes), note)


def class_names(view: ClassBalanceView) -> tuple[str, ...]:
    """The classes' names, or "class 0" and so on where they are not known."""
    return view.names or tuple(f"class {index}" for index in range(len(view.counts)))


def beta_word(row: BetaRowView) -> str:
    """Such as "beta 0.999"; the ends of the ruler by their names."""
    return "inverse frequency" if row.beta == 1 else f"beta {setting(row.beta)}" if row.beta else "uniform"


def loss_of(row: BetaRowView) -> dict[str, Any]:
    """The loss of a run with these weights: no weights at beta 0, inverse frequency at beta 1."""
    if row.beta in (0, 1):
        return {"weighting": "inverse_frequency" if row.beta else "none"}
    return {"weighting": "class_balanced", "beta": row.beta}


def beta_look(row: BetaRowView, theme: Theme) -> tuple[str, str]:
    """Colour and ink of a beta: those of cross-entropy weighted so, as on every page."""
    style = setting_style(as_json(parse_config({"loss": loss_of(row)})))
    return theme.of(style), theme.ink_of(style)


def _curve(view: ClassBalanceView, at: int, place: float, classes: Sequence[str], theme: Theme) -> Line:
    """place: 0 for the class with the most images, 1 for that with the fewest."""
    index = view.curve.classes[at]
    colour, ink, width = _class_look(view, place, theme)
    detail = f"{classes[index]}, {count(view.counts[index])} images"
    name, x, y = f"{classes[index]}, {count(view.counts[index])}", view.curve.volumes, view.curve.weights[at]
    said = [f"{detail}<br>N = {count(volume)}, weight" for volume in x]
    look: dict[str, Any] = {"width": width, "unit": "", "digits": ".3", "points": False}
    return Line(name, x, y, colour, ink, detail=said, **look)


def _class_look(view: ClassBalanceView, place: float, theme: Theme) -> tuple[str, str, float]:
    """Head and middle in grey, the tail in the colour of the derived beta: line, label, width."""
    if place < 0.3:
        return theme.head, theme.muted, 1.2
    if place < 0.7:
        return theme.medium, theme.muted, 1.4
    colour, ink = beta_look(view.rows[view.derived_row], theme)
    return colour, ink, 2.2


def _labels(
    lines: Sequence[Line], y_range: tuple[float, float]
) -> tuple[Sequence[Line], list[dict[str, Any]], int]:
    """The lines that get a label, the labels, the right margin: all lines where each label is at its line."""
    labels, right = end_labels([_logged(line) for line in lines], y_range, _PIXELS, MOST_NAMED, 1)
    if labels:
        return lines, labels, right
    some = [lines[at] for at in evenly(len(lines), MOST_DIRECT_LABELS)]
    return some, *end_labels([_logged(line) for line in some], y_range, _PIXELS)


def _logged(line: Line) -> Line:
    """Its last point where a logarithmic axis has it."""
    last = line.y[-1]
    assert last is not None, "a weight is a number"
    return Line(line.name, [math.log10(line.x[-1])], [math.log10(last)], line.colour, line.ink)


def _ruler_axis(view: ClassBalanceView, theme: Theme) -> dict[str, Any]:
    reach = math.log10(view.curve.volumes[-1])
    powers = range(0, math.floor(reach) + 1, 1 if reach < 9 else 2)
    texts = [f"{count(10**power)}<br>β {setting(1 - 10**-power)}" for power in powers]
    ticks = {"tickvals": [10**power for power in powers], "ticktext": texts, "tickangle": 0, "anchor": "y2"}
    title = "← uniform    N = 1/(1 − β)    inverse frequency →"
    return axis(theme, title, type="log", range=[-0.05, reach], **ticks)


def _betas(view: ClassBalanceView, theme: Theme) -> tuple[list[dict[str, Any]], list[dict[str, Any]]]:
    """An upright at each beta's N, with beta above it in one of a few rows, where there is room."""
    reach = math.log10(view.curve.volumes[-1])
    inner = [row for row in view.rows if row.volume and 0 < math.log10(row.volume) <= reach]
    shapes, notes, ends = [], [], [-math.inf] * _LEVELS
    for row in sorted(inner, key=lambda row: row.beta):
        assert row.volume is not None, "filtered above"
        x, text = math.log10(row.volume), f"β {setting(row.beta)}"
        ink = beta_look(row, theme)[1]
        shapes.append(upright(row.volume, {"color": ink, "width": 1, "dash": "dot"}))
        half = CHARACTER * (len(text) + 1) / 2 / _WIDTH * reach
        level = next((level for level in range(_LEVELS) if x - half > ends[level]), None)
        if level is not None:
            ends[level] = x + half
            place = {"xref": "x", "yref": "paper", "yanchor": "bottom", "yshift": 13 * level}
            notes.append(annotation(text, x, 1, ink) | place)
    return shapes, notes


def _own_counts(
    view: ClassBalanceView, order: Sequence[int], lines: Sequence[Line], theme: Theme
) -> dict[str, Any]:
    """A dot on each curve where N is the class's count."""
    counts = [view.counts[view.curve.classes[at]] for at in order]
    curves = zip((view.curve.weights[at] for at in order), counts, strict=True)
    heights = [_at(view.curve.volumes, weights, n) for weights, n in curves]
    outline = {"color": theme.surface, "width": 1}
    return scatter("markers", "N is the class's count", counts, heights) | {
        "marker": {"color": [line.colour for line in lines], "size": 7, "line": outline},
        "customdata": [plain(line.name) for line in lines],
        "hovertemplate": "%{customdata} images: here N is its count<br>weight %{y:.3}<extra></extra>",
        "showlegend": False,
    }


def _at(xs: Sequence[float], ys: Sequence[float], x: float) -> float:
    """y at x, straight between neighbours on logarithmic axes."""
    for (x0, y0), (x1, y1) in pairwise(zip(xs, ys, strict=True)):
        if x <= x1:
            part = math.log(x / x0) / math.log(x1 / x0)
            return float(y0 * (y1 / y0) ** part)
    return ys[-1]


def _ticks(view: ClassBalanceView, classes: Sequence[str], theme: Theme) -> dict[str, Any]:
    """The counts on the ruler."""
    said = [f"{plain(name)}, {count(n)} images" for name, n in zip(classes, view.counts, strict=True)]
    return scatter("markers", "class counts", list(view.counts), [0.5] * len(view.counts)) | {
        "yaxis": "y2",
        "marker": {"symbol": "line-ns-open", "size": 13, "color": theme.ink, "line": {"width": 1.5}},
        "customdata": said,
        "hovertemplate": "%{customdata}<extra></extra>",
        "cliponaxis": False,
        "showlegend": False,
    }


def _ruler_label(view: ClassBalanceView) -> str:
    row = view.rows[view.derived_row]
    return (
        f"Weight of each class against N = 1/(1 - beta), from uniform to inverse frequency. At "
        f"{beta_word(row)} the largest weight is {significant(row.max_over_min)} times the smallest."
    )


def _ruler_table(view: ClassBalanceView, classes: Sequence[str]) -> Table:
    labels = ["N", *(f"{classes[index]}, {view.counts[index]} images" for index in view.curve.classes)]
    rows = zip(view.curve.volumes, *view.curve.weights, strict=True)
    return Table("Weight of each class by N", tuple(Column(each, "loss") for each in labels), tuple(rows))
