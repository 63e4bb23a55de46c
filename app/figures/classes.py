"""Figures of one run by class: recall against the silhouette of counts, and recall over the epochs."""

from collections.abc import Sequence
from typing import Any

from app.figures.class_axis import (
    MOST_COUNTS,
    ClassAxis,
    class_axis,
    group_marks,
    horizontal,
    silhouette,
    silhouette_axis,
)
from app.figures.colours import setting_style
from app.figures.drawn import Column, Drawn, Table, Value
from app.figures.layout import base_layout, epoch_axis, percent_axis, plain
from app.figures.lines import Line, end_labels, trace
from app.figures.order import ClassOrder
from app.figures.theme import Theme
from app.formats import DASH, percent
from app.views.runs import RunDetail
from app.views.series import ClassHistory, ClassRow, ClassTable

HEIGHT = 340
_MARGINS = 60
_BARS = (0.0, 0.70)
_COUNTS = (0.76, 0.93)


def class_recall(run: RunDetail, table: ClassTable, theme: Theme, order: ClassOrder) -> Drawn:
    """A bar a class (recall on test images) under the silhouette of its training images."""
    names = [row.name for row in table.classes]
    classes = class_axis(names, [row.train_count for row in table.classes], order)
    rows = [table.classes[index] for index in classes.order]
    shapes, notes = group_marks(classes, theme)
    layout = base_layout(theme, HEIGHT) | {
        "xaxis": horizontal(classes, theme),
        "yaxis": percent_axis(theme, "recall, %", domain=list(_BARS)),
        "yaxis2": silhouette_axis(classes, theme, _COUNTS),
        "bargap": 0.36,
        "shapes": shapes,
        "annotations": notes,
    }
    layout["margin"] |= {"t": 24}
    bars = _recall_bars(rows, classes, theme.of(setting_style(run.config)), theme)
    figure = {"data": [bars, silhouette(classes, theme)], "layout": layout}
    return Drawn(figure, _recall_label(table, rows), _recall_table(rows))


def class_curves(run: RunDetail, history: ClassHistory, theme: Theme, order: ClassOrder) -> Drawn:
    """Recall of each class over the epochs: the tail in the run's colour, head and medium in grey."""
    classes = class_axis(history.names, history.train_counts, order)
    lines = [_class_line(place, classes, history, run, theme) for place in range(classes.size)]
    tail = [line for line, group in zip(lines, classes.groups, strict=True) if group == "tail"]
    rest = [line for line, group in zip(lines, classes.groups, strict=True) if group != "tail"]
    named = lines if len(lines) <= 8 else tail if len(tail) <= 8 else []
    labels, right = end_labels(named, (0, 100), HEIGHT - _MARGINS)
    layout = base_layout(theme, HEIGHT) | {
        "xaxis": epoch_axis(theme, run.progress.epochs),
        "yaxis": percent_axis(theme, "recall, %"),
        "annotations": labels,
    }
    layout["margin"] |= {"r": max(right, 18)}
    return Drawn(
        figure={
            "data": [trace(line) | {"showlegend": line in named} for line in [*rest, *tail]],
            "layout": layout,
        },
        label=_curves_label(classes, history),
        table=_history_table(classes, history),
    )


def _recall_bars(
    rows: Sequence[ClassRow], classes: ClassAxis, colour: str, theme: Theme
) -> dict[str, Any]:  # fmt: skip
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


_WIDTHS = {"head": 1.0, "medium": 1.2, "tail": 2.2}


def _class_line(
    place: int, classes: ClassAxis, history: ClassHistory, run: RunDetail, theme: Theme
) -> Line:  # fmt: skip
    group, recall = classes.groups[place], history.recall[classes.order[place]]
    style = setting_style(run.config)
    return Line(
        name=classes.names[place],
        x=history.epochs,
        y=[None if value is None else 100 * value for value in recall],
        colour={"head": theme.head, "medium": theme.medium, "tail": theme.of(style)}[group],
        ink=theme.ink_of(style) if group == "tail" else theme.muted,
        width=_WIDTHS[group],
        detail=[f"{classes.details[place]}, epoch {epoch}" for epoch in history.epochs],
    )


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


def _curves_label(classes: ClassAxis, history: ClassHistory) -> str:
    if not history.epochs:
        return "Recall of each class by epoch; no epoch is finished yet."
    tail = [history.recall[index][-1] for index, group in zip(classes.order, classes.groups, strict=True)
            if group == "tail"]  # fmt: skip
    known = [value for value in tail if value is not None]
    mean = percent(sum(known) / len(known)) if known else DASH
    return (
        f"Recall of each of {classes.size} classes over {len(history.epochs)} epochs; "
        f"the tail is emphasised, its mean is {mean} % after epoch {history.epochs[-1]}."
    )


def _history_table(classes: ClassAxis, history: ClassHistory) -> Table:
    columns = (Column("class", "text"), Column("training images", "integer"),
               *(Column(f"epoch {epoch}, %", "percent") for epoch in history.epochs))  # fmt: skip
    rows: list[tuple[Value, ...]] = [
        (classes.names[place], classes.counts[place], *history.recall[index])
        for place, index in enumerate(classes.order)
    ]
    return Table("Recall by class and epoch", columns, tuple(rows))
