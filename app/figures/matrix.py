"""What figures of class x class matrices share: axes, true classes downwards; cells; counts beside."""

import sys
from array import array
from base64 import b64encode
from collections.abc import Iterable, Sequence
from typing import Any, Literal

from app.figures.class_axis import (
    ClassAxis,
    axis_title,
    class_ticks,
    horizontal,
    silhouette,
    silhouette_axis,
)
from app.figures.layout import axis, base_layout, title_of
from app.figures.theme import Theme

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
    """A matrix [rows][columns] of integers that fit `code`: unsigned or signed, and bytes of each."""
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
