"""Lines over epochs or classes: traces, labels at their ends, marks; smoothed and thinned curves."""

import math
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from itertools import islice
from typing import Any

from app.figures.layout import (
    CHARACTER,
    END_LABEL,
    LABEL_LENGTH,
    LEGEND_LENGTH,
    LINE_HEIGHT,
    annotation,
    plain,
    scatter,
    spread,
    upright,
)
from app.figures.theme import Theme
from app.formats import cut

FARTHEST = 6
"""Lines of text by which a name may stand off its line, as in static/plot-ends.js."""
MOST_DIRECT_LABELS = 8
MOST_TOGETHER = 16
"""Lines that are read together; a longer list would be higher than the figure."""
AT_EPOCH = "epoch %{x}"
_MANY_POINTS, _MOST_MARKERS = 40, 8
"""Of more points than the one, about as many as the other are marked: enough to tell lines apart in grey."""
_NO_LABELS = 18
"""The right margin without labels, in pixels."""
MOST_POINTS = 240
"""About what a figure two abreast can show, one point each second pixel."""


@dataclass(frozen=True)
class Line:
    """One line: y belongs to x, None is a gap. `ink` writes its label; `unit` follows a value on hover."""

    name: str
    x: Sequence[float]
    y: Sequence[float | None]
    colour: str
    ink: str
    dash: str = "solid"
    symbol: str = "circle"
    width: float = 2.0
    axis: str = "y"
    unit: str = " %"
    digits: str = ".1f"
    x_word: str = "epoch "
    detail: Sequence[str] = ()
    """Text for each point, shown in place of `x_word` and x; behind the value where `is_together`."""
    is_together: bool = False
    """Whether pointing at x reads all lines of the figure (`read_together`); x then stands above them."""
    about: str = ""
    """What stands above a value on hover, in place of the name."""
    points: bool = True
    """Whether its points are marked, where they are few."""
    group: str = ""
    """The setting that it belongs to: pointing at one of a group brings out the others."""


def trace(line: Line) -> dict[str, Any]:
    """A Plotly scatter trace with gaps at None; few points are all marked, a lone one large.

    One without any point has no place in a legend.
    """
    first = list(islice((value for value in line.y if value is not None), 2))
    lone = len(first) == 1
    mode, name = "lines+markers" if line.points else "lines", plain(line.name, LEGEND_LENGTH)
    size = 9 if lone else 5 + (line.symbol != "circle") + (len(line.y) <= _MANY_POINTS)
    few = {} if len(line.y) <= _MANY_POINTS else {"maxdisplayed": _MOST_MARKERS}
    return scatter(mode, name, list(line.x), list(line.y)) | {
        "legendgroup": line.group,
        "yaxis": line.axis,
        "connectgaps": False,
        "line": {"color": line.colour, "width": line.width, "dash": line.dash},
        "marker": {"color": line.colour, "size": size, "symbol": line.symbol} | few,
        "meta": {"about": plain(line.about or line.name), "label": plain(line.name)},
        "customdata": [plain(text) for text in line.detail] or None,
        "hovertemplate": _hover(line),
        **({} if first else {"showlegend": False}),
    }


def _hover(line: Line) -> str:
    value, name = f"%{{y:{line.digits}}}{line.unit}", "%{fullData.meta.about}"
    if line.is_together:
        return f"{name}: {value}{', %{customdata}' if line.detail else ''}<extra></extra>"
    where = "%{customdata}" if line.detail else f"{line.x_word}%{{x}}"
    return f"{name}<br>{where}: {value}<extra></extra>"


def read_together(layout: dict[str, Any], lines: int, title: str = "") -> dict[str, Any]:
    """The layout, in which pointing at x reads every line there, in all panels over x; of too many only one.

    title: what stands above them, such as "epoch %{x}", where it is more than the tick's text.
    """
    if lines > MOST_TOGETHER:
        return layout
    above = {"unifiedhovertitle": {"text": title}} if title else {}
    more = {"hovermode": "x unified", "hoversubplots": "axis", "xaxis": layout["xaxis"] | above}
    return layout | more


