"""The figure of one run's recall by class, against the silhouette of training counts."""

from collections.abc import Sequence
from operator import attrgetter
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
    found = [f"{row.correct} of {row.support} test images found" for row in rows]
    said = [f"{text}, precision {percent(row.precision)} %" for text, row in zip(found, rows, strict=True)]
    details = [f"{plain(text)}<br>{more}" for text, more in zip(classes.details, said, strict=True)]
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
    best, worst = max(known, key=attrgetter("recall")), min(known, key=attrgetter("recall"))
    return (
        f"Recall of each of {len(rows)} classes after epoch {table.epoch}, with training images. "
        f"Highest {best.name} {percent(best.recall)} %, lowest {worst.name} {percent(worst.recall)} %."
    )


def _recall_table(rows: Sequence[ClassRow]) -> Table:
    counts = ("training images", "test images", "found", "predicted")
    columns = [Column("class", "text"), *(Column(label, "integer") for label in counts)]
    columns += [Column("recall, %", "percent"), Column("precision, %", "percent")]
    values = map(
        attrgetter(*["name", "train_count", "support", "correct", "predicted", "recall", "precision"]), rows
    )
    return Table("Recall and precision by class", tuple(columns), tuple(values))
