"""The table of a comparison as it is shown: chosen columns, sorted rows, values or differences, best values.

The page and the writers (CSV, Markdown, LaTeX) take it from here; texts are as they are, unescaped.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Literal

from app.comparing.parts import Spread
from app.comparing.table.answers import spoken
from app.comparing.table.marks import Candidate, Mark, Marks, marked
from app.comparing.view import CompareRow, Comparison, Delta, Multiplicity, Pairing
from app.figures.class_axis import class_axis
from app.figures.metric_words import MetricWord, metric_word
from app.figures.order import ClassOrder
from trainer.metrics.table import METRICS, NAMES

Mode = Literal["value", "difference"]
DELTA, CLASSES = "delta", "classes"
VERDICTS = {"better": "better", "worse": "worse", "same": "the same", "unknown": "cannot tell"}
RATES = {
    "mean_weight": MetricWord(
        "E[w]", "loss", about="mean class weight of a training image; it multiplies the learning rate"
    ),
    "effective_rate": MetricWord(
        "Eff. rate", "loss", about="effective learning rate, that is learning rate times E[w]; approximate"
    ),
}
"""Columns that say how fast a row trains: no figures of the test set, and none is best."""
USUAL_METRICS = tuple(name for name, metric in METRICS.items() if metric.usual)
USUAL = (USUAL_METRICS[0], DELTA, *RATES, *USUAL_METRICS[1:], CLASSES)
"""Columns where none are chosen; they stand in this order, whatever the order of the choice."""
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


@dataclass(frozen=True)
class SheetCell:
    """A row's value over its seeds, and what it gains on the baseline; fractions, or a loss."""

    value: Spread
    delta: Delta | None
    mark: Mark


@dataclass(frozen=True)
class SheetRow:
    """A row with a cell for each column."""

    row: CompareRow
    cells: tuple[SheetCell, ...]


@dataclass(frozen=True)
class Sheet:
    """A table with what it must say of itself."""

    columns: tuple[SheetColumn, ...]
    rows: tuple[SheetRow, ...]
    mode: Mode
    baseline: str | None
    epoch_rule: str
    """"last epoch", "best epoch, chosen on validation", "best epoch, chosen on test"."""
    warnings: tuple[str, ...]
    marks: Marks = "ties"
    chosen_by: Literal["validation", "test"] = "test"
    pairing: Pairing = "welch"
    multiplicity: Multiplicity = "holm"
    verdicts: tuple[str, ...] = ()
    """What is still to come; question, answer and reason of each, in a sentence or two."""


def sheet(
    view: Comparison,
    wanted: Sequence[str] = (),
    mode: Mode = "value",
    order: ClassOrder = "count",
    sort: str = "",
    marks: Marks = "ties",
) -> Sheet:
    """The table of `view`. wanted: metrics, "delta", "classes"; unknown names are passed over.

    mode "difference" needs a baseline. marks: the best of a column and, apart from it, all that cannot be
    told from it; or the largest mean. sort: "label", "n" or a column's key, with - for largest first; rows
    without a value stand last.
    """
    picked = _columns(view, wanted or USUAL, order)
    found = [
        marked(_candidates(view.rows, column, of), marks, column.word.less_is_better) for column, of in picked
    ]
    rows = tuple(
        SheetRow(
            row,
            tuple(
                SheetCell(*of(row), one.marks.get(row.label, ""))
                for (_, of), one in zip(picked, found, strict=True)
            ),
        )
        for row in _sorted(view.rows, picked, sort)
    )
    return Sheet(
        columns=tuple(
            replace(column, all_tied=one.all_tied) for (column, _), one in zip(picked, found, strict=True)
        ),
        rows=rows,
        mode=mode if view.baseline else "value",
        baseline=view.baseline,
        epoch_rule=epoch_rule(view),
        warnings=view.warnings,
        marks=marks,
        chosen_by=view.chosen_by,
        pairing=view.pairing,
        multiplicity=view.multiplicity,
        verdicts=spoken(view),
    )


def known_columns() -> tuple[str, ...]:
    """What may be chosen, in the order in which it is shown."""
    return (*USUAL[:-1], *(name for name in NAMES if name not in USUAL), CLASSES)


