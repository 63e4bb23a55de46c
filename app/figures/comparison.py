"""Figures of several settings: test accuracy by epoch, and recall by class, one line a setting."""

from collections.abc import Mapping, Sequence
from typing import Any

from app.figures.class_axis import (
    ClassAxis,
    class_axis,
    group_marks,
    horizontal,
    silhouette,
    silhouette_axis,
)
from app.figures.colours import setting_style
from app.figures.drawn import Column, Drawn, Table, Value
from app.figures.layout import base_layout, epoch_axis, percent_axis, with_legend
from app.figures.lines import MOST_DIRECT_LABELS, Line, end_labels, trace
from app.figures.order import ClassOrder
from app.figures.theme import Theme
from app.formats import percent
from app.views.compare import CompareRow, Comparison, Curves

HEIGHT = 360
_MARGINS = 60
_LINES = (0.0, 0.76)
_COUNTS = (0.80, 0.93)


def compare_accuracy(comparison: Comparison, curves: Curves, theme: Theme) -> Drawn:
    """Test accuracy of each setting by epoch, the mean over its runs."""
    rows = comparison.rows
    means = {curve.label: {point.epoch: point.mean for point in curve.points} for curve in curves.curves}
    epochs = max((epoch for curve in means.values() for epoch in curve), default=1)
    lines = [
        _line(row, comparison, list(means[row.label]), list(means[row.label].values()), theme) for row in rows
    ]
    layout = base_layout(theme, HEIGHT) | {
        "xaxis": epoch_axis(theme, epochs),
        "yaxis": percent_axis(theme, "test accuracy, %"),
    }
    figure = _labelled(lines, layout, HEIGHT - _MARGINS)
    return Drawn(figure, _label("Test accuracy by epoch", rows), _curve_table(means, epochs))


def compare_recall(comparison: Comparison, theme: Theme, order: ClassOrder) -> Drawn:
    """Recall of each setting by class, under the silhouette of the training images."""
    counts = [cls.train_count for cls in comparison.classes]
    classes = class_axis([cls.name for cls in comparison.classes], counts, order)
    rows, places = comparison.rows, range(classes.size)
    lines = [
        _line(row, comparison, places, [_mean(row, at) for at in classes.order], theme, classes.details)
        for row in rows
    ]
    shapes, notes = group_marks(classes, theme)
    layout = base_layout(theme, HEIGHT) | {
        "xaxis": horizontal(classes, theme),
        "yaxis": percent_axis(theme, "recall, %", domain=list(_LINES)),
        "yaxis2": silhouette_axis(classes, theme, _COUNTS),
        "bargap": 0.28,
        "shapes": shapes,
        "annotations": notes,
    }
    layout["margin"] |= {"t": 24}
    figure = _labelled(lines, layout, (HEIGHT - 84) * _LINES[1])
    figure["data"].append(silhouette(classes, theme))
    note = "grey: training images, log scale"
    return Drawn(figure, _label("Recall by class", rows), _class_table(rows, classes), note)


def _line(
    row: CompareRow,
    comparison: Comparison,
    x: Sequence[int],
    y: Sequence[float | None],
    theme: Theme,
    detail: Sequence[str] = (),
) -> Line:
    style = setting_style(row.config)
    return Line(
        name=row.label,
        x=x,
        y=[None if value is None else 100 * value for value in y],
        colour=theme.of(style),
        ink=theme.ink_of(style),
        dash="dash" if row.label == comparison.baseline else style.dash,
        symbol=style.symbol,
        detail=detail,
    )


def _labelled(lines: list[Line], layout: dict[str, Any], pixels: float) -> dict[str, Any]:
    """Labels at the line ends up to eight lines; beyond, a legend below, the plot keeping its height."""
    labels, right = end_labels(lines, (0, 100), pixels)
    layout["margin"] |= {"r": right}
    layout["annotations"] = layout.get("annotations", []) + labels
    if len(lines) > MOST_DIRECT_LABELS:
        layout = with_legend(layout, len(lines))
    return {"data": [trace(line) for line in lines], "layout": layout}


def _mean(row: CompareRow, index: int) -> float | None:
    return row.classes[index].mean if index < len(row.classes) else None


def _label(what: str, rows: Sequence[CompareRow]) -> str:
    if not rows:
        return f"{what}; no run is chosen."
    last = [(row.label, _accuracy(row)) for row in rows]
    said = "; ".join(f"{label} {percent(value)} %" for label, value in last[:8])
    return f"{what} of {len(rows)} setting{'s' if len(rows) != 1 else ''}. Test accuracy: {said}."


def _accuracy(row: CompareRow) -> float | None:
    metric = row.metrics.get("accuracy")
    return metric.mean if metric else None


def _curve_table(means: Mapping[str, Mapping[int, float | None]], epochs: int) -> Table:
    columns = (Column("epoch", "integer"), *(Column(f"{label}, %", "percent") for label in means))
    values: list[tuple[Value, ...]] = [
        (epoch, *(curve.get(epoch) for curve in means.values())) for epoch in range(1, epochs + 1)
    ]
    return Table("Test accuracy by epoch", columns, tuple(values) if means else ())


def _class_table(rows: Sequence[CompareRow], classes: ClassAxis) -> Table:
    columns = (Column("class", "text"), Column("training images", "integer"),
               *(Column(f"{row.label}, %", "percent") for row in rows))  # fmt: skip
    values: list[tuple[Value, ...]] = [
        (classes.names[place], classes.counts[place], *(_mean(row, index) for row in rows))
        for place, index in enumerate(classes.order)
    ]
    return Table("Recall by class", columns, tuple(values))