def as_percents(values: Sequence[float | None]) -> list[float | None]:
    """Fractions as 0..100."""
    return [None if value is None else 100 * value for value in values]


def end_labels(
    lines: Sequence[Line],
    y_range: Sequence[float],
    pixels: float,
    most: int = MOST_DIRECT_LABELS,
    farthest: float = math.inf,
) -> tuple[list[dict[str, Any]], int]:
    """A label right of each line's last point, none over another, and the right margin that they need.

    Where lines end at different x, all labels stand at the right edge. pixels: height of the panel. More
    than `most` lines get none, nor do those of which one would stand more than `farthest` lines of text
    from its end: ([], usual margin); the legend names them.
    """
    shown = [(line, end) for line in lines if (end := _end(line)) is not None]
    if not shown or len(shown) > most:
        return [], _NO_LABELS
    low, high = y_range
    gap = LINE_HEIGHT * (high - low) / pixels
    places = spread([y for _, (_, y) in shown], gap, low + gap / 2, high)
    if any(abs(place - y) > farthest * gap for place, (_, (_, y)) in zip(places, shown, strict=True)):
        return [], _NO_LABELS
    widest = max(len(cut(line.name, LABEL_LENGTH)) for line, _ in shown)
    ends = {x for _, (x, _) in shown}
    at = {"x": ends.pop(), "xref": "x"} if len(ends) == 1 else {"x": 1, "xref": "paper"}
    labels = [_label(line, place) | at for (line, _), place in zip(shown, places, strict=True)]
    return labels, _NO_LABELS + int(CHARACTER * widest)


def _label(line: Line, place: float) -> dict[str, Any]:
    words = {"name": END_LABEL, "text": plain(line.name, LABEL_LENGTH), "hovertext": plain(line.name)}
    at = {"xanchor": "left", "xshift": 8, "y": place, "yref": line.axis}
    return words | at | {"showarrow": False, "font": {"color": line.ink, "size": 12}}


def _end(line: Line) -> tuple[float, float] | None:
    """Its last point that is not a gap."""
    points = zip(reversed(line.x), reversed(line.y), strict=True)
    return next(((x, y) for x, y in points if y is not None), None)


def mark(theme: Theme, x: float, text: str, grave: bool = False) -> tuple[dict[str, Any], dict[str, Any]]:
    """A dotted upright at x and the word above it, where no line is (shape, annotation)."""
    colour = theme.bad if grave else theme.muted
    place = {"xanchor": "left", "xshift": -2, "yref": "paper", "yanchor": "bottom", "yshift": -2}
    shape = upright(x, {"color": colour, "width": 1, "dash": "dot"})
    return shape, annotation(text, x, 1, colour) | place


def smoothed(values: Sequence[float | None], weight: float) -> list[float | None]:
    """Exponential moving average that forgets by `weight` (0..1) a step, without pull towards zero.

    A gap stays a gap and is passed over. Zero weight changes nothing. Correction of the bias of the first
    steps: Kingma and Ba, "Adam", 2015, section 3.
    """
    total, seen = 0.0, 0.0
    result: list[float | None] = []
    for value in values:
        if value is None:
            result.append(None)
            continue
        total = weight * total + (1 - weight) * value
        seen = weight * seen + (1 - weight)
        result.append(total / seen)
    return result


def kept_points(
    values: Sequence[float | None], always: Collection[int] = (), most: int = MOST_POINTS
) -> list[int]:
    """Indices to draw: all up to `most`; else of each stretch its lowest, highest, and one gap, if any.

    Never thinned away: the first, the last, and `always`.
    """
    if len(values) <= most:
        return list(range(len(values)))
    width = -(-2 * len(values) // most)
    kept = {0, len(values) - 1, *always}
    for start in range(0, len(values), width):
        stretch = range(start, min(len(values), start + width))
        known = [(value, at) for at in stretch if (value := values[at]) is not None]
        if known:
            kept |= {min(known)[1], max(known)[1]}
        kept |= {at for at in stretch if values[at] is None and (at == start or values[at - 1] is not None)}
    return sorted(kept)
