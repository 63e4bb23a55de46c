"""The figure of recall by class of several settings, a line each under the silhouette of the counts."""

from collections.abc import Sequence

from app.comparing.figures.rows import (
    Look,
    error_bars,
    labelled,
    metric_of,
    recall_interval,
    recall_of,
    row_looks,
)
from app.comparing.view import Compared, SettingRow
from app.figures.class_axis import ClassAxis, class_axis, recall_layout, silhouette
from app.figures.drawn import Column, Drawn, Table, Value
from app.figures.lines import Line
from app.figures.order import ClassOrder
from app.figures.theme import Theme
from app.formats import percent

HEIGHT = 360
MOST_WITH_BARS = 6
"""Settings whose intervals are drawn; of more, hovering and the table tell them."""
_LINES = (0.0, 0.76)
_COUNTS = (0.80, 0.93)


def compare_recall(comparison: Compared, theme: Theme, order: ClassOrder) -> Drawn:
    """Recall of each setting by class, under the silhouette of the training images."""
    counts = [cls.train_count for cls in comparison.classes]
    classes = class_axis([cls.name for cls in comparison.classes], counts, order)
    rows = [row for row in comparison.rows if any(spread.mean is not None for spread in row.classes)]
    looks = row_looks(comparison.rows, comparison.baseline, theme)
    lines = [_line(row, classes, looks[row.label]) for row in rows]
    layout = recall_layout(classes, theme, HEIGHT, _LINES, _COUNTS) | {"bargap": 0.28}
    figure = labelled(lines, layout, (0, 100), (HEIGHT - 84) * _LINES[1])
    for drawn, row in zip(figure["data"], rows if len(rows) <= MOST_WITH_BARS else (), strict=False):
        means = [recall_of(row, index) for index in classes.order]
        ends = [recall_interval(row, index) for index in classes.order]
        drawn["error_y"] = error_bars(means, ends, drawn["line"]["color"])
    figure["data"].append(silhouette(classes, theme))
    note = "mean and 95 % interval; grey: training images, log scale"
    return Drawn(figure, _label(rows), _table(rows, classes), note)


def _line(row: SettingRow, classes: ClassAxis, look: Look) -> Line:
    recall = [recall_of(row, index) for index in classes.order]
    ends = [_interval(row, index) for index in classes.order]
    return Line(
        name=row.label,
        x=range(classes.size),
        y=[None if value is None else 100 * value for value in recall],
        detail=[f"{detail}{said}" for detail, said in zip(classes.details, ends, strict=True)],
        group=row.setting_hash,
        **vars(look),
    )


def _interval(row: SettingRow, index: int) -> str:
    ends = recall_interval(row, index)
    return f"<br>95 % interval {percent(ends[0])} to {percent(ends[1])} %" if ends else ""


def _label(rows: Sequence[SettingRow]) -> str:
    if not rows:
        return "Recall by class; no epoch is finished yet."
    said = "; ".join(f"{row.label} {percent(metric_of(row, 'accuracy')[0])} %" for row in rows[:8])
    return f"Recall by class of {len(rows)} setting{'s' if len(rows) != 1 else ''}. Test accuracy: {said}."


def _table(rows: Sequence[SettingRow], classes: ClassAxis) -> Table:
    parts = ("", " low", " high")
    columns = (
        Column("class", "text"),
        Column("training images", "integer"),
        *(Column(f"{row.label}{part}, %", "percent") for row in rows for part in parts),
    )
    values: list[tuple[Value, ...]] = [
        (classes.names[place], classes.counts[place], *(cell for row in rows for cell in _cells(row, index)))
        for place, index in enumerate(classes.order)
    ]
    return Table("Recall by class", columns, tuple(values) if rows else ())


def _cells(row: SettingRow, index: int) -> tuple[float | None, ...]:
    """Recall and the ends of its interval."""
    return (recall_of(row, index), *(recall_interval(row, index) or (None, None)))