CellOf = Callable[[CompareRow], tuple[Spread, Delta | None]]
Picked = tuple[SheetColumn, CellOf]


def _columns(view: Comparison, wanted: Sequence[str], order: ClassOrder) -> list[Picked]:
    found: list[Picked] = []
    for key in known_columns():
        if key not in wanted or (key == DELTA and view.baseline is None):
            continue
        if key in RATES:
            found += _rate_column(view, key, wanted)
        elif key == CLASSES:
            found += _class_columns(view, order)
        elif key == DELTA:
            found.append((_delta_column(view.baseline), _gain))
        else:
            word = metric_word(key)
            found.append((SheetColumn(key, word.title, word.about, word), _metric(key)))
    return found


def _delta_column(baseline: str | None) -> SheetColumn:
    about = f"accuracy minus that of {baseline}, with its interval and verdict"
    return SheetColumn(DELTA, "Difference", about, metric_word("accuracy"), is_delta=True)


def _rate_column(view: Comparison, key: str, wanted: Sequence[str]) -> list[Picked]:
    """Where nobody asked for it, only if the rows differ in it."""
    values = {getattr(row, key) for row in view.rows if row.kind == "setting"}
    if wanted == USUAL and len(values) < 2:
        return []
    word = RATES[key]

    def of(row: CompareRow) -> tuple[Spread, Delta | None]:
        return Spread(mean=getattr(row, key), sd=None), None

    return [(SheetColumn(key, word.title, word.about, word), of)]


def _class_columns(view: Comparison, order: ClassOrder) -> list[Picked]:
    axis = class_axis([one.name for one in view.classes], [one.train_count for one in view.classes], order)
    recall = MetricWord("Recall")
    return [
        (
            SheetColumn(f"class:{at}", axis.names[place], axis.details[place], recall, axis.counts[place]),
            _recall(at),
        )
        for place, at in enumerate(axis.order)
    ]


def _metric(name: str) -> CellOf:
    return lambda row: (row.metrics.get(name, _MISSING), row.deltas.get(name))


def _recall(at: int) -> CellOf:
    return lambda row: (row.classes[at], row.class_deltas[at])


def _gain(row: CompareRow) -> tuple[Spread, Delta | None]:
    return Spread(mean=row.delta.mean if row.delta else None, sd=None), row.delta


def _candidates(rows: Sequence[CompareRow], column: SheetColumn, of: CellOf) -> list[Candidate]:
    """Rows that are compared, finished and on the same data, with a mean: not published results.

    The column of differences has its verdicts, and a rate is never best.
    """
    if column.is_delta or column.key in RATES:
        return []
    known = [(row, mean) for row in rows if row.tied_with_best and (mean := of(row)[0].mean) is not None]
    return [Candidate(row.label, mean, *_standing(row, column)) for row, mean in known]


def _standing(row: CompareRow, column: SheetColumn) -> tuple[bool, bool]:
    """Whether the row is the best of a column, and whether it cannot be told from that."""
    if column.train_count is not None:
        at = int(column.key.partition(":")[2])
        return row.classes_lead[at], row.classes_tied[at]
    return row.leads.get(column.key, False), row.tied_with_best.get(column.key, False)


def _sorted(rows: Sequence[CompareRow], picked: Sequence[Picked], sort: str) -> list[CompareRow]:
    key, falling = sort.removeprefix("-"), sort.startswith("-")
    if key in ("label", "n"):
        return sorted(rows, key=lambda row: (row.label if key == "label" else "", row.n), reverse=falling)
    of = next((of for column, of in picked if column.key == key), None)
    if of is None:
        return list(rows)
    known = [(mean, row) for row in rows if (mean := of(row)[0].mean) is not None]
    ordered = [row for _, row in sorted(known, key=lambda pair: pair[0], reverse=falling)]
    return ordered + [row for row in rows if of(row)[0].mean is None]


def epoch_rule(view: Comparison) -> str:
    """Which epochs, and on what they were chosen: the rows may differ in it."""
    if view.epoch == "last":
        return "last epoch"
    told = {row.chosen_on for row in view.rows if row.chosen_on}
    kinds = [kind for kind in ("validation", "test") if {kind, "both"} & told]
    return f"best epoch, chosen on {' or '.join(kinds)}" if kinds else "best epoch"
