"""The confusion matrix: rows are true classes, each divided by its number of test images."""

from typing import Any

from app.figures.class_axis import (
    ClassAxis,
    axis_title,
    class_axis,
    class_ticks,
    horizontal,
    silhouette,
    silhouette_axis,
)
from app.figures.drawn import Column, Drawn, Table, Value
from app.figures.layout import axis, base_layout, plain
from app.figures.order import ClassOrder
from app.figures.theme import Theme
from app.formats import count, percent
from app.views.series import ConfusionView

HEIGHT = 520
_MOST_TEXTS = 15
_MATRIX, _COUNTS = (0.0, 0.86), (0.875, 1.0)


def confusion(view: ConfusionView, theme: Theme, order: ClassOrder) -> Drawn:
    """Share of each true class (row) that was taken for each class (column), counts when hovering."""
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
    layout["xaxis"]["range"] = [-0.5, classes.size - 0.5]
    data = [_heat(view, classes, theme), _counts(classes, theme)] if view.matrix else []
    return Drawn(
        {"data": data, "layout": layout}, _label(view), _table(view, classes), "each row sums to 100 %"
    )


def _title(theme: Theme, text: str) -> dict[str, Any]:
    return {"text": text, "font": {"size": 12, "color": theme.muted}, "standoff": 8}


def _heat(view: ConfusionView, classes: ClassAxis, theme: Theme) -> dict[str, Any]:
    places = list(range(classes.size))
    values = [[view.normalised[true][predicted] for predicted in classes.order] for true in classes.order]
    hundred = [[None if value is None else 100 * value for value in row] for row in values]
    few = classes.size <= _MOST_TEXTS
    return {
        "type": "heatmap",
        "x": places,
        "y": places,
        "z": hundred,
        "zmin": 0,
        "zmax": 100,
        "colorscale": theme.heat,
        "showscale": False,
        "xgap": 1 if classes.size <= 40 else 0,
        "ygap": 1 if classes.size <= 40 else 0,
        "text": [[percent(value) for value in row] for row in values] if few else None,
        "texttemplate": "%{text}" if few else None,
        "textfont": {"size": 11, "color": theme.ink},
        "hoverongaps": False,
        "customdata": _hover(view, classes),
        "hovertemplate": "%{customdata}<extra></extra>",
    }


def _hover(view: ConfusionView, classes: ClassAxis) -> list[list[str]]:
    names = [plain(name) for name in view.names]
    texts = []
    for true in classes.order:
        cells, shares = view.matrix[true], view.normalised[true]
        whole = count(sum(cells))
        texts.append(
            [
                f"true {names[true]}, predicted {names[predicted]}<br>"
                f"{cells[predicted]:,} of {whole} test images, {percent(shares[predicted])} %"
                for predicted in classes.order
            ]
        )
    return texts


def _counts(classes: ClassAxis, theme: Theme) -> dict[str, Any]:
    """The silhouette along the rows: training images of each true class."""
    bars = silhouette(classes, theme)
    places = bars["x"]
    return bars | {"orientation": "h", "x": bars["y"], "y": places, "xaxis": "x2", "yaxis": "y"}


def _counts_axis(classes: ClassAxis, theme: Theme) -> dict[str, Any]:
    counts = silhouette_axis(classes, theme, _COUNTS)
    low, high = counts["range"]
    return counts | {"anchor": "y", "range": [low, low + 1.5 * (high - low)]}


def _label(view: ConfusionView) -> str:
    if not view.matrix:
        return "Confusion matrix; no epoch is finished yet."
    pairs = [
        (row[predicted], true, predicted)
        for true, row in enumerate(view.normalised)
        for predicted in range(len(row))
        if true != predicted and row[predicted]
    ]
    said = f"Confusion matrix of {len(view.names)} classes after epoch {view.epoch}, rows are true classes."
    if not pairs:
        return f"{said} No test image was taken for another class."
    share, true, predicted = max(pairs, key=lambda pair: (pair[0] or 0.0, -pair[1], -pair[2]))
    return (
        f"{said} Most frequent mistake: {percent(share)} % of {view.names[true]} "
        f"taken for {view.names[predicted]}."
    )


def _table(view: ConfusionView, classes: ClassAxis) -> Table:
    columns = (Column("true class", "text"),
               *(Column(f"predicted {name}", "integer") for name in classes.names))  # fmt: skip
    rows: list[tuple[Value, ...]] = [
        (view.names[true], *(view.matrix[true][predicted] for predicted in classes.order))
        for true in (classes.order if view.matrix else ())
    ]
    return Table("Confusion matrix, test images", columns, tuple(rows))
