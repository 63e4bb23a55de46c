"""Class x setting heat maps: recall of each class in each setting, and its change against the baseline."""

from collections.abc import Sequence
from operator import itemgetter
from typing import Any

from app.comparing.figures.rows import classes_of, n_words, noted, recall_columns, recall_of
from app.comparing.view import Changes, Compared, Delta, SettingRow
from app.figures.class_axis import ClassAxis, ClassOrder, group_marks, horizontal, silhouette, silhouette_axis
from app.figures.confusion import heat
from app.figures.drawn import Drawn, Table
from app.figures.layout import CHARACTER, LABEL_LENGTH, axis, base_layout, explained, plain
from app.figures.theme import Theme
from app.formats import change, cut, percent

_ROW = 26
_MOST_TEXTS = 20
_COUNTS = 74
_AROUND = 96
_LEAST_REACH = 0.05

_SURE = ("better", "worse")
Grid = list[list[float | None]]


def compare_heat(view: Compared, theme: Theme, order: ClassOrder) -> Drawn:
    """Mean recall, 0..100 %, a row a setting, a column a class."""
    classes, rows = classes_of(view, order), [row for row in view.rows if row.classes]
    values = [[recall_of(row, index) for index in classes.order] for row in rows]
    look = {"zmin": 0, "zmax": 100, "colorscale": theme.heat}
    figure = _figure(values, rows, classes, theme, look, [[percent(v) for v in row] for row in values])
    label = _heat_label(rows, classes, values)
    table = _table("Recall by setting and class", rows, classes, values)
    note = noted("mean recall, %", n_words(row.n for row in rows), "grey: training images, log scale")
    return Drawn(explained(figure, theme, label), label, table, note)


def compare_heat_delta(view: Changes, theme: Theme, order: ClassOrder) -> Drawn:
    """Mean change of recall against the baseline; white at 0, symmetric; a star where it is surely no 0."""
    classes = classes_of(view, order)
    rows = [row for row in view.rows if row.label != view.baseline and any(row.class_deltas)]
    found = [dict(enumerate(row.class_deltas)) for row in rows]
    deltas = [[by_class.get(index) for index in classes.order] for by_class in found]
    values = [[delta.mean if delta else None for delta in line] for line in deltas]
    reach = 100 * max([_LEAST_REACH, *(abs(v) for row in values for v in row if v is not None)])
    look = {"zmin": -reach, "zmax": reach, "colorscale": theme.change}
    figure = _figure(values, rows, classes, theme, look, [[_text(one) for one in line] for line in deltas])
    label = _delta_label(view, rows, classes, values)
    table = _table("Change of recall against the baseline", rows, classes, values)
    n = n_words(row.n for row in view.rows)
    note = (
        noted(f"minus {cut(view.baseline, 40)}, percentage points", n, "*: apart from 0")
        if view.baseline
        else ""
    )
    return Drawn(explained(figure, theme, label), label, table, note or "needs a baseline")


def _text(delta: Delta | None) -> str:
    """What stands in a cell: "+4.0", with a star where the verdict of the page is better or worse."""
    if delta is None:
        return change(None)
    return change(delta.mean) + ("*" if delta.verdict in _SURE else "")


def _figure(
    values: Grid,
    rows: Sequence[SettingRow],
    classes: ClassAxis,
    theme: Theme,
    look: dict[str, Any],
    texts: list[list[str]],
) -> dict[str, Any]:
    body = _ROW * max(1, len(rows))
    height = body + _COUNTS + _AROUND
    split = body / (body + _COUNTS)
    shapes, notes = group_marks(classes, theme)
    names = [cut(row.label, LABEL_LENGTH) for row in rows]
    ticks = {"tickvals": list(range(len(rows))), "ticktext": [plain(name) for name in names]}
    ticks["range"] = [len(rows) - 0.5, -0.5]
    layout = base_layout(theme, height) | {
        "xaxis": horizontal(classes, theme),
        "yaxis": axis(theme, "", domain=[0, split], showgrid=False, **ticks),
        "yaxis2": _counts_axis(classes, theme, [min(0.98, split + 0.04), 0.96]),
        "bargap": 0.28,
        "shapes": shapes,
        "annotations": notes,
    }
    layout["xaxis"]["range"] = [-0.5, max(1, classes.size) - 0.5]
    left = 20 + int(CHARACTER * max((len(name) for name in names), default=0))
    layout["margin"] |= {"l": left, "t": 24, "b": height - body - _COUNTS - 24}
    data = [_heat(values, rows, classes, theme, texts) | look, silhouette(classes, theme)] if rows else []
    return {"data": data, "layout": layout}


