"""The confusion matrix: rows are true classes, each divided by its number of test images.

What it shares with other figures of class x class matrices stands first: axes, cells, counts beside.
"""

import sys
from array import array
from base64 import b64encode
from collections.abc import Iterable, Sequence
from operator import itemgetter
from typing import Any, Literal

from app.figures.class_axis import (
    ClassAxis,
    ClassOrder,
    axis_title,
    class_axis,
    class_ticks,
    horizontal,
    silhouette,
    silhouette_axis,
)
from app.figures.drawn import Column, Drawn, Rows, Table, Value
from app.figures.layout import axis, base_layout, plain, title_of
from app.figures.theme import Theme
from app.formats import count, percent
from app.views.runs.confusion import ConfusionCounts, mistakes

HEIGHT = 520
MOST_TEXTS = 15
MOST_LISTED = 40
"""Classes whose cells are sent as numbers, parted by gaps; of more, they are packed and touch."""
_MATRIX = (0.0, 0.86)
_COUNTS = (0.875, 1.0)

Code = Literal["u1", "i2", "u2"]

_ARRAYS: dict[Code, str] = {"u1": "B", "i2": "h", "u2": "H"}


def matrix_layout(classes: ClassAxis, theme: Theme, height: int) -> dict[str, Any]:
    """Predicted classes along the x axis, true ones down the y axis, training images on a second x axis."""
    rows = {"autorange": False, "range": [classes.size - 0.5, -0.5], "showgrid": False, "automargin": True}
    layout = base_layout(theme, height) | {
        "xaxis": horizontal(classes, theme, domain=list(_MATRIX), title=title_of(theme, "predicted class")),
        "yaxis": axis(theme, axis_title(classes, "true class")) | class_ticks(classes) | rows,
        "xaxis2": _counts_axis(classes, theme),
    }
    layout["xaxis"]["range"] = [-0.5, max(1, classes.size) - 0.5]
    return layout


def heat(classes: ClassAxis, colorscale: Any, cells: dict[str, Any]) -> dict[str, Any]:
    """The cells as a heat map."""
    gap = 1 if classes.size <= MOST_LISTED else 0
    look = {"showscale": False, "xgap": gap, "ygap": gap, "hoverongaps": False}
    return {"type": "heatmap", "colorscale": colorscale} | look | cells


def counts_beside(classes: ClassAxis, theme: Theme) -> dict[str, Any]:
    """The silhouette along the rows: training images of each true class."""
    bars = silhouette(classes, theme)
    return bars | {"orientation": "h", "x": bars["y"], "y": bars["x"], "xaxis": "x2", "yaxis": "y"}


def _counts_axis(classes: ClassAxis, theme: Theme) -> dict[str, Any]:
    counts = silhouette_axis(classes, theme, _COUNTS)
    low, high = counts["range"]
    return counts | {"anchor": "y", "range": [low, low + 1.5 * (high - low)]}


def packed(code: Code, rows: Sequence[Iterable[int]]) -> dict[str, Any]:
    """A matrix [rows][columns] of integers that fit `code`: unsigned or signed, and bytes of each.

    In base64, little-endian: a list of a million numbers is 20 MB of JSON, packed 1.3 MB a byte of a number.
    """
    numbers = array(_ARRAYS[code])
    for row in rows:
        numbers.frombytes(bytes(row) if code == "u1" else array(_ARRAYS[code], row).tobytes())
    if sys.byteorder == "big":
        numbers.byteswap()
    shape = f"{len(rows)}, {len(numbers) // max(1, len(rows))}"
    return {"dtype": code, "bdata": b64encode(numbers).decode("ascii"), "shape": shape}


def hover_words(rows: Sequence[str], columns: Sequence[str], **more: Any) -> dict[str, Any]:
    """What the page says of a cell under the pointer (static/plot-hover.js), for a trace's `meta`.

    "rows[i], columns[j]", then, where the trace has customdata, its number and after[i]; otherwise
    words[z - low]. As plain text. turned: off the diagonal z is drawn with the other sign than it is said.
    """
    return {"cells": {"rows": rows, "columns": columns, **more}}


def confusion(view: ConfusionCounts, theme: Theme, order: ClassOrder) -> Drawn:
    """Share of each true class (row) that was taken for each class (column), counts when hovering."""
    classes = class_axis(view.names, view.train_counts, order)
    layout = matrix_layout(classes, theme, HEIGHT)
    data = [_heat(view, classes, theme), counts_beside(classes, theme)] if view.matrix else []
    note = "each row sums to 100 %"
    return Drawn({"data": data, "layout": layout}, _label(view), _table(view, classes), note)


