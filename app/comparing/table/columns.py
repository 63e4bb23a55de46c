"""The columns that a table of a comparison may have: their keys, their titles, and what a row has in each."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from app.comparing.parts import Spread
from app.comparing.view import CompareRow, Comparison, Delta
from app.figures.class_axis import ClassOrder, class_axis
from app.figures.metric_words import METRIC_WORDS, MetricWord, metric_word
from trainer.metrics.table import METRICS

DELTA, VERDICT, SEEDS, CLASSES, CLASS = "delta", "verdict", "seeds_needed", "classes", "class:"
"""Keys of columns that are no metrics; the last stands before the number of a class."""
_E_W = "mean class weight of a training image; it multiplies the learning rate"
_RATE = "effective learning rate, that is learning rate times E[w]; approximate"
RATES = {
    "mean_weight": MetricWord("E[w]", "loss", about=_E_W),
    "effective_rate": MetricWord("Eff. rate", "loss", about=_RATE),
}
"""Columns that say how fast a row trains: no figures of the test set, and none is best."""
JUDGED = {
    VERDICT: MetricWord("Verdict", "loss", about="whether the row is better than the baseline"),
    SEEDS: MetricWord("Seeds needed", "loss", about="of each setting, to tell this difference from none"),
}
"""Columns of what the difference to the baseline in the headline metric says; none is best."""
USUAL_METRICS = tuple(name for name, metric in METRICS.items() if metric.usual)
USUAL = (USUAL_METRICS[0], DELTA, *RATES, *USUAL_METRICS[1:], CLASSES)
"""Columns where none are chosen; they stand in this order, whatever the order of the choice."""
NO_COLUMNS = "none"
"""What stands for the choice of no column at all."""
_MISSING = Spread(mean=None, sd=None)


@dataclass(frozen=True)
class SheetColumn:
    """A metric, a class (its `train_count` known), or the difference in accuracy (`is_delta`)."""

    key: str
    title: str
    about: str
    word: MetricWord
    train_count: int | None = None
    is_delta: bool = False
    all_tied: int = 0
    """How many rows tie where that is all of them: then nothing is marked, as there is no best."""

    @property
    def is_figure(self) -> bool:
        """Whether it is of the test set: what has a best, and a difference to the baseline."""
        return self.key not in RATES and self.key not in JUDGED


def known_columns() -> tuple[str, ...]:
    """What may be chosen, in the order in which it is shown."""
    first, delta, *usual, classes = USUAL
    return (first, delta, *JUDGED, *usual, *(name for name in METRIC_WORDS if name not in USUAL), classes)


CellOf = Callable[[CompareRow], tuple[Spread, Delta | None]]
Picked = tuple[SheetColumn, CellOf]


def picked_columns(view: Comparison, wanted: Sequence[str], order: ClassOrder) -> list[Picked]:
    """The chosen columns in their order, each with what gives a row's cell."""
    found: list[Picked] = []
    *known, classes = known_columns()
    for key in dict.fromkeys((*known, *(name for row in view.rows for name in row.metrics), classes)):
        if key not in wanted or (key in (DELTA, *JUDGED) and view.baseline is None):
            continue
        if key in RATES:
            found += _rate_column(view, key, wanted)
        elif key == CLASSES:
            found += _class_columns(view, order)
        elif key in JUDGED:
            found.append(_judged_column(view.headline, key))
        elif key == DELTA:
            about = f"accuracy minus that of {view.baseline}, with its interval and verdict"
            column = SheetColumn(DELTA, "Difference", about, metric_word("accuracy"), is_delta=True)
            found.append((column, _gain))
        else:
            word = metric_word(key)
            found.append((SheetColumn(key, word.title, word.about, word), _metric(key)))
    return found


def _rate_column(view: Comparison, key: str, wanted: Sequence[str]) -> list[Picked]:
    """Where nobody asked for it, only if the rows differ in it."""
    values = {getattr(row, key) for row in view.rows if row.kind == "setting"}
    if wanted == USUAL and len(values) < 2:
        return []
    word = RATES[key]

    def of(row: CompareRow) -> tuple[Spread, Delta | None]:
        return Spread(mean=getattr(row, key), sd=None), None

    return [(SheetColumn(key, word.title, word.about, word), of)]


def _judged_column(headline: str, key: str) -> Picked:
    word = JUDGED[key]
    title = f"{word.title} on {headline.replace('_', ' ')}" if key == VERDICT else word.title

    def of(row: CompareRow) -> tuple[Spread, Delta | None]:
        delta = row.deltas.get(headline)
        return Spread(mean=delta.seeds_needed if delta and key == SEEDS else None, sd=None), delta

    return SheetColumn(key, title, word.about, word), of


def _class_columns(view: Comparison, order: ClassOrder) -> list[Picked]:
    axis = class_axis([one.name for one in view.classes], [one.train_count for one in view.classes], order)
    recall, rest = MetricWord("Recall"), zip(axis.names, axis.details, axis.order, axis.counts, strict=True)
    return [(SheetColumn(f"{CLASS}{at}", name, about, recall, n), _recall(at)) for name, about, at, n in rest]


def _metric(name: str) -> CellOf:
    return lambda row: (row.metrics.get(name, _MISSING), row.deltas.get(name))


def _recall(at: int) -> CellOf:
    return lambda row: (row.classes[at], row.class_deltas[at])


def _gain(row: CompareRow) -> tuple[Spread, Delta | None]:
    return Spread(mean=row.delta.mean if row.delta else None, sd=None), row.delta
