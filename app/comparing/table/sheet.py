"""The table of a comparison as it is shown: chosen columns, sorted rows, values or differences, best values.

The page and the writers (CSV, Markdown, LaTeX) take it from here; texts are as they are, unescaped. Which
cells of a column are marked: its best, and what cannot be told from that. Where all of a column tie there is
no best, and nothing is marked.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Literal, NamedTuple

from app.comparing.parts import Multiplicity, Pairing, Spread
from app.comparing.table.columns import CLASS, USUAL, CellOf, Picked, SheetColumn, picked_columns
from app.comparing.view import Answered, CompareRow, Comparison, Delta, Verdict
from app.figures.class_axis import ClassOrder

Mode = Literal["value", "difference"]
Mark = Literal["", "best", "tie"]
Marks = Literal["ties", "mean"]
ANSWERS: dict[Answered, str] = {
    "yes": "Yes",
    "no": "No",
    "same": "The same",
    "unknown": "Cannot tell yet",
    "so_far_yes": "So far yes",
    "so_far_no": "So far no",
    "so_far_same": "So far the same",
}


@dataclass(frozen=True)
class SheetCell:
    """A row's value over its seeds, and what it gains on the baseline; fractions, or a loss."""

    value: Spread
    delta: Delta | None
    mark: Mark
    shows_delta: bool
    """Whether it shows the difference; in mode "difference" the baseline's own row shows its values."""
    is_apart: bool = False
    """Whether it is such a value amid differences."""

    @property
    def shown_mark(self) -> Mark:
        """Its mark where people read it: none on a value amid differences."""
        return "" if self.is_apart else self.mark


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


class _Candidate(NamedTuple):
    """A row with a mean in the column; `leads`: chosen as best, `ties`: not told apart from that one."""

    label: str
    mean: float
    leads: bool
    ties: bool


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
    found = [_marks(_candidates(view.rows, *one), marks, one[0].word.less_is_better) for one in picked]

    def cells(row: CompareRow) -> tuple[SheetCell, ...]:
        is_base = row.label == view.baseline

        def shows(column: SheetColumn) -> bool:
            return column.is_delta or (is_difference and not is_base and column.is_figure)

        apart = is_difference and is_base
        return tuple(
            SheetCell(*of(row), by_label.get(row.label, ""), shows(column), apart)
            for (column, of), (by_label, _) in zip(picked, found, strict=True)
        )

    return Sheet(
        columns=tuple(replace(one[0], all_tied=tied) for one, (_, tied) in zip(picked, found, strict=True)),
        rows=tuple(SheetRow(row, cells(row)) for row in _sorted(view.rows, picked, sort)),
        mode="difference" if is_difference else "value",
        baseline=view.baseline,
        epoch_rule=epoch_rule(view),
        warnings=view.warnings,
        marks=marks,
        chosen_by=view.chosen_by,
        pairing=view.pairing,
        multiplicity=view.multiplicity,
        verdicts=answers_in_full(view),
    )


def _candidates(rows: Sequence[CompareRow], column: SheetColumn, of: CellOf) -> list[_Candidate]:
    """Rows that are compared, finished and on the same data, with a mean: not published results.

    The column of differences has its verdicts, and neither these nor a rate is ever best.
    """
    if column.is_delta or not column.is_figure:
        return []
    known = [(row, mean) for row in rows if row.tied_with_best and (mean := of(row)[0].mean) is not None]
    return [_Candidate(row.label, mean, *_rank(row, column)) for row, mean in known]


def _rank(row: CompareRow, column: SheetColumn) -> tuple[bool, bool]:
    """Whether the row is the best of a column, and whether it cannot be told from that."""
    if column.train_count is not None:
        at = int(column.key.removeprefix(CLASS))
        return row.classes_lead[at], row.classes_tied[at]
    return row.leads.get(column.key, False), row.tied_with_best.get(column.key, False)


def _marks(column: Sequence[_Candidate], marks: Marks, less_is_better: bool) -> tuple[dict[str, Mark], int]:
    """Marks by label, and how many rows tie where that is all of them (0 elsewhere).

    By mean: the largest as it is shown, unless all are equal. None with fewer than two rows.
    """
    if len(column) < 2:
        return {}, 0
    if marks == "mean":
        shown = {one.label: round(one.mean, 3) for one in column}
        top = (min if less_is_better else max)(shown.values())
        differ = len(set(shown.values())) > 1
        return {label: "best" for label, mean in shown.items() if differ and mean == top}, 0
    tied = [one for one in column if one.ties]
    if len(tied) == len(column):
        return {}, len(tied)
    return {one.label: "best" if one.leads else "tie" for one in tied}, 0


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
    chosen = {row.chosen_on for row in view.rows if row.chosen_on}
    kinds = [kind for kind in ("validation", "test") if {kind, "both"} & chosen]
    return f"best epoch, chosen on {' or '.join(kinds)}" if kinds else "best epoch"


def told_once(verdicts: Sequence[Verdict]) -> tuple[Verdict, ...]:
    """The answers, each without its detail where that of one before holds all of it."""
    details = [one.detail for one in verdicts]
    return tuple(
        one.model_copy(update={"detail": ""}) if any(one.detail in former for former in details[:at]) else one
        for at, one in enumerate(verdicts)
    )


def _in_full(one: Verdict, baseline: str | None) -> str:
    """Question, answer and reason."""
    return f"{one.title} {answer_word(one, baseline)}. {one.text} {one.detail}".strip()


def answer_word(one: Verdict, baseline: str | None) -> str:
    """The answer; without a baseline no run that is still to come would tell whether a row is better."""
    no_baseline = one.question == "baseline" and baseline is None
    return "Cannot tell" if no_baseline else ANSWERS[one.answer]


def answers_in_full(view: Comparison) -> tuple[str, ...]:
    """What is still to come, where something is, then each answer in full, with a shared reason once."""
    coming = [f"{view.unfinished.text}."] if view.unfinished else []
    return (*coming, *(_in_full(one, view.baseline) for one in told_once(view.verdicts)))
