"""The table of compared settings in words: cells with texts, tints and what hovering adds.

Which columns and rows there are, their order and the best values are up to exports.sheet.
"""

from dataclasses import dataclass
from typing import Literal

from app.exports.sheet import Sheet, SheetCell, SheetColumn
from app.figures.colours import SettingStyle, setting_style
from app.formats import DASH, change, percent, significant
from app.views.compare import CompareRow, Comparison, Delta

Tint = Literal["", "heat", "change"]
_LEAST_REACH = 0.02


@dataclass(frozen=True)
class Cell:
    """Text, a second line (SD or interval), a tint with its strength (-1..1), and what hovering adds."""

    text: str
    under: str = ""
    tint: Tint = ""
    strength: float = 0.0
    best: bool = False
    about: str = ""


@dataclass(frozen=True)
class TableRow:
    """A setting (or published result) with a cell for each column."""

    row: CompareRow
    style: SettingStyle | None
    is_baseline: bool
    cells: tuple[Cell, ...]
    progress: str
    """What its runs are at, "" once all are completed."""


def table_rows(view: Comparison, table: Sheet) -> tuple[TableRow, ...]:
    """The rows of `table`, which was made of `view`, in words."""
    reach = _reach(table)
    return tuple(
        TableRow(
            row=one.row,
            style=setting_style(one.row.config) if one.row.config else None,
            is_baseline=one.row.label == view.baseline,
            cells=tuple(_cell(one.row, column, cell, table, reach)
                        for column, cell in zip(table.columns, one.cells, strict=True)),
            progress=_progress(one.row),
        )
        for one in table.rows
    )  # fmt: skip


def _reach(table: Sheet) -> float:
    """The largest difference of any percent cell: full strength of the tint."""
    found = [abs(cell.delta.mean) for one in table.rows
             for column, cell in zip(table.columns, one.cells, strict=True)
             if column.word.unit == "percent" and cell.delta and cell.delta.mean is not None]  # fmt: skip
    return max([_LEAST_REACH, *found])


def _cell(row: CompareRow, column: SheetColumn, cell: SheetCell, table: Sheet, reach: float) -> Cell:
    if column.is_delta:
        return _difference(row, cell, table.baseline)
    if table.mode == "difference" and row.label != table.baseline:
        return _change(row, column, cell.delta, table.baseline, reach)
    value, sd = cell.value.mean, cell.value.sd
    if value is None:
        return Cell(DASH, about=_why_empty(row))
    said = f"{column.title}: {column.word.said(value)}{column.word.sign}"
    about = said + ("" if sd is None else f", SD {column.word.said(sd)}") + f", n = {row.n}"
    tint: Tint = "heat" if column.train_count is not None and table.mode == "value" else ""
    under = "" if sd is None else f"± {column.word.said(sd)}"
    return Cell(column.word.said(value), under, tint, round(value, 3) if tint else 0.0, cell.is_best, about)


def _change(
    row: CompareRow, column: SheetColumn, delta: Delta | None, baseline: str | None, reach: float
) -> Cell:
    """The cell in mode "difference"."""
    if delta is None or delta.mean is None:
        return Cell(DASH, about=_why_no_delta(row, baseline))
    is_loss = column.word.unit == "loss"
    text = _signed_loss(delta.mean) if is_loss else change(delta.mean)
    about = f"{column.title} minus that of {baseline}: {text}{_interval(delta, is_loss)}, {delta.n} pairs"
    return Cell(text, "", "" if is_loss else "change", round(delta.mean / reach, 3), False, about)


def _difference(row: CompareRow, cell: SheetCell, baseline: str | None) -> Cell:
    """The column of differences: "+5.8" over "[1.2, 10.4]; needs 4 seeds"."""
    delta = cell.delta
    if row.label == baseline:
        return Cell("baseline", about=_why_no_delta(row, baseline))
    if delta is None or delta.mean is None:
        why = _why_no_delta(row, baseline)
        return Cell(DASH, under=why, about=why)
    if delta.low is None:
        return Cell(change(delta.mean), "no interval at n = 1", about="An interval needs two pairs of seeds.",
                    best=cell.is_best)  # fmt: skip
    under = f"{_interval(delta, False).strip()}; {_seeds(delta)}"
    about = (
        f"Mean of {delta.n} differences paired by seed, 95 % interval of Student's t; "
        "seeds needed for a test at 5 % with power 0.8."
    )
    return Cell(change(delta.mean), under, best=cell.is_best, about=about)


def _interval(delta: Delta, is_loss: bool) -> str:
    if delta.low is None or delta.high is None:
        return ""
    said = significant if is_loss else percent
    return f" [{said(delta.low)}, {said(delta.high)}]"


def _seeds(delta: Delta) -> str:
    return "needs over 1,000 seeds" if delta.seeds_needed is None else f"needs {delta.seeds_needed} seeds"


def _signed_loss(value: float) -> str:
    text = significant(value)
    return f"+{text}" if value > 0 else text


def _why_empty(row: CompareRow) -> str:
    if row.kind == "published":
        return "not published"
    return "no epoch is finished" if row.n == 0 else "not defined here"


def _why_no_delta(row: CompareRow, baseline: str | None) -> str:
    if row.label == baseline:
        return "the baseline"
    if row.kind == "published":
        return "one figure, no seeds"
    return "no epoch yet" if row.n == 0 else "no seed in common"


def _progress(row: CompareRow) -> str:
    """ "2 completed, 1 running", "" where there is nothing but completed runs."""
    if set(row.states) <= {"completed"}:
        return ""
    return ", ".join(f"{number} {state}" for state, number in row.states.items())
