"""Choices of the page of compared settings: what each control offers, and which option is taken."""

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

from app.comparing.effects.view import Effects
from app.comparing.figures.source import Source
from app.comparing.query import CompareQuery
from app.comparing.table.columns import CLASSES, DELTA, JUDGED, RATES, USUAL, SheetColumn, known_columns
from app.figures.metric_words import METRIC_WORDS, metric_word
from app.formats import cut
from trainer.metrics.table import EPOCH_METRICS, METRICS

_NOT_OF_TEST = [name for name in EPOCH_METRICS if not name.startswith("test_")]
_CURVES_ONLY = (*_NOT_OF_TEST, "learning_rate", "images_per_second")
_LABEL = 48
_MODES = [("value", "values"), ("difference", "change to baseline")]
_RATES = [("", "as it is"), ("optim.learning_rate", "tuned on validation")]
_OF_QUERY = {
    "epoch": ("Figures after", "table", [("last", "last epoch"), ("best", "best epoch")]),
    "order": ("Classes by", "table", [("count", "training images"), ("dataset", "data set's order")]),
    "pairing": ("Seeds", "how", [("welch", "independent (Welch)"), ("paired", "paired by seed")]),
    "multiplicity": ("Verdicts", "how", [("holm", "hold together"), ("none", "each alone (raw)")]),
    "marks": ("Mark", "how", [("ties", "best with its ties"), ("mean", "largest mean")]),
    "x": ("Curves over", "figures", [("epoch", "epochs"), ("step", "steps"), ("time", "time")]),
    "scale": ("Scale", "figures", [("linear", "linear"), ("log", "log")]),
}
"""Words of the address that stand in the query as they are: title, part of the page, options."""


@dataclass(frozen=True)
class Option:
    """A value of a control and the word for it."""

    value: str
    word: str
    chosen: bool


@dataclass(frozen=True)
class Control:
    """A word of the address, its title and options; `part` is where it stands on the page.

    `usual` is the value that the address leaves out; None where what is usual depends on the runs.
    """

    name: str
    title: str
    part: str
    options: tuple[Option, ...]
    usual: str | None


def controls(source: Source, query: CompareQuery) -> tuple[Control, ...]:
    """Every select of the page."""
    view = source.comparison
    settings = [row.label for row in view.rows if row.kind == "setting"]
    a, b = source.sides
    named = [(label, cut(label, _LABEL)) for label in settings]
    metric, usual = query.metric.removeprefix("test_"), CompareQuery()
    of_query = {
        name: _control(name, title, part, options, getattr(query, name), getattr(usual, name))
        for name, (title, part, options) in _OF_QUERY.items()
    }
    tuned = source.request.options.tuned
    return (
        _control("baseline", "Baseline", "table", [("", "none"), *named], view.baseline or ""),
        of_query["epoch"],
        of_query["order"],
        _control("mode", "Cells", "table", _MODES, query.mode),
        of_query["pairing"],
        of_query["multiplicity"],
        of_query["marks"],
        _control("margin", "Same within", "how", _margins(view.margin), f"{view.margin or 0:g}"),
        _control("tuned", "Rate", "how", _RATES, tuned),
        _control("metric", "Metric", "figures", _metrics(), metric, usual.metric),
        of_query["x"],
        of_query["scale"],
        _control("smooth", "Smoothing", "figures", _smoothings(query.smooth), f"{query.smooth:g}", "0"),
        _control("a", "Confusion of", "figures", named, a.label),
        _control("b", "minus", "figures", named, b.label),
    )


def effects_controls(view: Effects, query: CompareQuery, tuned: str) -> tuple[Control, ...]:
    """Every select of the page of effects."""
    fields = [(one.key, cut(one.label, _LABEL)) for one in view.fields]
    field, by = (view.crossing.field, view.crossing.by) if view.crossing else ("", "")
    of_query = {
        name: _control(name, title, part, options, getattr(query, name), getattr(CompareQuery(), name))
        for name, (title, part, options) in _OF_QUERY.items()
    }
    metrics = [(name, metric.title) for name, metric in METRICS.items()]
    return (
        _control("metric", "Metric", "effects", metrics, view.metric, CompareQuery().metric),
        replace(of_query["epoch"], part="effects"),
        replace(of_query["pairing"], part="effects"),
        replace(of_query["multiplicity"], part="effects"),
        _control("margin", "Same within", "effects", _margins(view.margin), f"{view.margin or 0:g}"),
        _control("tuned", "Rate", "effects", _RATES, tuned),
        _control("field", "Field", "crossing", fields, field),
        _control("by", "by", "crossing", fields, by),
    )


def _control(
    name: str, title: str, part: str, pairs: Iterable[tuple[str, str]], chosen: str, usual: str | None = None
) -> Control:
    options = tuple(Option(value, word, value == chosen) for value, word in pairs)
    return Control(name, title, part, options, usual)


def _metrics() -> list[tuple[str, str]]:
    curves = [(name, f"{metric_word(name).title} (curves)") for name in _CURVES_ONLY]
    return [(name, metric.title) for name, metric in METRICS.items()] + curves


def _margins(chosen: float | None) -> list[tuple[str, str]]:
    """None, and usual ones; a margin typed into the address, or the sweep's, joins them."""
    margins = sorted({0.5, 1.0, 2.0, 3.0, *([chosen] if chosen else [])})
    return [("0", "no margin"), *((f"{margin:g}", f"{margin:g} points") for margin in margins)]


def _smoothings(chosen: float) -> list[tuple[str, str]]:
    """Off, and three weights; a weight typed into the address joins them."""
    weights = sorted({0.0, 0.5, 0.8, 0.9, chosen})
    return [(f"{weight:g}", f"{weight:g}" if weight else "off") for weight in weights]


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
