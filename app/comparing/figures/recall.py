"""The figures of recall of several settings: by class, a line each, and against the training images."""

import math
from collections.abc import Sequence

from app.comparing.figures.hidden import hidden_note
from app.comparing.figures.rows import (
    Style,
    classes_of,
    error_bars,
    labelled,
    metric_of,
    n_words,
    noted,
    recall_columns,
    recall_interval,
    recall_of,
    row_styles,
)
from app.comparing.view import Compared, SettingRow
from app.figures.class_axis import ClassAxis, ClassOrder, recall_layout, silhouette
from app.figures.drawn import Drawn, Table, Value
from app.figures.layout import axis, base_layout, log_ticks, percent_axis
from app.figures.lines import MOST_TOGETHER, Line, read_together
from app.figures.theme import Theme
from app.formats import count, counted, percent

HEIGHT = 360
LINE_WIDTH = 0.6
"""Points of recall that a line is thick: about two pixels."""
MOST_WITH_BARS = 6
"""Settings whose intervals are drawn; of more, hovering and the table tell them."""
_LINES = (0.0, 0.76)
_COUNTS = (0.80, 0.93)
_MARGINS = 60


def compare_recall(comparison: Compared, theme: Theme, order: ClassOrder) -> Drawn:
    """Recall of each setting by class, under the silhouette of the training images."""
    classes = classes_of(comparison, order)
    rows = [row for row in comparison.rows if any(spread.mean is not None for spread in row.classes)]
    looks = row_styles(comparison.rows, comparison.baseline, theme)
    lines = [_class_line(row, classes, looks[row.label], len(rows) <= MOST_TOGETHER) for row in rows]
    layout = recall_layout(classes, theme, HEIGHT, _LINES, _COUNTS) | {"bargap": 0.28}
    layout = read_together(layout, len(lines))
    figure = labelled(lines, layout, (0, 100), (HEIGHT - 84) * _LINES[1])
    for drawn, row in zip(figure["data"], rows if len(rows) <= MOST_WITH_BARS else (), strict=False):
        means = [recall_of(row, index) for index in classes.order]
        ends = [recall_interval(row, index) for index in classes.order]
        drawn["error_y"] = error_bars(means, ends, drawn["line"]["color"])
    figure["data"].append(silhouette(classes, theme))
    n = n_words(row.n for row in rows)
    what = ", ".join(filter(None, ["mean and 95 % interval", n]))
    note = noted(what, "grey: training images, log scale", hidden_note(lines, LINE_WIDTH))
    return Drawn(figure, _class_label(rows), _class_table(rows, classes), note)


def _class_line(row: SettingRow, classes: ClassAxis, look: Style, is_together: bool) -> Line:
    detail = [_interval(row, index) for index in classes.order]
    if not is_together:
        pairs = zip(classes.details, detail, strict=True)
        detail = [", ".join(filter(None, pair)) for pair in pairs]
    recall = [recall_of(row, index) for index in classes.order]
    return _line(row, range(classes.size), recall, detail, look, is_together)


def _line(
    row: SettingRow,
    x: Sequence[float],
    recall: Sequence[float | None],
    detail: Sequence[str],
    look: Style,
    is_together: bool,
) -> Line:
    y = [None if value is None else 100 * value for value in recall]
    more = vars(look)
    return Line(row.label, x, y, detail=detail, group=row.setting_hash, is_together=is_together, **more)


def _interval(row: SettingRow, index: int) -> str:
    ends = recall_interval(row, index)
    return f"95 % interval {percent(ends[0])} to {percent(ends[1])} %" if ends else f"n = {row.n}"


def _class_label(rows: Sequence[SettingRow]) -> str:
    if not rows:
        return "Recall by class; no epoch is finished yet."
    accuracies = "; ".join(f"{row.label} {percent(metric_of(row, 'accuracy')[0])} %" for row in rows[:8])
    return f"Recall by class of {counted(len(rows), 'setting')}. Test accuracy: {accuracies}."


