"""The table of compared settings as it is shown: sorted rows, cells with words and tints, the best values."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from app.figures.colours import SettingStyle, setting_style
from app.formats import DASH, change, percent, significant
from app.pages.compare_columns import DELTA, Column
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


def table_rows(view: Comparison, columns: Sequence[Column], mode: str, sort: str) -> tuple[TableRow, ...]:
    """Rows as the reader wants them; with `sort` "" in the order of the runs, rows without a value last."""
    best = [_best(view.rows, column) for column in columns]
    reach = _reach(view.rows, columns)
    return tuple(
        TableRow(
            row=row,
            style=setting_style(row.config) if row.config else None,
            is_baseline=row.label == view.baseline,
            cells=tuple(_cell(row, column, view, top, mode, reach)
                        for column, top in zip(columns, best, strict=True)),
            progress=_progress(row),
        )
        for row in _sorted(view.rows, columns, sort)
    )  # fmt: skip


def value_of(row: CompareRow, column: Column) -> tuple[float | None, float | None]:
    """(mean, sd) of the row in this column; of a difference, its mean and no SD."""
    if column.key == DELTA:
        return (row.delta.mean if row.delta else None), None
    if column.index is None:
        spread = row.metrics.get(column.key)
    else:
        spread = row.classes[column.index] if column.index < len(row.classes) else None
    return (spread.mean, spread.sd) if spread else (None, None)


def delta_of(row: CompareRow, column: Column) -> Delta | None:
    """The row minus the baseline in this column."""
    if column.index is None:
        return row.deltas.get("accuracy" if column.key == DELTA else column.key)
    return row.class_deltas[column.index] if column.index < len(row.class_deltas) else None


def _sorted(rows: Sequence[CompareRow], columns: Sequence[Column], sort: str) -> list[CompareRow]:
    key, is_down = sort.removeprefix("-"), sort.startswith("-")
    if key in ("label", "n"):
        return sorted(rows, key=lambda row: row.label if key == "label" else row.n, reverse=is_down)
    column = next((one for one in columns if one.key == key), None)
    if column is None:
        return list(rows)
    known = [(value, row) for row in rows if (value := value_of(row, column)[0]) is not None]
    known.sort(key=lambda one: one[0], reverse=is_down)
    shown = [row for _, row in known]
    return shown + [row for row in rows if row not in shown]


def _best(rows: Sequence[CompareRow], column: Column) -> float | None:
    """Of at least two known values as they are shown: ties are all best, a lone value is not."""
    known = [round(value, 3) for row in rows if (value := value_of(row, column)[0]) is not None]
    pick = min if column.word.less_is_better else max
    return pick(known) if len(known) > 1 and len(set(known)) > 1 else None


def _reach(rows: Sequence[CompareRow], columns: Sequence[Column]) -> float:
    """The largest difference of any percent cell: full strength of the tint."""
    found = [abs(delta.mean) for row in rows for column in columns if column.word.unit == "percent"
             and (delta := delta_of(row, column)) and delta.mean is not None]  # fmt: skip
    return max([_LEAST_REACH, *found])


def _cell(
    row: CompareRow, column: Column, view: Comparison, best: float | None, mode: str, reach: float
) -> Cell:
    if column.key == DELTA:
        return _difference(row, row.delta, view, best)
    value, sd = value_of(row, column)
    if mode == "difference" and view.baseline and row.label != view.baseline:
        return _change(row, column, view, reach)
    if value is None:
        return Cell(DASH, about=_why_empty(row))
    is_best = best is not None and round(value, 3) == best
    said = f"{column.title}: {column.word.said(value)}{column.word.sign}"
    about = said + ("" if sd is None else f", SD {column.word.said(sd)}") + f", n = {row.n}"
    tint: Tint = "heat" if column.index is not None and mode == "value" else ""
    under = "" if sd is None else f"± {column.word.said(sd)}"
    return Cell(column.word.said(value), under, tint, round(value, 3) if tint else 0.0, is_best, about)


def _change(row: CompareRow, column: Column, view: Comparison, reach: float) -> Cell:
    """The cell in mode "difference"."""
    delta = delta_of(row, column)
    if delta is None or delta.mean is None:
        return Cell(DASH, about=_why_no_delta(row, view))
    is_loss = column.word.unit == "loss"
    text = _signed_loss(delta.mean) if is_loss else change(delta.mean)
    about = (
        f"{column.title} minus that of {view.baseline}: {text}{_interval(delta, is_loss)}, {delta.n} pairs"
    )
    return Cell(text, "", "" if is_loss else "change", round(delta.mean / reach, 3), False, about)


def _difference(row: CompareRow, delta: Delta | None, view: Comparison, best: float | None) -> Cell:
    """The column of differences: "+5.8" over "[1.2, 10.4]; needs 4 seeds"."""
    if delta is None or delta.mean is None:
        why = _why_no_delta(row, view)
        return Cell("baseline" if row.label == view.baseline else DASH, under="" if row.label == view.baseline
                    else why, about=why)  # fmt: skip
    is_best = best is not None and round(delta.mean, 3) == best
    if delta.low is None:
        return Cell(change(delta.mean), "no interval at n = 1", about="An interval needs two pairs of seeds.",
                    best=is_best)  # fmt: skip
    under = f"{_interval(delta, False).strip()}; {_seeds(delta)}"
    about = (
        f"Mean of {delta.n} differences paired by seed, 95 % interval of Student's t; "
        "seeds needed for a test at 5 % with power 0.8."
    )
    return Cell(change(delta.mean), under, best=is_best, about=about)


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


def _why_no_delta(row: CompareRow, view: Comparison) -> str:
    if row.label == view.baseline:
        return "the baseline"
    if row.kind == "published":
        return "one figure, no seeds"
    return "no epoch yet" if row.n == 0 else "no seed in common"


def _progress(row: CompareRow) -> str:
    """ "2 completed, 1 running", "" where there is nothing but completed runs."""
    if set(row.states) <= {"completed"}:
        return ""
    return ", ".join(f"{number} {state}" for state, number in row.states.items())
