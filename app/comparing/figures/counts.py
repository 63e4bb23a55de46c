"""The figure of recall against training count: where on the long tail a setting wins or loses."""

import math
from collections.abc import Sequence

from app.comparing.figures.rows import Look, labelled, recall_of, row_looks
from app.comparing.view import Compared, SettingRow
from app.figures.class_axis import ClassAxis, class_axis
from app.figures.drawn import Column, Drawn, Table, Value
from app.figures.layout import axis, base_layout, log_ticks, percent_axis
from app.figures.lines import Line
from app.figures.theme import Theme
from app.formats import count, percent

HEIGHT = 360
_MARGINS = 60


def compare_recall_count(view: Compared, theme: Theme) -> Drawn:
    """Mean recall against training images (logarithmic, largest class left), one line a setting.

    Classes with equal counts share a point, the mean of their recall.
    """
    counts = [cls.train_count for cls in view.classes]
    classes = class_axis([cls.name for cls in view.classes], counts, "count")
    places = _by_count(classes)
    rows = [row for row in view.rows if row.classes]
    looks = row_looks(view.rows, view.baseline, theme)
    lines = [_line(row, classes, places, looks[row.label]) for row in rows]
    layout = base_layout(theme, HEIGHT) | {
        "xaxis": axis(
            theme,
            "training images of the class, log scale, largest first",
            type="log",
            range=_range(counts),
            **log_ticks(counts),
        ),
        "yaxis": percent_axis(theme, "recall, %"),
    }
    figure = labelled(lines, layout, (0, 100), HEIGHT - _MARGINS)
    _at_the_edge(figure)
    return Drawn(figure, _label(rows, classes), _table(rows, classes), "the tail stands right")


def _by_count(classes: ClassAxis) -> list[tuple[int, list[int]]]:
    """(training count, places on the class axis that have it), largest first."""
    found: dict[int, list[int]] = {}
    for place, n in enumerate(classes.counts):
        found.setdefault(n, []).append(place)
    return sorted(found.items(), reverse=True)


def _line(row: SettingRow, classes: ClassAxis, places: Sequence[tuple[int, list[int]]], look: Look) -> Line:
    means = [_mean([recall_of(row, classes.order[place]) for place in at]) for _, at in places]
    return Line(
        name=row.label,
        x=[max(1, n) for n, _ in places],
        y=[None if mean is None else 100 * mean for mean in means],
        detail=[_detail(classes, at) for _, at in places],
        group=row.setting_hash,
        **vars(look),
    )


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


def _at_the_edge(figure: dict[str, object]) -> None:
    """Labels stand at the right edge: positions on a logarithmic axis would need powers."""
    layout = figure["layout"]
    assert isinstance(layout, dict)
    for note in layout["annotations"]:
        note |= {"x": 1, "xref": "paper"}


def _label(rows: Sequence[SettingRow], classes: ClassAxis) -> str:
    if not rows or not classes.size:
        return "Recall against training images; no epoch is finished yet."
    ends = [f"{row.label} {percent(recall_of(row, classes.order[-1]))} %" for row in rows[:8]]
    return (
        f"Recall against training images of {classes.size} classes, {len(rows)} settings. "
        f"Smallest class ({classes.names[-1]}, {count(classes.counts[-1])}): {'; '.join(ends)}."
    )


def _table(rows: Sequence[SettingRow], classes: ClassAxis) -> Table:
    columns = (
        Column("training images", "integer"),
        Column("class", "text"),
        *(Column(f"{row.label}, %", "percent") for row in rows),
    )
    lines: list[tuple[Value, ...]] = [
        (classes.counts[place], classes.names[place], *(recall_of(row, index) for row in rows))
        for place, index in enumerate(classes.order)
    ]
    return Table("Recall against training images", columns, tuple(lines) if rows else ())
