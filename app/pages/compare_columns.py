"""Columns of the table of compared settings: metrics that the reader chose, then every class."""

import math
from collections.abc import Sequence
from dataclasses import dataclass

from app.figures.class_axis import ClassAxis
from app.figures.metric_words import METRIC_WORDS, MetricWord, metric_word

DELTA, CLASSES = "delta", "classes"
USUAL = ("accuracy", DELTA, "balanced_accuracy", "geometric_mean", "macro_f1", "head", "medium", "tail",
         "worst_class", CLASSES)  # fmt: skip
_RECALL = MetricWord("Recall")


@dataclass(frozen=True)
class Column:
    """A column: its key in the address, its header, and for a class its index in the data set."""

    key: str
    title: str
    about: str
    word: MetricWord
    index: int | None = None
    train_count: int = 0
    height: float = 0.0
    """Of its bar in the silhouette, 0..1."""


@dataclass(frozen=True)
class Choice:
    """A column that can be shown or hidden."""

    key: str
    title: str
    about: str
    chosen: bool


def columns(wanted: Sequence[str], classes: ClassAxis, baseline: str | None) -> tuple[Column, ...]:
    """In their usual order, whatever the order in the address; unknown names are passed over."""
    shown = [key for key in _known() if key in (wanted or USUAL)]
    found: list[Column] = []
    for key in shown:
        if key == CLASSES:
            found += _class_columns(classes)
        elif key == DELTA:
            about = f"accuracy minus that of {baseline}, paired by seed, with 95 % interval"
            found += [Column(DELTA, "Difference", about, metric_word("accuracy"))] if baseline else []
        else:
            word = metric_word(key)
            found.append(Column(key, word.title, word.about, word))
    return tuple(found)


def choices(wanted: Sequence[str]) -> tuple[Choice, ...]:
    """Every column group, and whether it is shown."""
    named = {
        DELTA: ("Difference", "to the baseline, with its interval"),
        CLASSES: ("Classes", "recall of each"),
    }
    named |= {key: (word.title, word.about) for key, word in METRIC_WORDS.items()}
    return tuple(Choice(key, *named[key], key in (wanted or USUAL)) for key in _known())


def log_heights(counts: Sequence[int]) -> tuple[float, ...]:
    """Height of each class in the silhouette, 0..1, by the logarithm of its count."""
    top = math.log10(1 + max(1, *counts, 1))
    return tuple(math.log10(1 + n) / top for n in counts)


def _known() -> tuple[str, ...]:
    rest = [key for key in METRIC_WORDS if key not in USUAL]
    return (*USUAL[:-1], *rest, CLASSES)


def _class_columns(classes: ClassAxis) -> list[Column]:
    heights = log_heights(classes.counts)
    return [
        Column(
            key=f"class:{index}",
            title=classes.names[place],
            about=classes.details[place],
            word=_RECALL,
            index=index,
            train_count=classes.counts[place],
            height=heights[place],
        )
        for place, index in enumerate(classes.order)
    ]