def _class_table(rows: Sequence[SettingRow], classes: ClassAxis) -> Table:
    columns = recall_columns([f"{row.label}{part}" for row in rows for part in ("", " low", " high")])
    values: list[tuple[Value, ...]] = [
        (classes.names[place], classes.counts[place], *(cell for row in rows for cell in _cells(row, index)))
        for place, index in enumerate(classes.order)
    ]
    return Table("Recall by class", columns, tuple(values) if rows else ())


def _cells(row: SettingRow, index: int) -> tuple[float | None, ...]:
    """Recall and the ends of its interval."""
    return (recall_of(row, index), *(recall_interval(row, index) or (None, None)))


def compare_recall_count(view: Compared, theme: Theme) -> Drawn:
    """Mean recall against training images (logarithmic, largest class left), one line a setting.

    Classes with equal counts share a point, the mean of their recall.
    """
    counts = [cls.train_count for cls in view.classes]
    classes = classes_of(view, "count")
    places: dict[int, list[int]] = {}
    for place, n in enumerate(classes.counts):
        places.setdefault(n, []).append(place)
    rows = [row for row in view.rows if row.classes]
    looks = row_styles(view.rows, view.baseline, theme)
    is_together = len(rows) <= MOST_TOGETHER
    lines = [_count_line(row, classes, places, looks[row.label], is_together) for row in rows]
    title = "training images of the class, log scale, largest first"
    layout = base_layout(theme, HEIGHT) | {
        "xaxis": axis(theme, title, type="log", range=_range(counts), **log_ticks(counts)),
        "yaxis": percent_axis(theme, "recall, %"),
    }
    layout = read_together(layout, len(rows), "%{x} training images")
    figure = labelled(lines, layout, (0, 100), HEIGHT - _MARGINS)
    for note in figure["layout"]["annotations"]:  # positions on a logarithmic axis would need powers
        note |= {"x": 1, "xref": "paper"}
    runs = n_words(row.n for row in rows)
    note = noted("the tail stands right", runs, hidden_note(lines, LINE_WIDTH))
    return Drawn(figure, _count_label(rows, classes), _count_table(rows, classes), note)


def _count_line(
    row: SettingRow, classes: ClassAxis, places: dict[int, list[int]], look: Style, is_together: bool
) -> Line:
    """places: by training count, largest first, where the classes that have it stand on the axis."""
    means = [_mean([recall_of(row, classes.order[place]) for place in at]) for at in places.values()]
    detail = [] if is_together else [_detail(classes, at) for at in places.values()]
    return _line(row, [max(1, n) for n in places], means, detail, look, is_together)


def _detail(classes: ClassAxis, places: Sequence[int]) -> str:
    if len(places) == 1:
        return classes.details[places[0]]
    return f"{len(places)} classes with {count(classes.counts[places[0]])} training images each, mean"


def _mean(values: Sequence[float | None]) -> float | None:
    known = [value for value in values if value is not None]
    return sum(known) / len(known) if known else None


def _range(counts: Sequence[int]) -> list[float]:
    """From the largest count down to the smallest (powers of ten), with a little room."""
    logs = [math.log10(max(1, n)) for n in counts] or [0.0, 1.0]
    room = 0.04 * (max(logs) - min(logs)) or 0.3
    return [max(logs) + room, min(logs) - room]


def _count_label(rows: Sequence[SettingRow], classes: ClassAxis) -> str:
    if not rows or not classes.size:
        return "Recall against training images; no epoch is finished yet."
    ends = [f"{row.label} {percent(recall_of(row, classes.order[-1]))} %" for row in rows[:8]]
    return (
        f"Recall against training images of {classes.size} classes, {len(rows)} settings. "
        f"Smallest class ({classes.names[-1]}, {count(classes.counts[-1])}): {'; '.join(ends)}."
    )


def _count_table(rows: Sequence[SettingRow], classes: ClassAxis) -> Table:
    class_, images, *recalls = recall_columns([row.label for row in rows])
    lines: list[tuple[Value, ...]] = [
        (classes.counts[place], classes.names[place], *(recall_of(row, index) for row in rows))
        for place, index in enumerate(classes.order)
    ]
    return Table("Recall against training images", (images, class_, *recalls), tuple(lines) if rows else ())
