"""The figures of dead units: of one run by layer and epoch, and of settings against the learning rate.

Of a run, above their share, below that of zero activations. Layers from image to logits go from pale to
strong, in one hue that no setting has a claim on here: these figures tell layers apart, not settings.
"""

import math
from collections.abc import Sequence
from typing import Any

from app.comparing.dead_relu.text import is_measured, rate_groups, rate_of
from app.comparing.dead_relu.view import DeadUnits, LayerUnits, SettingUnits
from app.figures.colours import SYMBOLS, oklch
from app.figures.drawn import Column, Drawn, Table, Value
from app.figures.layout import axis, base_layout, epoch_axis, explained, log_ticks, percent_axis
from app.figures.lines import AT_EPOCH, Line, end_labels, read_together, trace
from app.figures.theme import Theme
from app.formats import brief, percent
from app.views.runs.view import RunDetail

_HEIGHT, _RATE_HEIGHT = 420, 340
_MARGINS = 60
_GAP = 0.14
_SHARE = (1 - _GAP) / 2
_HUE, _CHROMA = 305.0, 0.13
_NONE_OF_DIVERGED = "Nothing was measured: the network diverged, and a unit that overflowed is not dead."


def dead_relu(run: RunDetail, layers: Sequence[LayerUnits], theme: Theme) -> Drawn:
    """Dead units (share of a layer's units) over zero activations (share of its activations), 0..100 %."""
    above = [_run_line(layers, at, theme, "y") for at in range(len(layers))]
    below = [_run_line(layers, at, theme, "y2") for at in range(len(layers))]
    panel = (_HEIGHT - _MARGINS) * _SHARE
    upper, right = end_labels(above, (0, 100), panel)
    lower, more = end_labels(below, (0, 100), panel)
    layout = base_layout(theme, _HEIGHT) | {
        "xaxis": epoch_axis(theme, run.progress.epochs, anchor="y2"),
        "yaxis": percent_axis(theme, "dead units, %", domain=[1 - _SHARE, 1]),
        "yaxis2": percent_axis(theme, "zero activations, %", domain=[0, _SHARE], anchor="x"),
        "annotations": upper + lower,
    }
    layout["margin"] |= {"r": max(right, more)}
    layout = read_together(layout, 0, AT_EPOCH)
    named_above = [trace(line) | {"showlegend": False} for line in below]
    figure = {"data": [trace(line) for line in above] + named_above, "layout": layout}
    shown = explained(figure, theme, _NONE_OF_DIVERGED if layers else "No dead units were measured so far.")
    return Drawn(shown, _run_label(layers), _run_table(layers), "on the test set")


def _run_line(layers: Sequence[LayerUnits], at: int, theme: Theme, panel: str) -> Line:
    points = layers[at].points
    shares = [point.dead if panel == "y" else point.zeros for point in points]
    epochs = [point.epoch for point in points]
    return _line(layers[at].layer, at, len(layers), theme, shares, x=epochs, axis=panel, is_together=True)


def _line(name: str, at: int, layers: int, theme: Theme, shares: Sequence[float | None], **more: Any) -> Line:
    """Of layer number `at`: stronger against the paper the closer to the logits."""
    y = [None if share is None else 100 * share for share in shares]
    more |= {"colour": _colour(at, layers, theme), "ink": _colour(max(at, 2), layers, theme)}
    return Line(name, y=y, symbol=SYMBOLS[at % len(SYMBOLS)], group=name, **more)


def _colour(at: int, layers: int, theme: Theme) -> str:
    depth = at / max(1, layers - 1)
    return oklch(0.74 - 0.36 * depth if theme.name == "light" else 0.50 + 0.36 * depth, _CHROMA, _HUE)


def _run_table(layers: Sequence[LayerUnits]) -> Table:
    columns = [Column("epoch", "integer")]
    columns += [
        Column(f"{layer.layer} {word}, %", "percent") for word in ("dead", "zero") for layer in layers
    ]
    rows: dict[int, list[Value]] = {}
    for side in ("dead", "zeros"):
        for layer in layers:
            for point in layer.points:
                rows.setdefault(point.epoch, [point.epoch]).append(getattr(point, side))
    return Table("Dead units and zero activations by epoch", tuple(columns), tuple(map(tuple, rows.values())))


