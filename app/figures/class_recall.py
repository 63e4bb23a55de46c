"""The figure of one run's recall by class, against the silhouette of training counts."""

from collections.abc import Sequence
from typing import Any

from app.figures.class_axis import (
    MOST_COUNTS,
    ClassAxis,
    ClassOrder,
    class_axis,
    recall_layout,
    silhouette,
)
from app.figures.colours import setting_style
from app.figures.drawn import Column, Drawn, Table
from app.figures.layout import plain
from app.figures.theme import Theme
from app.formats import percent
from app.views.runs.view import RunDetail
from app.views.series.view import ClassRow, ClassTable

HEIGHT = 340
_BARS = (0.0, 0.70)
_COUNTS = (0.76, 0.93)


def class_recall(run: RunDetail, table: ClassTable, theme: Theme, order: ClassOrder) -> Drawn:
    """A bar a class (recall on test images) under the silhouette of its training images."""
    names = [row.name for row in table.classes]
    classes = class_axis(names, [row.train_count for row in table.classes], order)
    rows = [table.classes[index] for index in classes.order]
    layout = recall_layout(classes, theme, HEIGHT, _BARS, _COUNTS) | {"bargap": 0.36}
    bars = _recall_bars(rows, classes, theme.of(setting_style(run.config)), theme)
    figure = {"data": [bars, silhouette(classes, theme)], "layout": layout}
    note = "grey: training images, log scale"
    return Drawn(figure, _recall_label(table, rows), _recall_table(rows), note)


def _recall_bars(rows: Sequence[ClassRow], classes: ClassAxis, colour: str, theme: Theme) -> dict[str, Any]:
    few = classes.size <= MOST_COUNTS
    details = [
        f"{detail}<br>{row.correct} of {row.support} test images found, precision {percent(row.precision)} %"
        for detail, row in zip((plain(text) for text in classes.details), rows, strict=True)
    ]
    return {
        "type": "bar",
        "name": "recall",
        "x": list(range(classes.size)),
        "y": [None if row.recall is None else 100 * row.recall for row in rows],
        "marker": {"color": colour, "line": {"width": 0}},
        "text": [percent(row.recall) for row in rows] if few else None,
        "textposition": "outside",
        "textfont": {"size": 11, "color": theme.ink},
        "cliponaxis": False,
        "customdata": details,
        "hovertemplate": "%{customdata}<br>recall %{y:.1f} %<extra></extra>",
    }


def _recall_label(table: ClassTable, rows: Sequence[ClassRow]) -> str:
    if not rows:
        return "Recall of each class; no epoch is finished yet."
    known = [row for row in rows if row.recall is not None]
    if not known:
        return f"Recall of each of {len(rows)} classes; no class has test images."
    best, worst = max(known, key=_recall), min(known, key=_recall)
    return (
        f"Recall of each of {len(rows)} classes after epoch {table.epoch}, with training images. "
        f"Highest {best.name} {percent(best.recall)} %, lowest {worst.name} {percent(worst.recall)} %."
    )


def _recall(row: ClassRow) -> float:
    return row.recall or 0.0


def _recall_table(rows: Sequence[ClassRow]) -> Table:
    columns = (Column("class", "text"), Column("training images", "integer"),
               Column("test images", "integer"), Column("found", "integer"),
               Column("predicted", "integer"), Column("recall, %", "percent"),
               Column("precision, %", "percent"))  # fmt: skip
    values = [(row.name, row.train_count, row.support, row.correct, row.predicted, row.recall, row.precision)
              for row in rows]  # fmt: skip
    return Table("Recall and precision by class", columns, tuple(values))
