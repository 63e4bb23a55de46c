"""The figure of two settings' confidence in the truth, image by image."""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from app.comparing.images.asked import AskedImages
from app.figures.drawn import Column, Drawn, Rows, Table, Value
from app.figures.layout import base_layout, diagonal, percent_axis, plain, with_legend
from app.figures.theme import Theme
from app.formats import count, cut

HEIGHT = 460
MOST_POINTS = 2000
"""Of more images an even share is drawn: the browser is slow with very many."""
_NAME = 40
_COLUMNS = (
    Column("image", "integer"),
    Column("true class", "text"),
    Column("A answers", "text"),
    Column("B answers", "text"),
    Column("A gives the true class, %", "percent"),
    Column("B gives the true class, %", "percent"),
)


def confidence_scatter(them: AskedImages, theme: Theme) -> Drawn:
    """A point an image that is asked for: what A and B give its true class, by who is right."""
    a, b = them.pair.a, them.pair.b
    looks = {
        "both": ("both right", theme.medium, "circle"),
        "neither": ("neither right", theme.silhouette, "circle-open"),
        "a": ("A alone right", theme.less, "diamond"),
        "b": ("B alone right", theme.more, "square"),
    }
    drawn = thinned(np.sort(them.found), MOST_POINTS)
    traces = [_trace(them, drawn[them.right[who][drawn]], *look) for who, look in looks.items()]
    layout = with_legend(base_layout(theme, HEIGHT), len(traces)) | {
        "xaxis": percent_axis(theme, f"A, {plain(a.label, _NAME)}: probability of the true class, %"),
        "yaxis": percent_axis(theme, f"B, {plain(b.label, _NAME)}: probability of the true class, %"),
        "shapes": [diagonal(theme)],
    }
    some = (
        f"{count(len(drawn))} of {count(len(them.found))} images, evenly; "
        if len(drawn) < len(them.found)
        else ""
    )
    note = f"{some}above the diagonal B is surer of the truth"
    return Drawn({"data": traces, "layout": layout}, _label(them), _table(them), note)


def thinned(values: NDArray[Any], most: int) -> NDArray[Any]:
    """At most so many of them, evenly from first to last."""
    if len(values) <= most:
        return values
    chosen: NDArray[Any] = values[np.linspace(0, len(values) - 1, most).round().astype(int)]
    return chosen


def _trace(them: AskedImages, found: NDArray[Any], name: str, colour: str, symbol: str) -> dict[str, Any]:
    x, y = (np.round(100 * side.answers.truth[found], 2).tolist() for side in (them.pair.a, them.pair.b))
    said = [plain(them.names[int(label)]) for label in them.pair.labels[found]]
    return {
        "type": "scatter",
        "mode": "markers",
        "name": f"{name} ({count(len(found))})",
        "x": x,
        "y": y,
        "marker": {"color": colour, "symbol": symbol, "size": 5, "opacity": 0.7},
        "text": said,
        "customdata": found.tolist(),
        "hovertemplate": "image %{customdata}, %{text}<br>A %{x:.1f} %, B %{y:.1f} %<extra></extra>",
    }


def _label(them: AskedImages) -> str:
    a, b, found = them.pair.a, them.pair.b, them.found
    gain = b.answers.truth[found] - a.answers.truth[found]
    return (
        f"Probability of the true class by {cut(a.label, _NAME)} (A) and {cut(b.label, _NAME)} (B) for "
        f"{count(len(found))} test images: B gives more to {count(int((gain > 0).sum()))} of them, "
        f"A to {count(int((gain < 0).sum()))}."
    )


def _table(them: AskedImages) -> Table:
    def row(place: int) -> tuple[Value, ...]:
        one = them.image(int(them.found[place]))
        return (one.index, one.true, one.a.predicted, one.b.predicted, one.a.truth, one.b.truth)

    return Table("Images, with what both settings say", _COLUMNS, Rows(len(them.found), row))
