"""Quantities over the same time, one panel below the other: each in its own unit, all from 0."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

from app.figures.colours import oklch
from app.figures.drawn import PlotlyDict
from app.figures.layout import axis, base_layout
from app.figures.lines import Line, end_labels, trace
from app.figures.theme import Theme

PANEL_HEIGHT = 110
_GAP = 26
_AROUND = 60
_HUES = (250.0, 60.0, 165.0, 330.0, 100.0, 290.0)
_ROOM = 1.08


@dataclass(frozen=True)
class TimePanel:
    """Lines over time under the title of their axis, from 0 to `top`; labelled where there are several."""

    title: str
    lines: Sequence[Line]
    top: float


def hue(at: int, theme: Theme) -> str:
    """The colour of the at-th of a few kinds, none of which is a setting."""
    return oklch(0.53 if theme.name == "light" else 0.76, 0.13, _HUES[at % len(_HUES)])


def stacked(panels: Sequence[TimePanel], x_axis: dict[str, Any], theme: Theme) -> PlotlyDict:
    """The first on top; the axis of time is below all of them."""
    inner = len(panels) * PANEL_HEIGHT + (len(panels) - 1) * _GAP
    layout = base_layout(theme, inner + _AROUND)
    data: list[dict[str, Any]] = []
    annotations: list[dict[str, Any]] = []
    for at, panel in enumerate(panels):
        name = "" if at == 0 else str(at + 1)
        end = 1 - at * (PANEL_HEIGHT + _GAP) / inner
        reach = [0.0, _ROOM * panel.top or 1.0]
        lines = [replace(line, axis=f"y{name}", points=False) for line in panel.lines]
        data += map(trace, lines)
        if len(lines) > 1:
            labels, right = end_labels(lines, reach, PANEL_HEIGHT)
            annotations += labels
            layout["margin"] |= {"r": max(right, layout["margin"]["r"])}
        domain = [max(0.0, end - PANEL_HEIGHT / inner), end]
        layout[f"yaxis{name}"] = axis(theme, panel.title, range=reach, nticks=4, domain=domain, anchor="x")
    layout["xaxis"] = x_axis | {"anchor": f"y{len(panels) if len(panels) > 1 else ''}"}
    return {"data": data, "layout": layout | {"annotations": annotations}}
