"""Columns of the table of compared settings that the reader may choose, and the silhouette over classes."""

import math
from collections.abc import Sequence
from dataclasses import dataclass

from app.comparing.table.columns import CLASSES, DELTA, JUDGED, RATES, USUAL, SheetColumn, known_columns
from app.figures.metric_words import METRIC_WORDS


@dataclass(frozen=True)
class Choice:
    """A column that can be shown or hidden."""

    key: str
    title: str
    about: str
    chosen: bool


def choices(wanted: Sequence[str]) -> tuple[Choice, ...]:
    """Every column group, and whether it is shown."""
    named = {
        DELTA: ("Difference", "to the baseline, with its interval"),
        CLASSES: ("Classes", "recall of each"),
    }
    named |= {key: (word.title, word.about) for key, word in (METRIC_WORDS | RATES | JUDGED).items()}
    return tuple(Choice(key, *named[key], key in (wanted or USUAL)) for key in known_columns())


def silhouette(columns: Sequence[SheetColumn]) -> dict[str, float]:
    """Height of the bar over each class column, 0..1, by the column's key."""
    counts = {column.key: column.train_count for column in columns if column.train_count is not None}
    return dict(zip(counts, log_heights(tuple(counts.values())), strict=True))


def log_heights(counts: Sequence[int]) -> tuple[float, ...]:
    """Height of each class in the silhouette, 0..1, by the logarithm of its count."""
    top = math.log10(1 + max(1, *counts, 1))
    return tuple(math.log10(1 + n) / top for n in counts)
