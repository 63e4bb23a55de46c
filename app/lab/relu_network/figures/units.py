"""The hidden units of a ReLU network with one input, a row for each layer: what comes in, what goes out."""

from collections.abc import Sequence
from typing import Any

from app.figures.drawn import Column, Drawn, Table
from app.figures.layout import axis, base_layout, upright
from app.figures.lines import Line, end_labels, trace
from app.figures.theme import Theme
from app.lab.relu_network.figures.function import Window, colour, ends_of, nothing, window_of
from app.lab.relu_network.text import as_float
from app.lab.relu_network.views import ReluView, UnitLineView

ROW_HEIGHT, _AROUND, _GAP = 170, 60, 34
MOST_UNITS, MOST_IN_ROW, MOST_UPRIGHTS = 24, 8, 40


def units_plot(view: ReluView, theme: Theme) -> Drawn:
    """Pre-activations as dotted lines, activations as full ones; dashed uprights: kinks of h."""
    if view.units is None:
        return nothing(theme, "Units are drawn for networks with one input.")
    shown = _shown(view, view.units)
    if not shown:
        return nothing(theme, "This network has no hidden unit: h is one affine map.")
    layers = sorted({unit.layer for unit in shown})
    window = window_of(view.window[0])
    height = ROW_HEIGHT * len(layers) + _AROUND
    layout = base_layout(theme, height) | {"annotations": [], "shapes": _uprights(view, len(layers), theme)}
    traces: list[dict[str, Any]] = []
    for row, layer in enumerate(layers):
        lines = _row(view, [unit for unit in shown if unit.layer == layer], window, row, theme)
        traces += [trace(line) | {"showlegend": _in_legend(line, traces)} for line in lines]
        _add_row(layout, lines, layer, row, len(layers), theme)
    last = f"y{len(layers)}" if len(layers) > 1 else "y"
    layout["xaxis"] = axis(theme, "x", range=[window.low, window.high], anchor=last)
    left_out = len(view.units) - len(shown)
    note = "dotted: before the ReLU, full: after it" + (f"; {left_out} more units" if left_out else "")
    return Drawn({"data": traces, "layout": layout}, _said(shown), _table(shown), note)


def _shown(view: ReluView, units: Sequence[UnitLineView]) -> list[UnitLineView]:
    """All where they are few; else of the layer that the reader points at, around that unit."""
    widest = max((unit.unit for unit in units), default=0)
    if len(units) <= MOST_UNITS and widest <= MOST_IN_ROW:
        return list(units)
    layer, at = (view.unit.layer, view.unit.unit) if view.unit else (1, 1)
    row = [unit for unit in units if unit.layer == layer]
    first = max(0, min(at - MOST_IN_ROW // 2, len(row) - MOST_IN_ROW))
    return row[first : first + MOST_IN_ROW]


def _row(view: ReluView, units: Sequence[UnitLineView], window: Window, row: int, theme: Theme) -> list[Line]:
    axis_name = f"y{row + 1}" if row else "y"
    slope = as_float(view.network.slope)
    before, after = [], []
    for unit in units:
        ink = colour(theme, unit.unit - 1)
        name = f"unit {unit.unit}"
        x, z = _bends(unit, window)
        look: dict[str, Any] = {"colour": ink, "ink": ink, "axis": axis_name, "points": False}
        look |= {"unit": "", "digits": ".4~g", "x_word": "x = "}
        pointed = view.unit is not None and (view.unit.layer, view.unit.unit) == (unit.layer, unit.unit)
        before.append(Line(f"{name}, before", x, z, dash="dot", width=1.2, **look))
        active = [value if value > 0 else slope * value + 0.0 for value in z]
        after.append(Line(name, x, active, width=4.5 if pointed else 2.2, **look))
    return before + after


def _in_legend(line: Line, before: Sequence[dict[str, Any]]) -> bool:
    """Colours go by the unit's number, so that one entry stands for all rows; dotted lines need none."""
    return line.dash == "solid" and all(each["name"] != line.name for each in before)


def _bends(unit: UnitLineView, window: Window) -> tuple[list[float], list[float]]:
    """x and z at the ends of the unit's pieces and where it crosses zero, within the window."""
    x: list[float] = []
    z: list[float] = []
    for piece in unit.pieces:
        if span := window.part(piece.start, piece.to):
            slope, offset = as_float(piece.slope), as_float(piece.offset)
            zero = [-offset / slope] if slope and span[0] < -offset / slope < span[1] else []
            x += [span[0], *zero, span[1]]
            z += [0.0 if at in zero else slope * at + offset for at in (span[0], *zero, span[1])]
    return x, z


def _add_row(
    layout: dict[str, Any], lines: Sequence[Line], layer: int, row: int, rows: int, theme: Theme
) -> None:
    values = [value for line in lines for value in line.y if value is not None]
    reach = (max(values) - min(values)) or 1.0
    span = [min(values) - 0.08 * reach, max(values) + 0.08 * reach]
    inner = layout["height"] - _AROUND
    gap = _GAP / inner
    top = 1 - row / rows
    bottom = top - 1 / rows + (gap if row < rows - 1 else 0)
    name = f"yaxis{row + 1}" if row else "yaxis"
    zero = {"zeroline": True, "zerolinecolor": theme.silhouette}
    layout[name] = axis(theme, f"layer {layer}", range=span, domain=[max(0.0, bottom), top], nticks=4, **zero)
    labels, right = end_labels(lines[len(lines) // 2 :], span, inner * (top - bottom))
    layout["annotations"] += labels
    layout["margin"]["r"] = max(layout["margin"]["r"], right)


def _uprights(view: ReluView, rows: int, theme: Theme) -> list[dict[str, Any]]:
    """The kinks of h, in every row."""
    look = {"color": theme.silhouette, "width": 1, "dash": "dash"}
    return [
        upright(as_float(kink), look, f"y{row if row > 1 else ''} domain") | {"xref": "x"}
        for kink in (view.kinks or ())[:MOST_UPRIGHTS]
        for row in range(1, rows + 1)
    ]


def _said(shown: Sequence[UnitLineView]) -> str:
    names = ", ".join(f"{unit.layer}.{unit.unit}" for unit in shown)
    return f"Pre-activation and activation over x of the units (layer.unit) {names}"


def _table(shown: Sequence[UnitLineView]) -> Table:
    columns = tuple(Column(name, "text") for name in ("unit", "from", "to", "z slope", "z offset"))
    rows = [
        (f"{unit.layer}.{unit.unit}", *ends_of(piece), piece.slope, piece.offset)
        for unit in shown
        for piece in unit.pieces
    ]
    return Table("Pre-activations by piece", columns, tuple(rows))
