"""Lines over epochs or classes: traces, labels at their ends, marks where a run diverged or went on."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from app.figures.layout import CHARACTER, LABEL_LENGTH, LEGEND_LENGTH, LINE_HEIGHT, plain, spread
from app.figures.theme import Theme

MOST_DIRECT_LABELS = 8
_MANY_POINTS = 40


@dataclass(frozen=True)
class Line:
    """One line: y belongs to x, None is a gap. `ink` writes its label; `unit` follows a value on hover."""

    name: str
    x: Sequence[int]
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
    """Text for each point, shown in place of `x_word` and x."""


def trace(line: Line) -> dict[str, Any]:
    """A Plotly scatter trace with gaps at None; few points are marked, a lone one large."""
    known = [value for value in line.y if value is not None]
    markers = len(line.y) <= _MANY_POINTS
    where = "%{customdata}" if line.detail else f"{line.x_word}%{{x}}"
    return {
        "type": "scatter",
        "mode": "lines+markers" if markers else "lines",
        "name": plain(line.name, LEGEND_LENGTH),
        "x": list(line.x),
        "y": list(line.y),
        "yaxis": line.axis,
        "connectgaps": False,
        "line": {"color": line.colour, "width": line.width, "dash": line.dash},
        "marker": {
            "color": line.colour,
            "size": 9 if len(known) == 1 else 5 + (line.symbol != "circle"),
            "symbol": line.symbol,
        },
        "meta": plain(line.name),
        "customdata": [plain(text) for text in line.detail] or None,
        "hovertemplate": f"%{{meta}}<br>{where}: %{{y:{line.digits}}}{line.unit}<extra></extra>",
    }


def end_labels(
    lines: Sequence[Line], y_range: Sequence[float], pixels: float
) -> tuple[list[dict[str, Any]], int]:
    """A label right of each line's last point, none over another, and the right margin that they need.

    pixels: height of the panel. Too many lines get none: ([], usual margin); the legend names them.
    """
    ending = [(line, _last(line.y)) for line in lines]
    shown = [(line, value) for line, value in ending if value is not None]
    if not shown or len(shown) > MOST_DIRECT_LABELS:
        return [], 18
    low, high = y_range
    gap = LINE_HEIGHT * (high - low) / pixels
    places = spread([value for _, value in shown], gap, low + gap / 2, high)
    widest = max(len(plain(line.name, LABEL_LENGTH)) for line, _ in shown)
    labels = [_label(line, place) for (line, _), place in zip(shown, places, strict=True)]
    return labels, 18 + int(CHARACTER * widest)


def _label(line: Line, place: float) -> dict[str, Any]:
    return {
        "name": "end-label",
        "text": plain(line.name, LABEL_LENGTH),
        "hovertext": plain(line.name),
        "x": 1,
        "xref": "paper",
        "xanchor": "left",
        "xshift": 6,
        "y": place,
        "yref": line.axis,
        "showarrow": False,
        "font": {"color": line.ink, "size": 12},
    }


def _last(values: Sequence[float | None]) -> float | None:
    return next((value for value in reversed(values) if value is not None), None)


def mark(theme: Theme, x: float, text: str, grave: bool = False) -> tuple[dict[str, Any], dict[str, Any]]:
    """A dotted upright at x and the word on it (shape, annotation)."""
    colour = theme.bad if grave else theme.muted
    shape = {
        "type": "line",
        "x0": x,
        "x1": x,
        "y0": 0,
        "y1": 1,
        "yref": "paper",
        "line": {"color": colour, "width": 1, "dash": "dot"},
    }
    note = {
        "text": text,
        "x": x,
        "xanchor": "left",
        "xshift": 4,
        "y": 1,
        "yref": "paper",
        "yanchor": "top",
        "showarrow": False,
        "font": {"size": 11, "color": colour},
    }
    return shape, note
