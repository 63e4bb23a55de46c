"""What the table of compared runs adds to its view: the best of each column, heights of the silhouette."""

import math
from collections.abc import Sequence
from dataclasses import dataclass

from app.views.compare import Comparison

FIGURES = ("accuracy", "balanced_accuracy", "head", "medium", "tail")
TITLES = {
    "accuracy": "Accuracy",
    "balanced_accuracy": "Balanced",
    "head": "Head",
    "medium": "Medium",
    "tail": "Tail",
}


@dataclass(frozen=True)
class Best:
    """Per column, the largest value as it is shown (percent with one decimal), None where there is none."""

    metrics: dict[str, float | None]
    classes: tuple[float | None, ...]


def best_of(view: Comparison) -> Best:
    """Ties are all best: values are held against each other as they are shown."""
    metrics = {name: _largest([row.metrics[name].mean for row in view.rows]) for name in FIGURES}
    columns = range(len(view.classes))
    return Best(metrics, tuple(_largest([row.classes[index].mean for row in view.rows]) for index in columns))


def log_heights(counts: Sequence[int]) -> tuple[float, ...]:
    """Height of each class in the silhouette, 0..1, by the logarithm of its count."""
    top = math.log10(1 + max(1, *counts, 1))
    return tuple(math.log10(1 + n) / top for n in counts)


def _largest(values: Sequence[float | None]) -> float | None:
    """Of at least two known values; a lone value is not the best of anything."""
    known = [round(value, 3) for value in values if value is not None]
    return max(known) if len(known) > 1 else None
