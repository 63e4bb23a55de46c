"""Layout that figures share: axes, grid, fonts, the place of labels at line ends. Traces are in lines.

Plotly reads a little HTML in every text it draws, so each name passes through `plain` first.
"""

import html
import math
import textwrap
from collections.abc import Mapping, Sequence
from typing import Any

from app.figures.theme import FONT, Theme
from app.formats import cut

LINE_HEIGHT = 15
CHARACTER = 6.4
LABEL_LENGTH = 26
LEGEND_LENGTH = 30
_ENTRY_WIDTH, _ENTRY_HEIGHT = 200, 20
_BOTTOM, _TOP, _LEFT, _RIGHT = 46, 14, 58, 18
END_LABEL = "end-label"
"""The name of annotations that name lines at their ends; on a narrow page a legend does."""


def plain(text: str, most: int = 0) -> str:
    """`text` as Plotly shows it letter for letter; cut in the middle to `most` characters, where given."""
    return html.escape(cut(text, most) if most else text, quote=False)


def base_layout(theme: Theme, height: int, **more: Any) -> dict[str, Any]:
    """Everything but axes. `uirevision` keeps the reader's zoom while the data change."""
    font = {"family": FONT, "size": 12, "color": theme.ink}
    below = {"orientation": "h", "yref": "container", "y": 0, "yanchor": "bottom", "x": 0}
    box = {"bgcolor": theme.surface, "bordercolor": theme.muted, "namelength": -1, "align": "left"}
    return {
        "height": height,
        "autosize": True,
        "margin": {"l": _LEFT, "r": _RIGHT, "t": _TOP, "b": _BOTTOM},
        "paper_bgcolor": "rgba(0,0,0,0)",
        "plot_bgcolor": "rgba(0,0,0,0)",
        "font": font,
        "showlegend": False,
        "legend": below | {"entrywidth": _ENTRY_WIDTH, "tracegroupgap": 0, "font": {"size": 12}},
        "hovermode": "closest",
        "hoverlabel": box | {"font": dict(font)},
        "uirevision": "kept",
        "separators": ".,",
    } | more


