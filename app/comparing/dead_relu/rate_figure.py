"""The figure of dead units against the learning rate: by layer, over settings that differ in the rate alone.

Which settings those are is decided here; the sentences about them are dead_relu_text's.
"""

import math
from collections.abc import Sequence
from typing import Any

from app.comparing.dead_relu.figure import layer_colour
from app.comparing.dead_relu.text import rate_groups, rate_of
from app.comparing.dead_relu.view import DeadUnits, SettingUnits
from app.figures.colours import SYMBOLS
from app.figures.drawn import Column, Drawn, Table
from app.figures.layout import axis, base_layout, explained, log_ticks, percent_axis
from app.figures.lines import Line, end_labels, trace
from app.figures.theme import Theme
from app.formats import percent

HEIGHT = 340
_MARGINS = 60


def dead_relu_rate(view: DeadUnits, theme: Theme) -> Drawn:
    """Largest share of dead units over the epochs (line) and that after the last (ring), 0..100 %."""
    settings = max(rate_groups(view.settings), key=len, default=[])
    rates = [rate_of(setting) for setting in settings]
    lines = [_line(settings, rates, view.layers, at, theme) for at in range(len(view.layers) if rates else 0)]
    labels, right = end_labels(lines, (0, 100), HEIGHT - _MARGINS)
    layout = base_layout(theme, HEIGHT) | {
        "xaxis": axis(
            theme,
            "learning rate, log scale",
            type="log",
            showgrid=False,
            **log_ticks(rates) | {"tickvals": rates, "ticktext": [f"{rate:g}" for rate in rates]},
        ),
        "yaxis": percent_axis(theme, "dead units, %"),
        "annotations": [_on_log_axis(label) for label in labels],
    }
    layout["margin"] |= {"r": right}
    ends = [_after_the_last(line, settings) for line in lines]
    figure = {"data": [trace(line) for line in lines] + ends, "layout": layout}
    return Drawn(
        figure=explained(figure, theme, "No two of these settings differ in the learning rate alone."),
        label=_label(settings, view.layers),
        table=_table(settings, view.layers),
        note="line: most after any epoch; ring: after the last",
    )


def _line(
    settings: Sequence[SettingUnits], rates: Sequence[float], layers: Sequence[str], at: int, theme: Theme
) -> Line:
    found = [setting.layer(layers[at]) for setting in settings]
    return Line(
        name=layers[at],
        x=rates,
        y=[None if one is None or one.largest is None else 100 * one.largest for one in found],
        colour=layer_colour(at, len(layers), theme),
        ink=layer_colour(max(at, 2), len(layers), theme),
        symbol=SYMBOLS[at % len(SYMBOLS)],
        detail=[f"rate {rate:g}, most after any epoch" for rate in rates],
        group=layers[at],
    )


def _after_the_last(line: Line, settings: Sequence[SettingUnits]) -> dict[str, Any]:
    """Rings of the layer's colour: where it has come to."""
    found = [setting.layer(line.name) for setting in settings]
    return {
        "type": "scatter",
        "mode": "markers",
        "name": f"{line.name} after the last epoch",
        "legendgroup": line.group,
        "showlegend": False,
        "x": list(line.x),
        "y": [None if one is None or one.last is None else 100 * one.last for one in found],
        "marker": {"symbol": "circle-open", "size": 11, "color": line.colour, "line": {"width": 1.5}},
        "hovertemplate": "%{fullData.name}<br>rate %{x}: %{y:.1f} %<extra></extra>",
    }


def _on_log_axis(label: dict[str, Any]) -> dict[str, Any]:
    """Annotations stand at the logarithm where an axis is logarithmic."""
    return label | {"x": math.log10(label["x"])} if label["xref"] == "x" else label


def _label(settings: Sequence[SettingUnits], layers: Sequence[str]) -> str:
    if not settings:
        return "Dead units against the learning rate; no two settings differ in it alone."
    said = "; ".join(
        f"{layer}: {', '.join(_said(setting, layer) for setting in settings)}" for layer in layers
    )
    return f"Largest share of dead units by learning rate. {said}."


def _said(setting: SettingUnits, layer: str) -> str:
    found = setting.layer(layer)
    return f"{percent(found.largest if found else None)} % at {rate_of(setting):g}"


def _table(settings: Sequence[SettingUnits], layers: Sequence[str]) -> Table:
    columns = [Column("learning rate", "loss"), Column("runs", "integer")]
    for layer in layers:
        columns += [Column(f"{layer} most, %", "percent"), Column(f"{layer} last, %", "percent")]
    rows = []
    for setting in settings:
        found = [setting.layer(layer) for layer in layers]
        shares = [share for one in found for share in ((one.largest, one.last) if one else (None, None))]
        rows.append((rate_of(setting), setting.n, *shares))
    return Table("Dead units by learning rate", tuple(columns), tuple(rows))
