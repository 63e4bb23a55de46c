"""The table of a comparison as it is shown: chosen columns, sorted rows, values or differences, best values.

The page and the writers (CSV, Markdown, LaTeX) take it from here; texts are as they are, unescaped.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Literal

from app.comparing.parts import Spread
from app.comparing.table.answers import spoken
from app.comparing.table.columns import CLASS, USUAL, CellOf, Picked, SheetColumn, picked_columns
from app.comparing.table.marks import Candidate, Mark, Marks, marked
from app.comparing.view import CompareRow, Comparison, Delta, Multiplicity, Pairing
from app.figures.order import ClassOrder

Mode = Literal["value", "difference"]


@dataclass(frozen=True)
class SheetCell:
    """A row's value over its seeds, and what it gains on the baseline; fractions, or a loss."""

    value: Spread
    delta: Delta | None
    mark: Mark
    shows_delta: bool
    """Whether it shows the difference; in mode "difference" the baseline's own row shows its values."""


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
    """The table of `view`. wanted: metrics, "delta", "verdict", "classes"; unknown names are passed over.

    mode "difference" needs a baseline. marks: the best of a column and, apart from it, all that cannot be
    told from it; or the largest mean. sort: "label", "n" or a column's key, with - for largest first; rows
    without a value stand last.
    """
    picked = picked_columns(view, wanted or USUAL, order)
    is_difference = mode == "difference" and view.baseline is not None
    found = [
        marked(_candidates(view.rows, column, of), marks, column.word.less_is_better) for column, of in picked
    ]
    rows = tuple(
        SheetRow(
            row,
            tuple(
                SheetCell(
                    *of(row),
                    one.marks.get(row.label, ""),
                    column.is_delta or (is_difference and column.is_figure and row.label != view.baseline),
                )
                for (column, of), one in zip(picked, found, strict=True)
            ),
        )
        for row in _sorted(view.rows, picked, sort)
    )
    return Sheet(
        columns=tuple(
            replace(column, all_tied=one.all_tied) for (column, _), one in zip(picked, found, strict=True)
        ),
        rows=rows,
        mode="difference" if is_difference else "value",
        baseline=view.baseline,
        epoch_rule=epoch_rule(view),
        warnings=view.warnings,
        marks=marks,
        chosen_by=view.chosen_by,
        pairing=view.pairing,
        multiplicity=view.multiplicity,
        verdicts=spoken(view),
    )


def _candidates(rows: Sequence[CompareRow], column: SheetColumn, of: CellOf) -> list[Candidate]:
    """Rows that are compared, finished and on the same data, with a mean: not published results.

    The column of differences has its verdicts, and neither these nor a rate is ever best.
    """
    if column.is_delta or not column.is_figure:
        return []
    known = [(row, mean) for row in rows if row.tied_with_best and (mean := of(row)[0].mean) is not None]
    return [Candidate(row.label, mean, *_standing(row, column)) for row, mean in known]


def _standing(row: CompareRow, column: SheetColumn) -> tuple[bool, bool]:
    """Whether the row is the best of a column, and whether it cannot be told from that."""
    if column.train_count is not None:
        at = int(column.key.removeprefix(CLASS))
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