def with_legend(layout: dict[str, Any], entries: int) -> dict[str, Any]:
    """A legend in two columns below; the figure grows by it, so that the plot keeps its height."""
    extra = _ENTRY_HEIGHT * ((entries + 1) // 2) + 12
    margin = layout["margin"] | {"b": layout["margin"]["b"] + extra}
    return layout | {"showlegend": True, "height": layout["height"] + extra, "margin": margin}


def height_without_legend(layout: Mapping[str, Any]) -> int:
    """Of a figure whose legend, where it has one, stands below it."""
    return int(layout["height"] - (layout["margin"]["b"] - _BOTTOM))


def axis(theme: Theme, title: str = "", **more: Any) -> dict[str, Any]:
    """An axis with faint grid and a quiet title."""
    return {
        "title": title_of(theme, title),
        "gridcolor": theme.grid,
        "gridwidth": 1,
        "zeroline": False,
        "showline": False,
        "tickfont": {"size": 11, "color": theme.muted},
        "ticks": "outside",
        "ticklen": 4,
        "tickcolor": "rgba(0,0,0,0)",
        "fixedrange": False,
    } | more


def title_of(theme: Theme, text: str) -> dict[str, Any]:
    """The quiet title of an axis."""
    return {"text": text, "font": {"size": 12, "color": theme.muted}, "standoff": 8}


def percent_axis(theme: Theme, title: str, **more: Any) -> dict[str, Any]:
    """0..100 %, the same on every page, with room for half a line at both ends."""
    return axis(theme, title, range=[-1.5, 101.5], tickvals=[0, 20, 40, 60, 80, 100]) | more


def diagonal(theme: Theme) -> dict[str, Any]:
    """Where both of two percent axes say the same; seen on either theme, behind what is drawn."""
    ends = {"x0": 0, "y0": 0, "x1": 100, "y1": 100}
    line = {"color": theme.muted, "width": 1, "dash": "dot"}
    return {"type": "line", "layer": "below", "line": line} | ends


def rows_axis(theme: Theme, labels: Sequence[Sequence[str]]) -> dict[str, Any]:
    """A row a setting, the first on top, under its label's lines."""
    texts = ["<br>".join(map(plain, lines)) for lines in labels]
    bare = {"ticks": "", "showgrid": False, "zeroline": False, "fixedrange": True}
    ticks = {"tickvals": list(range(len(labels))), "ticktext": texts}
    font = {"size": 12, "color": theme.ink}
    return {"range": [len(labels) - 0.5, -0.5], "tickfont": font} | ticks | bare


def rows_margin(labels: Sequence[Sequence[str]]) -> dict[str, int]:
    """Room on the left for the labels of a `rows_axis`, and a little on top."""
    widest = max((len(line) for lines in labels for line in lines), default=0)
    return {"l": 16 + int(CHARACTER * widest), "t": 24}


def label_lines(label: str, most: int) -> list[str]:
    """The label in at most two lines of `most` characters."""
    first, *rest = textwrap.wrap(label, most) or [""]
    return [first, cut(" ".join(rest), most)] if rest else [first]


def epoch_axis(theme: Theme, epochs: int, **more: Any) -> dict[str, Any]:
    """All epochs that the run is to have, so that nothing jumps while it trains; ticks at whole epochs."""
    step = tick_step(epochs)
    first = 1 if step == 1 else step
    pad = 0.5 if epochs == 1 else 0.015 * epochs + 0.05
    ticks = list(range(first, epochs + 1, step))
    return axis(theme, "epoch", range=[1 - pad, epochs + pad], tickvals=ticks, showgrid=False) | more


def tick_step(epochs: int) -> int:
    """1, 2 or 5 times a power of ten, such that at most about ten ticks appear."""
    if epochs <= 12:
        return 1
    power = 10 ** math.floor(math.log10(epochs / 10))
    return next(int(power * factor) for factor in (1, 2, 5, 10) if epochs / (power * factor) <= 10)


def scatter(mode: str, name: str, x: Sequence[Any], y: Sequence[Any]) -> dict[str, Any]:
    """A trace of lines or markers."""
    return {"type": "scatter", "mode": mode, "name": name, "x": x, "y": y}


def annotation(text: str, x: float, y: float, colour: str, size: int = 11) -> dict[str, Any]:
    """Words at a place."""
    font = {"size": size, "color": colour}
    return {"text": text, "x": x, "y": y, "showarrow": False, "font": font}


def upright(x: float, line: dict[str, Any], yref: str = "paper") -> dict[str, Any]:
    """A line across the height of the figure, or of the axis `yref`."""
    return {"type": "line", "x0": x, "x1": x, "y0": 0, "y1": 1, "yref": yref, "line": line}


def loss_range(values: Sequence[float | None]) -> list[float]:
    """From 0 to a little above the largest value."""
    present = [value for value in values if value is not None]
    return [0, 1.08 * max(present, default=0) or 1]


def log_ticks(values: Sequence[float]) -> dict[str, Any]:
    """Ticks of a logarithmic axis, in plain numbers: 1, 2 and 5 times powers of ten from least to most."""
    known = [value for value in values if value > 0] or [1.0, 10.0]
    low, high = min(known), max(known)
    powers = range(math.floor(math.log10(low)), math.ceil(math.log10(high)) + 1)
    ticks = [step * 10.0**power for power in powers for step in (1, 2, 5)]
    shown = [tick for tick in ticks if 0.8 * low <= tick <= 1.25 * high]
    return {"tickvals": shown, "ticktext": [f"{tick:,.10g}" for tick in shown]}


def explained(figure: dict[str, Any], theme: Theme, text: str) -> dict[str, Any]:
    """The figure, or if it has no data, or values of none, `text` in its place."""
    if any(map(_holds_a_value, figure["data"])):
        return figure
    hidden = {name: axis | {"visible": False} for name, axis in figure["layout"].items() if "axis" in name}
    words = "<br>".join(html.escape(line, quote=False) for line in textwrap.wrap(text, 44))
    note = annotation(words, 0.5, 0.5, theme.muted, 13) | {"xref": "paper", "yref": "paper"}
    return {"data": [], "layout": figure["layout"] | hidden | {"annotations": [note], "shapes": []}}


def spread(wanted: Sequence[float], gap: float, low: float, high: float) -> list[float]:
    """Positions near the wanted ones, at least `gap` apart and within low..high, order kept."""
    order = sorted(range(len(wanted)), key=lambda index: -wanted[index])
    placed: list[float] = []
    for index in order:
        ceiling = placed[-1] - gap if placed else high
        placed.append(min(wanted[index], ceiling))
    floor = low
    for place in range(len(placed) - 1, -1, -1):
        placed[place] = max(placed[place], floor)
        floor = placed[place] + gap
    result = [0.0] * len(wanted)
    for index, position in zip(order, placed, strict=True):
        result[index] = position
    return result


def _holds_a_value(trace: Mapping[str, Any]) -> bool:
    """Of what has no heights (y) that is taken for granted."""
    heights = trace.get("y")
    return not isinstance(heights, list | tuple) or any(height is not None for height in heights)
