"""The figure of two settings' confusion matrices, one minus the other: where mistakes went."""

from collections.abc import Sequence
from typing import Any

from app.comparing.drawn import ConfusionDifference
from app.figures.class_axis import (
    ClassAxis,
    axis_title,
    class_axis,
    class_ticks,
    horizontal,
    silhouette,
    silhouette_axis,
)
from app.figures.drawn import Column, Drawn, Rows, Table, Value
from app.figures.layout import axis, base_layout, explained, plain
from app.figures.order import ClassOrder
from app.figures.packed import packed, spoken
from app.figures.theme import Theme
from app.formats import change, cut, percent

HEIGHT = 480
_MOST_TEXTS = 15
_MOST_LISTED = 40
_MATRIX, _COUNTS = (0.0, 0.86), (0.875, 1.0)
_LEAST_REACH = 0.05
_NAME = 30

Shares = Sequence[float | None]


def compare_confusion(view: ConfusionDifference, theme: Theme, order: ClassOrder) -> Drawn:
    """Share of each true class (row) taken for each class (column) in A, minus the share in B.

    Colours say gain or loss: off the diagonal more is a mistake more, so there they are turned round.
    """
    classes = class_axis(view.names, view.train_counts, order)
    layout = base_layout(theme, HEIGHT) | {
        "xaxis": horizontal(classes, theme, domain=list(_MATRIX), title=_title(theme, "predicted class")),
        "yaxis": axis(theme) | class_ticks(classes) | {
            "title": _title(theme, axis_title(classes, "true class")),
            "autorange": False,
            "range": [classes.size - 0.5, -0.5],
            "showgrid": False,
            "automargin": True,
        },
        "xaxis2": _counts_axis(classes, theme),
    }  # fmt: skip
    layout["xaxis"]["range"] = [-0.5, max(1, classes.size) - 0.5]
    is_drawn = bool(view.matrix) and view.a != view.b
    data = [_heat(view, classes, theme), _counts(classes, theme)] if is_drawn else []
    label = _label(view)
    figure = explained({"data": data, "layout": layout}, theme, label)
    return Drawn(figure, label, _table(view, classes if is_drawn else None), _note(view) if is_drawn else "")


def _title(theme: Theme, text: str) -> dict[str, Any]:
    return {"text": text, "font": {"size": 12, "color": theme.muted}, "standoff": 8}


def _heat(view: ConfusionDifference, classes: ClassAxis, theme: Theme) -> dict[str, Any]:
    in_order = [[view.matrix[true][predicted] for predicted in classes.order] for true in classes.order]
    reach = max([_LEAST_REACH, *(abs(v) for row in in_order for v in row if v is not None)])
    cells = _listed if classes.size <= _MOST_LISTED else _packed
    return {
        "type": "heatmap",
        "colorscale": theme.change,
        "showscale": False,
        "xgap": 1 if classes.size <= _MOST_LISTED else 0,
        "ygap": 1 if classes.size <= _MOST_LISTED else 0,
        "hoverongaps": False,
    } | cells(in_order, reach, classes, theme)


def _listed(values: Sequence[Shares], reach: float, classes: ClassAxis, theme: Theme) -> dict[str, Any]:
    """Points as numbers, with a text for each cell."""
    places = list(range(classes.size))
    few = classes.size <= _MOST_TEXTS
    names = [plain(name) for name in classes.names]
    hover = [[f"true {true}, predicted {predicted}<br>{change(value)} percentage points"
              for predicted, value in zip(names, row, strict=True)]
             for true, row in zip(names, values, strict=True)]  # fmt: skip
    return {
        "x": places,
        "y": places,
        "z": [
            [None if value is None else 100 * gain for value, gain in zip(row, gains, strict=True)]
            for row, gains in zip(values, _gains(values), strict=True)
        ],
        "zmin": -100 * reach,
        "zmax": 100 * reach,
        "text": [[change(value) for value in row] for row in values] if few else None,
        "texttemplate": "%{text}" if few else None,
        "textfont": {"size": 11, "color": theme.ink},
        "customdata": hover,
        "hovertemplate": "%{customdata}<extra></extra>",
    }


def _packed(values: Sequence[Shares], reach: float, classes: ClassAxis, _theme: Theme) -> dict[str, Any]:
    """Tenths of a point, as the cells of a small matrix show; nothing known is drawn as no change."""
    tenths = [[round(1000 * gain) for gain in row] for row in _gains(values)]
    most = max(1, round(1000 * reach))
    return {
        "z": packed("i2", tenths),
        "zmin": -most,
        "zmax": most,
        "hoverinfo": "none",
        "meta": spoken(
            [f"true {name}" for name in classes.names],
            [f"predicted {name}" for name in classes.names],
            low=-most,
            turned=True,
            words=[f"{change(tenth / 1000)} percentage points" for tenth in range(-most, most + 1)],
        ),
    }


def _gains(values: Sequence[Shares]) -> list[list[float]]:
    """The changes by what they are worth: a hit more is a gain, a mistake more a loss; 0 where unknown."""
    return [
        [(value or 0.0) if true == predicted else -(value or 0.0) for predicted, value in enumerate(row)]
        for true, row in enumerate(values)
    ]


def _counts(classes: ClassAxis, theme: Theme) -> dict[str, Any]:
    """The silhouette along the rows: training images of each true class."""
    bars = silhouette(classes, theme)
    return bars | {"orientation": "h", "x": bars["y"], "y": bars["x"], "xaxis": "x2", "yaxis": "y"}


def _counts_axis(classes: ClassAxis, theme: Theme) -> dict[str, Any]:
    counts = silhouette_axis(classes, theme, _COUNTS)
    low, high = counts["range"]
    return counts | {"anchor": "y", "range": [low, low + 1.5 * (high - low)]}


def leakage_said(view: ConfusionDifference) -> str:
    """Tail-to-head leakage of both sides in one sentence."""
    return (
        f"Tail images taken for a head class: {percent(view.leakage_a)} % in {cut(view.a, _NAME)}, "
        f"{percent(view.leakage_b)} % in {cut(view.b, _NAME)}."
    )


def _note(view: ConfusionDifference) -> str:
    return f"{cut(view.a, _NAME)} minus {cut(view.b, _NAME)}, percentage points; green gains, brown losses"


def _label(view: ConfusionDifference) -> str:
    if view.a == view.b:
        return "Difference of two confusion matrices; choose two settings."
    known = [(abs(value), value, true, predicted) for true, row in enumerate(view.matrix)
             for predicted, value in enumerate(row) if value is not None]  # fmt: skip
    if not known:
        return "Difference of two confusion matrices; no epoch of both sides is finished yet."
    _, value, true, predicted = max(known, key=lambda one: one[0])
    return (
        f"Confusion matrix of {view.a} minus that of {view.b}, {len(view.names)} classes, rows are true "
        f"classes. Largest change: {change(value)} percentage points of {view.names[true]} "
        f"taken for {view.names[predicted]}. {leakage_said(view)}"
    )


def _table(view: ConfusionDifference, classes: ClassAxis | None) -> Table:
    if classes is None:
        return Table("Confusion, difference of row shares", (Column("true class", "text"),), ())
    columns = (Column("true class", "text"),
               *(Column(f"predicted {name}, points", "percent") for name in classes.names))  # fmt: skip

    def row(place: int) -> tuple[Value, ...]:
        true = classes.order[place]
        return (view.names[true], *(view.matrix[true][predicted] for predicted in classes.order))

    return Table("Confusion, difference of row shares", columns, Rows(classes.size, row))