def _counts_axis(classes: ClassAxis, theme: Theme, domain: Sequence[float]) -> dict[str, Any]:
    """With room for the count over the largest bar, below the names of the groups."""
    counts = silhouette_axis(classes, theme, domain)
    low, high = counts["range"]
    return counts | {"range": [low, low + 1.25 * (high - low)]}


def _heat(
    values: Grid, rows: Sequence[SettingRow], classes: ClassAxis, theme: Theme, texts: list[list[str]]
) -> dict[str, Any]:
    few = classes.size <= _MOST_TEXTS
    details = [plain(detail) for detail in classes.details]
    hover = [
        [f"{plain(row.label)}<br>{detail}<br>{text} %" for detail, text in zip(details, line, strict=True)]
        for row, line in zip(rows, texts, strict=True)
    ]
    cells = {
        "x": list(range(classes.size)),
        "y": list(range(len(rows))),
        "z": [[None if value is None else 100 * value for value in line] for line in values],
        "ygap": 1,
        "text": texts if few else None,
        "texttemplate": "%{text}" if few else None,
        "textfont": {"size": 11, "color": theme.ink},
        "customdata": hover,
        "hovertemplate": "%{customdata}<extra></extra>",
        "meta": {"settings": [row.setting_hash for row in rows]},
    }
    return heat(classes, theme.heat, cells)


Cell = tuple[float, str]
"""A value and whose it is: "cat in CE"."""


def _ends(rows: Sequence[SettingRow], classes: ClassAxis, values: Grid) -> tuple[Cell, Cell] | None:
    """The lowest and the highest value; None where there is none."""
    known = [
        (value, f"{classes.names[place]} in {row.label}")
        for row, line in zip(rows, values, strict=True)
        for place, value in enumerate(line)
        if value is not None
    ]
    by_value = itemgetter(0)
    return (min(known, key=by_value), max(known, key=by_value)) if known else None


def _heat_label(rows: Sequence[SettingRow], classes: ClassAxis, values: Grid) -> str:
    ends = _ends(rows, classes, values)
    if ends is None:
        return "Recall of each class in each setting; no epoch is finished yet."
    (low, lowest), (high, highest) = ends
    return (
        f"Recall of {classes.size} classes in {len(rows)} settings: from {percent(low)} % ({lowest}) to "
        f"{percent(high)} % ({highest})."
    )


def _delta_label(view: Compared, rows: Sequence[SettingRow], classes: ClassAxis, values: Grid) -> str:
    ends = _ends(rows, classes, values)
    if not view.baseline:
        return "Change of recall against a baseline; no baseline is chosen."
    if ends is None:
        return f"Change of recall against {view.baseline}; no finished setting can be compared with it yet."
    (low, lowest), (high, highest) = ends
    return (
        f"Change of recall against {view.baseline}, percentage points, {len(rows)} settings: "
        f"lowest {change(low)} ({lowest}), highest {change(high)} ({highest})."
    )


def _table(caption: str, rows: Sequence[SettingRow], classes: ClassAxis, values: Grid) -> Table:
    heads = zip(classes.names, classes.counts, strict=True)
    lines = [(*head, *(line[place] for line in values)) for place, head in enumerate(heads)]
    columns = recall_columns(row.label for row in rows)
    return Table(caption, columns, tuple(lines) if rows else ())
