"""The class axis that all class figures share: order, names, and the silhouette of training counts on it.

Positions are numbers 0..C-1 and names are their tick texts, so that two names that look alike stay apart.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property, lru_cache
from typing import Any, Literal

from app.figures.layout import (
    CHARACTER,
    LINE_HEIGHT,
    annotation,
    axis,
    base_layout,
    percent_axis,
    plain,
    upright,
)
from app.figures.theme import Theme
from app.formats import count, cut
from trainer.metrics.table import GROUPS

MOST_NAMES = 30
MOST_COUNTS = 20
_NAME_LENGTH = 14
_NARROWEST = 320
"""Pixels of a class axis beside another figure, at 900 pixels of window."""
_EVERY = {"tickmode": "array", "ticklabeloverflow": "allow"}
"""Plotly hides a label that would reach beyond the figure, the last one's above all; the margin grows."""

ClassOrder = Literal["count", "dataset"]


@dataclass(frozen=True)
class ClassAxis:
    """Classes in the order of the axis; `order[position]` is a class index of the data set."""

    names: tuple[str, ...]
    counts: tuple[int, ...]
    groups: tuple[str, ...]
    order: tuple[int, ...]
    by: ClassOrder

    @property
    def size(self) -> int:
        """Number of classes."""
        return len(self.order)

    @cached_property
    def details(self) -> list[str]:
        """What hovering says of each position: name, count and group."""
        images = (
            f"{name}, {count(n)} training images" for name, n in zip(self.names, self.counts, strict=True)
        )
        return [
            f"{said}, {group}" if group else said for said, group in zip(images, self.groups, strict=True)
        ]

    @property
    def has_groups(self) -> bool:
        """Whether there are head, medium and tail: not so where all counts are equal."""
        return any(self.groups)


def class_axis(names: Sequence[str], counts: Sequence[int], by: ClassOrder) -> ClassAxis:
    """Names [C] and training counts [C] in the data set's order, put in the order of the axis."""
    return _class_axis(tuple(names), tuple(counts), by)


@lru_cache(maxsize=64)
def _class_axis(names: tuple[str, ...], counts: tuple[int, ...], by: ClassOrder) -> ClassAxis:
    """Once for all figures of a page."""
    order, groups = class_order(counts, by), group_names(counts)
    return ClassAxis(
        tuple(names[index] for index in order),
        tuple(counts[index] for index in order),
        tuple(groups[index] for index in order),
        tuple(order),
        by,
    )


def axis_title(classes: ClassAxis, what: str = "class") -> str:
    """What the axis holds and in which order."""
    return f"{what}, most training images first" if classes.by == "count" else f"{what}, data set's order"


def class_ticks(classes: ClassAxis) -> dict[str, Any]:
    """Names at every position where there is room; otherwise ranks at some."""
    if classes.size <= MOST_NAMES:
        texts = [plain(name, _NAME_LENGTH) for name in classes.names]
        return _EVERY | {"tickvals": list(range(classes.size)), "ticktext": texts}
    step = 10 if classes.size <= 120 else 10 ** (len(str(classes.size)) - 1) // 2
    places = [0, *range(step - 1, classes.size, step)]
    return _EVERY | {"tickvals": places, "ticktext": [str(place + 1) for place in places]}


def horizontal(classes: ClassAxis, theme: Theme, **more: Any) -> dict[str, Any]:
    """The x axis of a class figure."""
    pad = max(0.6, (5 - classes.size) / 2)
    ticks = class_ticks(classes) | {"range": [-pad, classes.size - 1 + pad], "showgrid": False}
    if classes.size <= MOST_NAMES:
        ticks["tickangle"] = _angle(classes)
    return axis(theme, axis_title(classes)) | ticks | {"automargin": True} | more


def _angle(classes: ClassAxis) -> int:
    """Level where the longest name fits between two ticks of a narrow figure, upright where many stand close.

    Plotly's own choice looks at the names that it is about to draw, and changes with the width.
    """
    longest = max((len(cut(name, _NAME_LENGTH)) for name in classes.names), default=0)
    room = _NARROWEST / max(1, classes.size)
    if longest * CHARACTER <= room:
        return 0
    return -45 if room >= LINE_HEIGHT * math.sqrt(2) else -90


def silhouette(classes: ClassAxis, theme: Theme, y_axis: str = "y2") -> dict[str, Any]:
    """Bars of training counts, to be drawn on a logarithmic axis; counts in figures where there is room."""
    few = classes.size <= MOST_COUNTS
    return {
        "type": "bar",
        "name": "training images",
        "x": list(range(classes.size)),
        "y": list(classes.counts),
        "yaxis": y_axis,
        "marker": {"color": theme.silhouette, "line": {"width": 0}},
        "text": [count(n) for n in classes.counts] if few else None,
        "textposition": "outside",
        "textfont": {"size": 10, "color": theme.muted},
        "cliponaxis": False,
        "customdata": [plain(text) for text in classes.details],
        "hovertemplate": "%{customdata}<extra></extra>",
        "showlegend": False,
    }


def silhouette_axis(classes: ClassAxis, theme: Theme, domain: Sequence[float]) -> dict[str, Any]:
    """Logarithmic, without ticks: the counts stand on the bars."""
    return axis(theme, "") | {
        "type": "log",
        "domain": list(domain),
        "range": [-0.3, math.log10(max(1, *classes.counts, 1)) + 0.1],
        "showticklabels": False,
        "showgrid": False,
        "anchor": "x",
        "fixedrange": True,
    }


def group_marks(classes: ClassAxis, theme: Theme) -> tuple[list[dict[str, Any]], list[dict[str, Any]]]:
    """Uprights between head, medium and tail, and their names above (shapes, annotations); by count only."""
    if classes.by != "count" or classes.size < 3 or not classes.has_groups:
        return [], []
    starts = [p for p in range(classes.size) if p == 0 or classes.groups[p] != classes.groups[p - 1]]
    shapes = [upright(start - 0.5, {"color": theme.grid, "width": 1}) for start in starts if start]
    ends = zip(starts, [*starts[1:], classes.size], strict=True)
    place = {"yref": "paper", "yanchor": "bottom"}
    notes = [annotation(classes.groups[a], (a + b - 1) / 2, 1, theme.muted) | place for a, b in ends]
    return shapes, notes


def recall_layout(
    classes: ClassAxis, theme: Theme, height: int, recall: Sequence[float], counts: Sequence[float]
) -> dict[str, Any]:
    """Recall by class above the silhouette of training images; `recall`, `counts`: shares of the height."""
    shapes, notes = group_marks(classes, theme)
    layout = base_layout(theme, height) | {
        "xaxis": horizontal(classes, theme),
        "yaxis": percent_axis(theme, "recall, %", domain=list(recall)),
        "yaxis2": silhouette_axis(classes, theme, counts),
        "shapes": shapes,
        "annotations": notes,
    }
    layout["margin"] |= {"t": 24}
    return layout


def class_order(train_counts: Sequence[int], by: ClassOrder) -> list[int]:
    """Class indices as they stand along an axis; ties by index."""
    indices = range(len(train_counts))
    return sorted(indices, key=lambda index: -train_counts[index]) if by == "count" else list(indices)


def group_names(train_counts: Sequence[int]) -> list[str]:
    """head, medium or tail for each class, in the data set's order, by rank of training count.

    "" for all of them where every class has as many training images as the next.
    """
    from trainer.metrics.groups import rank_groups  # brings numpy, which the web process starts without

    names = [""] * len(train_counts)
    for name, members in zip(GROUPS, rank_groups(train_counts), strict=True):
        for index in members.tolist():
            names[index] = name
    return names
