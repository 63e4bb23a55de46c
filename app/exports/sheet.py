"""The table of a comparison as it is shown: chosen columns, sorted rows, values or differences, best values.

The page and the writers (CSV, Markdown, LaTeX) take it from here; texts are as they are, unescaped.
"""

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Literal

from app.figures.class_axis import class_axis
from app.figures.metric_words import METRIC_WORDS, MetricWord, metric_word
from app.figures.order import ClassOrder
from app.views.compare import Answered, CompareRow, Comparison, Delta, Multiplicity, Pairing, Verdict
from app.views.compare_parts import Spread

Mode = Literal["value", "difference"]
Marks = Literal["ties", "mean"]
DELTA, CLASSES = "delta", "classes"
ANSWERS: dict[Answered, str] = {
    "yes": "Yes", "no": "No", "same": "The same", "unknown": "Cannot tell yet", "so_far_yes": "So far yes",
    "so_far_no": "So far no", "so_far_same": "So far the same",
}  # fmt: skip
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
USUAL = ("accuracy", DELTA, *RATES, "balanced_accuracy", "geometric_mean", "macro_f1", "head", "medium",
         "tail", "worst_class", CLASSES)  # fmt: skip
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


@dataclass(frozen=True)
class SheetCell:
    """A row's value over its seeds, and what it gains on the baseline; fractions, or a loss."""

    value: Spread
    delta: Delta | None
    is_best: bool


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

    mode "difference" needs a baseline. marks: the best of a column with all that cannot be told from it, or
    the largest mean. sort: "label", "n" or a column's key, with - for largest first; rows
    without a value stand last.
    """
    picked = _columns(view, wanted or USUAL, order)
    best = [_best(view.rows, column, of) for column, of in picked] if marks == "mean" else []
    tops = [math.inf if one is None else one for one in best] if marks == "mean" else [None] * len(picked)
    rows = tuple(
        SheetRow(
            row, tuple(_cell(row, column, of, top) for (column, of), top in zip(picked, tops, strict=True))
        )
        for row in _sorted(view.rows, picked, sort)
    )
    return Sheet(
        columns=tuple(column for column, _ in picked),
        rows=rows,
        mode=mode if view.baseline else "value",
        baseline=view.baseline,
        epoch_rule=epoch_rule(view),
        warnings=view.warnings,
        marks=marks,
        pairing=view.pairing,
        multiplicity=view.multiplicity,
        verdicts=spoken(view),
    )


def said(one: Verdict) -> str:
    """Question, answer and reason in full."""
    return f"{one.title} {ANSWERS[one.answer]}. {one.text} {one.detail}".strip()


def spoken(view: Comparison) -> tuple[str, ...]:
    """What is still to come, where something is, then each answer in full."""
    return (*([f"{view.unfinished.text}."] if view.unfinished else []), *map(said, view.verdicts))


def known_columns() -> tuple[str, ...]:
    """What may be chosen, in the order in which it is shown."""
    return (*USUAL[:-1], *(name for name in METRIC_WORDS if name not in USUAL), CLASSES)


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


def _cell(row: CompareRow, column: SheetColumn, of: CellOf, top: float | None) -> SheetCell:
    """`top`: the largest mean, where that is marked; None where the best is marked with its ties."""
    value, delta = of(row)
    is_best = _is_tied(row, column) if top is None else round(value.mean or 0.0, 3) == top
    return SheetCell(value, delta, is_best and _competes(row) and value.mean is not None)


def _is_tied(row: CompareRow, column: SheetColumn) -> bool:
    if column.key.startswith("class:"):
        at = int(column.key.partition(":")[2])
        return bool(row.classes_tied) and row.classes_tied[at]
    return row.tied_with_best.get("accuracy" if column.is_delta else column.key, False)


def _competes(row: CompareRow) -> bool:
    """Rows that are compared: finished, on the same data; not published results (other recipes, no seeds)."""
    return bool(row.tied_with_best)


def _best(rows: Sequence[CompareRow], column: SheetColumn, of: CellOf) -> float | None:
    """Of at least two known, unequal means, as they are shown."""
    if column.key in RATES:
        return None
    known = {round(mean, 3) for row in rows if _competes(row) and (mean := of(row)[0].mean) is not None}
    return (min if column.word.less_is_better else max)(known) if len(known) > 1 else None


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