def _run_label(layers: Sequence[LayerUnits]) -> str:
    if not layers:
        return "Dead units by layer and epoch; this run measured none."
    if all(layer.last is None for layer in layers):
        return f"Dead units by layer and epoch. {_NONE_OF_DIVERGED}"
    dead = ", ".join(f"{layer.layer} {percent(layer.last)} %" for layer in layers)
    zeros = ", ".join(f"{layer.layer} {percent(layer.zeros)} %" for layer in layers)
    return (
        f"Dead units and zero activations by layer over {len(layers[0].points)} epochs. After the last: "
        f"dead units {dead}; zero activations {zeros}."
    )


def dead_relu_rate(view: DeadUnits, theme: Theme) -> Drawn:
    """Largest share of dead units over the epochs (line) and that after the last (ring), 0..100 %.

    Over settings that differ in the rate alone; which those are, dead_relu.text says.
    """
    settings = max(rate_groups(view.settings), key=len, default=[])
    rates = [rate_of(setting) for setting in settings]
    layers = view.layers if rates else ()
    lines = [_rate_line(settings, rates, layers, at, theme) for at in range(len(layers))]
    labels, right = end_labels(lines, (0, 100), _RATE_HEIGHT - _MARGINS)
    ticks = log_ticks(rates) | {"tickvals": rates, "ticktext": [brief(rate, 6) for rate in rates]}
    layout = base_layout(theme, _RATE_HEIGHT) | {
        "xaxis": axis(theme, "learning rate, log scale", type="log", showgrid=False, **ticks),
        "yaxis": percent_axis(theme, "dead units, %"),
        "annotations": [_on_log_axis(label) for label in labels],
    }
    layout["margin"] |= {"r": right}
    gone = [f"{rate:g}" for rate, one in zip(rates, settings, strict=True) if not is_measured(one)]
    data = [*map(trace, lines), *(_rings(line, settings) for line in lines)] if len(gone) < len(rates) else []
    why = _NONE_OF_DIVERGED if gone else "No two of these settings differ in the learning rate alone."
    lost = f"; at {', '.join(gone)} the network diverged: not measured" if gone else ""
    return Drawn(
        figure=explained({"data": data, "layout": layout}, theme, why),
        label=_rate_label(settings, view.layers),
        table=_rate_table(settings, view.layers),
        note=f"line: most after any epoch; ring: after the last{lost}",
    )


def _rate_line(
    settings: Sequence[SettingUnits], rates: Sequence[float], layers: Sequence[str], at: int, theme: Theme
) -> Line:
    found = [setting.layer(layers[at]) for setting in settings]
    shares = [layer.largest if layer else None for layer in found]
    detail = [f"rate {brief(rate, 6)}, most after any epoch" for rate in rates]
    return _line(layers[at], at, len(layers), theme, shares, x=rates, detail=detail)


def _rings(line: Line, settings: Sequence[SettingUnits]) -> dict[str, Any]:
    """In the layer's colour: where its share has come to."""
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


def _rate_label(settings: Sequence[SettingUnits], layers: Sequence[str]) -> str:
    if not settings:
        return "Dead units against the learning rate; no two settings differ in it alone."
    known = [one for one in settings if is_measured(one)]
    by_layer = "; ".join(f"{name}: {', '.join(_at_rate(one, name) for one in known)}" for name in layers)
    if not known:
        return f"Dead units against the learning rate. {_NONE_OF_DIVERGED}"
    return f"Largest share of dead units by learning rate. {by_layer}."


def _at_rate(setting: SettingUnits, layer: str) -> str:
    found = setting.layer(layer)
    return f"{percent(found.largest if found else None)} % at {brief(rate_of(setting), 6)}"


def _rate_table(settings: Sequence[SettingUnits], layers: Sequence[str]) -> Table:
    columns = [Column("learning rate", "loss"), Column("runs", "integer")]
    for layer in layers:
        columns += [Column(f"{layer} most, %", "percent"), Column(f"{layer} last, %", "percent")]
    rows = []
    for setting in settings:
        found = [setting.layer(layer) for layer in layers]
        shares = [share for one in found for share in ((one.largest, one.last) if one else (None, None))]
        rows.append((rate_of(setting), setting.n, *shares))
    return Table("Dead units by learning rate", tuple(columns), tuple(rows))
