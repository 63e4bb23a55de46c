"""One run's recall by class: against the silhouette of training counts, and over the epochs.

Over the epochs the tail is emphasised, and many classes stand behind means.
"""

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
from app.figures.colours import SettingStyle, setting_style
from app.figures.drawn import Column, Drawn, Rows, Table, Value
from app.figures.layout import base_layout, epoch_axis, percent_axis, plain, with_legend
from app.figures.lines import (
    AT_EPOCH,
    FARTHEST,
    MOST_TOGETHER,
    Line,
    as_percents,
    end_labels,
    read_together,
    trace,
)
from app.figures.theme import Theme
from app.formats import DASH, percent
from app.views.runs.view import RunDetail
from app.views.series.view import ClassHistory, ClassRow, ClassTable

HEIGHT = 340
_BARS, _COUNTS = (0.0, 0.70), (0.76, 0.93)
_MARGINS, _MANY = 60, 26
_MOST_NAMED = 16
"""Lines that can bear their names at their ends: as many as there are lines of text beside the figure."""
_DASHES = ("solid", "dash", "dot", "dashdot", "longdash", "longdashdot")
_SYMBOLS = ("circle", "square", "diamond", "triangle-up", "x", "triangle-down", "star")
_WIDTHS = {"head": 1.0, "medium": 1.2, "tail": 2.2, "": 1.2}


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


def class_curves(run: RunDetail, history: ClassHistory, theme: Theme, order: ClassOrder) -> Drawn:
    """Recall of each class over the epochs: the tail thick in the run's colour, head and medium in grey.

    Each class of a group has a dash and marker of its own. Beyond 16 classes the names at the ends are those
    of the tail and of the means of head and medium; more than 26 classes are thin lines behind the means of
    head, medium and tail. Where all training counts
    are equal there are no such groups: every class is in the run's colour, and the mean is of all.
    """
    classes = class_axis(history.names, history.train_counts, order)
    style = setting_style(run.config)
    lines = [_class_line(place, classes, history, style, theme) for place in range(classes.size)]
    lines.sort(key=lambda line: line.width)
    named = _named(classes, lines)
    if classes.size > _MOST_NAMED:
        means = _means(classes, history, style, theme)
        lines += means
        named += means
    labels, right = end_labels(named, (0, 100), HEIGHT - _MARGINS, _MOST_NAMED, FARTHEST)
    layout = base_layout(theme, HEIGHT) | {
        "xaxis": epoch_axis(theme, run.progress.epochs),
        "yaxis": percent_axis(theme, "recall, %"),
        "annotations": labels,
    }
    layout["margin"] |= {"r": right}
    layout = read_together(layout, len(lines), AT_EPOCH)
    if named and not labels:
        layout = with_legend(layout, len(named))
    in_legend = set(map(id, named))  # two lines are compared value by value
    traces = [trace(line) | {"showlegend": id(line) in in_legend} for line in lines]
    figure = {"data": traces, "layout": layout}
    note = "tail drawn thick" if classes.has_groups else ""
    return Drawn(figure, _label(classes, history), _table(classes, history), note)


def _named(classes: ClassAxis, lines: Sequence[Line]) -> list[Line]:
    """The lines of classes that bear their names: all of a few, otherwise the tail, of very many none."""
    if classes.size <= _MOST_NAMED:
        return list(lines)
    return [line for line in lines if line.width == _WIDTHS["tail"]]


def _class_line(
    place: int, classes: ClassAxis, history: ClassHistory, style: SettingStyle, theme: Theme
) -> Line:
    group, many = classes.groups[place], classes.size > _MANY
    recall = history.recall[classes.order[place]]
    colour, ink = _inks(group, style, theme)
    rank = 0 if many else classes.groups[:place].count(group)
    return Line(
        name=classes.names[place],
        x=history.epochs,
        y=as_percents(recall),
        colour=f"{colour}55" if many else colour,
        ink=ink,
        dash="solid" if many else _DASHES[rank % len(_DASHES)],
        symbol="circle" if many else _SYMBOLS[rank % len(_SYMBOLS)],
        width=1.0 if many else _WIDTHS[group],
        about=classes.details[place],
        points=not many,
        is_together=classes.size <= MOST_TOGETHER,
    )


def _means(classes: ClassAxis, history: ClassHistory, style: SettingStyle, theme: Theme) -> list[Line]:
    """The mean recall of each group, as in the figures of the epoch; not of a tail that is named."""
    lines = []
    shown = [name for name in _WIDTHS if name in classes.groups and (name != "tail" or classes.size > _MANY)]
    for group in shown:
        pairs = zip(classes.order, classes.groups, strict=True)
        members = [history.recall[index] for index, name in pairs if name == group]
        means = as_percents([_mean(values) for values in zip(*members, strict=True)])
        look = _inks(group, style, theme)
        lines.append(Line(f"{group or 'all classes'}, mean", history.epochs, means, *look, width=3.0))
    return lines


def _inks(group: str, style: SettingStyle, theme: Theme) -> tuple[str, str]:
    """Colour of a line and of its label."""
    if group in ("tail", ""):
        return theme.of(style), theme.ink_of(style)
    return {"head": theme.head, "medium": theme.medium}[group], theme.muted


def _mean(values: Sequence[float | None]) -> float | None:
    try:
        return sum(values) / len(values)  # type: ignore[arg-type]
    except TypeError:
        known = [value for value in values if value is not None]
        return sum(known) / len(known) if known else None


def _label(classes: ClassAxis, history: ClassHistory) -> str:
    if not history.epochs:
        return "Recall of each class by epoch; no epoch is finished yet."
    pairs = zip(classes.order, classes.groups, strict=True)
    tail = [history.recall[index][-1] for index, group in pairs if group == "tail"]
    known = [value for value in tail if value is not None]
    mean = percent(sum(known) / len(known)) if known else DASH
    said = f"Recall of each of {classes.size} classes over {len(history.epochs)} epochs"
    if not classes.has_groups:
        return f"{said}; all have as many training images."
    return f"{said}; the tail is emphasised, its mean is {mean} % after epoch {history.epochs[-1]}."


def _table(classes: ClassAxis, history: ClassHistory) -> Table:
    columns = [Column("class", "text"), Column("training images", "integer")]
    columns += [Column(f"epoch {epoch}, %", "percent") for epoch in history.epochs]

    def row(place: int) -> tuple[Value, ...]:
        return classes.names[place], classes.counts[place], *history.recall[classes.order[place]]

    return Table("Recall by class and epoch", tuple(columns), Rows(classes.size, row))