def _heat(view: ConfusionCounts, classes: ClassAxis, theme: Theme) -> dict[str, Any]:
    cells = _listed if classes.size <= MOST_LISTED else _packed
    return heat(classes, theme.heat, cells(view, classes, theme))


def _listed(view: ConfusionCounts, classes: ClassAxis, theme: Theme) -> dict[str, Any]:
    """Percents as numbers, with a text for each cell."""
    places = list(range(classes.size))
    values = [_shares(view, true, classes) for true in classes.order]
    few = classes.size <= MOST_TEXTS
    return {
        "x": places,
        "y": places,
        "z": [[None if value is None else 100 * value for value in row] for row in values],
        "zmin": 0,
        "zmax": 100,
        "text": [[percent(value) for value in row] for row in values] if few else None,
        "texttemplate": "%{text}" if few else None,
        "textfont": {"size": 11, "color": theme.ink},
        "customdata": _hover(view, classes, values),
        "hovertemplate": "%{customdata}<extra></extra>",
    }


def _shares(view: ConfusionCounts, true: int, classes: ClassAxis) -> list[float | None]:
    row, whole = view.matrix[true], sum(view.matrix[true])
    return [row[predicted] / whole if whole else None for predicted in classes.order]


def _packed(view: ConfusionCounts, classes: ClassAxis, theme: Theme) -> dict[str, Any]:
    """Half percents in a byte, 255 where a class has no test image, and counts where they fit a byte."""
    in_order = itemgetter(*classes.order)
    rows = [in_order(view.matrix[true]) for true in classes.order]
    counts = packed("u1", rows) if max(map(max, rows)) < 256 else None
    words: dict[str, Any] = {"after": [f" of {count(sum(row))} test images" for row in rows]}
    if counts is None:
        words = {"words": [f"about {percent(half / 200)} %" for half in range(201)], "low": 0}
    true, predicted = ([f"{what} {name}" for name in classes.names] for what in ("true", "predicted"))
    nothing = "rgba(0,0,0,0)"
    scale = [[0, theme.heat_low], [200 / 255, theme.heat_high], [201 / 255, nothing], [1, nothing]]
    return {
        "z": packed("u1", [_halves(row) for row in rows]),
        "zmin": 0,
        "zmax": 255,
        "colorscale": scale,
        "customdata": counts,
        "hoverinfo": "none",
        "meta": hover_words(true, predicted, **words),
    }


def _halves(row: Sequence[int]) -> Iterable[int]:
    whole = sum(row)
    if not whole:
        return [255] * len(row)
    halves = {cell: (400 * cell + whole) // (2 * whole) for cell in set(row)}
    return map(halves.__getitem__, row)


def _hover(
    view: ConfusionCounts, classes: ClassAxis, values: Sequence[Sequence[float | None]]
) -> list[list[str]]:
    names = [plain(name) for name in view.names]
    texts = []
    for true, shares in zip(classes.order, values, strict=True):
        cells, row = view.matrix[true], []
        whole = count(sum(cells))
        for predicted, share in zip(classes.order, shares, strict=True):
            found = f"{cells[predicted]:,} of {whole} test images, {percent(share)} %"
            row.append(f"true {names[true]}, predicted {names[predicted]}<br>{found}")
        texts.append(row)
    return texts


def _label(view: ConfusionCounts) -> str:
    if not view.matrix:
        return "Confusion matrix; no epoch is finished yet."
    said = f"Confusion matrix of {len(view.names)} classes after epoch {view.epoch}, rows are true classes."
    worst = mistakes(view.matrix, 1)
    if not worst:
        return f"{said} No test image was taken for another class."
    return (
        f"{said} Most frequent mistake: {percent(worst[0].share)} % of {view.names[worst[0].true]} "
        f"taken for {view.names[worst[0].predicted]}."
    )


def _table(view: ConfusionCounts, classes: ClassAxis) -> Table:
    predicted_columns = (Column(f"predicted {name}", "integer") for name in classes.names)
    columns = (Column("true class", "text"), *predicted_columns)

    def row(place: int) -> tuple[Value, ...]:
        true = classes.order[place]
        return (view.names[true], *(view.matrix[true][predicted] for predicted in classes.order))

    return Table("Confusion matrix, test images", columns, Rows(classes.size if view.matrix else 0, row))
