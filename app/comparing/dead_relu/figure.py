"""The figure of one run's dead units: above their share, below that of zero activations, by layer and epoch.

Layers from image to logits go from pale to strong, in one hue that no setting has a claim on here: a figure
about one run tells layers apart, not settings.
"""

from collections.abc import Sequence

from app.comparing.dead_relu.view import LayerUnits
from app.figures.colours import SYMBOLS, oklch
from app.figures.drawn import Column, Drawn, Table, Value
from app.figures.layout import base_layout, epoch_axis, explained, percent_axis
from app.figures.lines import Line, end_labels, trace
from app.figures.theme import Theme
from app.formats import percent
from app.views.runs.view import RunDetail

HEIGHT = 420
_MARGINS = 60
_GAP = 0.14
_SHARE = (1 - _GAP) / 2
_HUE, _CHROMA = 305.0, 0.13


def dead_relu(run: RunDetail, layers: Sequence[LayerUnits], theme: Theme) -> Drawn:
    """Dead units (share of a layer's units) over zero activations (share of its activations), 0..100 %."""
    above = [_line(layers, at, theme, "y") for at in range(len(layers))]
    below = [_line(layers, at, theme, "y2") for at in range(len(layers))]
    panel = (HEIGHT - _MARGINS) * _SHARE
    upper, right = end_labels(above, (0, 100), panel)
    lower, more = end_labels(below, (0, 100), panel)
    layout = base_layout(theme, HEIGHT) | {
        "xaxis": epoch_axis(theme, run.progress.epochs, anchor="y2"),
        "yaxis": percent_axis(theme, "dead units, %", domain=[1 - _SHARE, 1]),
        "yaxis2": percent_axis(theme, "zero activations, %", domain=[0, _SHARE], anchor="x"),
        "annotations": upper + lower,
    }
    layout["margin"] |= {"r": max(right, more)}
    named_above = [trace(line) | {"showlegend": False} for line in below]
    figure = {"data": [trace(line) for line in above] + named_above, "layout": layout}
    return Drawn(
        figure=explained(figure, theme, "No dead units were measured so far."),
        label=_label(layers),
        table=_table(layers),
        note="on the test set",
    )


def _line(layers: Sequence[LayerUnits], at: int, theme: Theme, panel: str) -> Line:
    layer, colour = layers[at], layer_colour(at, len(layers), theme)
    shares = [point.dead if panel == "y" else point.zeros for point in layer.points]
    return Line(
        name=layer.layer,
        x=[point.epoch for point in layer.points],
        y=[None if share is None else 100 * share for share in shares],
        colour=colour,
        ink=layer_colour(max(at, 2), len(layers), theme),
        symbol=SYMBOLS[at % len(SYMBOLS)],
        axis=panel,
        group=layer.layer,
    )


def layer_colour(at: int, layers: int, theme: Theme) -> str:
    """Of layer number `at`: stronger against the paper the closer to the logits."""
    depth = at / max(1, layers - 1)
    lightness = 0.74 - 0.36 * depth if theme.name == "light" else 0.50 + 0.36 * depth
    return oklch(lightness, _CHROMA, _HUE)


def _table(layers: Sequence[LayerUnits]) -> Table:
    columns = [Column("epoch", "integer")]
    columns += [Column(f"{layer.layer} dead, %", "percent") for layer in layers]
    columns += [Column(f"{layer.layer} zero, %", "percent") for layer in layers]
    rows: dict[int, list[Value]] = {}
    for side in ("dead", "zeros"):
        for layer in layers:
            for point in layer.points:
                rows.setdefault(point.epoch, [point.epoch]).append(getattr(point, side))
    return Table("Dead units and zero activations by epoch", tuple(columns), tuple(map(tuple, rows.values())))


def _label(layers: Sequence[LayerUnits]) -> str:
    if not layers:
        return "Dead units by layer and epoch; this run measured none."
    said = ", ".join(f"{layer.layer} {percent(layer.last)} %" for layer in layers)
    zeros = ", ".join(f"{layer.layer} {percent(layer.zeros)} %" for layer in layers)
    return (
        f"Dead units and zero activations by layer over {len(layers[0].points)} epochs. After the last: "
        f"dead units {said}; zero activations {zeros}."
    )
