"""The table of compared settings in words: cells with texts, tints and what hovering adds.

Which columns and rows there are, their order and the best values are up to comparing.table.sheet.
"""

from dataclasses import dataclass
from typing import Literal
from urllib.parse import urlencode

from app.comparing.adjusted.view import AdjustedRow
from app.comparing.adjusted.words import adjusted_word
from app.comparing.figures.rows import styles_of
from app.comparing.next_steps.actions import Action
from app.comparing.next_steps.fill import NextSteps
from app.comparing.parts import p_text
from app.comparing.table.columns import JUDGED, SheetColumn
from app.comparing.table.sheet import Mark, Sheet, SheetCell
from app.comparing.table.words import legend, main_text, rest_text
from app.comparing.verdicts.evidence import control_name
from app.comparing.view import CompareRow, Comparison, Delta
from app.figures.colours import SettingStyle
from app.formats import DASH, brief, percent, significant
from app.urls import run_page
from app.views.adjusted.point import NAMES

Tint = Literal["", "heat", "change"]
_LEAST_REACH = 0.02
_USUAL_SEEDS, _MOST_SEEDS = 5, 10


@dataclass(frozen=True)
class Cell:
    """Text, a second line (SD or interval), a tint with its strength (-1..1), and what hovering adds.

    `word` stands before the text: the verdict on a difference. `is_apart`: a value amid differences.
    """

    text: str
    under: str = ""
    tint: Tint = ""
    strength: float = 0.0
    mark: Mark = ""
    about: str = ""
    word: str = ""
    is_apart: bool = False


@dataclass(frozen=True)
class TableRow:
    """A setting (or published result) with a cell for each column."""

    row: CompareRow
    style: SettingStyle | None
    is_baseline: bool
    is_apart: bool
    """Whether it has figures that are not compared: other data, other epochs."""
    cells: tuple[Cell, ...]
    steps: tuple[Action, ...]
    """What may be done with this row."""
    control: str = ""
    """What the row is a control of, in words; "" where it is none."""
    adjust: str = ""
    """Path of the page that adjusts the logits of its first run, as the row has them; "" without figures."""
    came_to: str = ""
    """What the numbers of adjusted logits came to, run by run."""


def table_rows(view: Comparison, table: Sheet, steps: NextSteps) -> tuple[TableRow, ...]:
    """The rows of `table`, which was made of `view`, in words, with what may be done with each."""
    reach, by_label = _reach(table), {row.label: row for row in view.rows}
    styles = styles_of(view.rows)
    rows = []
    for row, pairs in _cells(table):
        rows.append(
            TableRow(
                row=row,
                style=styles.get(row.label),
                is_baseline=row.label == view.baseline,
                is_apart=row.n > 0 and not row.tied_with_best and len(view.rows) > 1,
                cells=tuple(_cell(row, column, cell, table, reach) for column, cell in pairs),
                steps=_steps(row, view, steps),
                control=control_name(row, by_label[row.control_of]) if row.control_of else "",
                adjust=_adjust(row),
                came_to=_came_to(row.adjusted) if row.adjusted else "",
            )
        )
    return tuple(rows)


def _adjust(row: CompareRow) -> str:
    shown = [run_id for run_id, epoch in zip(row.run_ids, row.epochs, strict=True) if epoch]
    if not shown:
        return ""
    words = adjusted_word(row.adjusted.word).point.words if row.adjusted else {}
    return f"{run_page(shown[0])}/adjust" + (f"?{urlencode(words)}" if words else "")


def _came_to(row: AdjustedRow) -> str:
    """Numbers that were chosen: "tau 1.1 · 1.3 · 1.2, chosen on validation"."""
    point = adjusted_word(row.word).point
    chosen = [name for name in NAMES if isinstance(getattr(point, name), str)]
    if not chosen:
        return ""
    values = {name: " · ".join(brief(getattr(one, name)) for one in row.runs) for name in chosen}
    named = "; ".join(f"{name} {texts}" for name, texts in values.items())
    return f"{named}, chosen on {'the test set' if row.chosen_on == 'test' else row.chosen_on}"


def _cells(table: Sheet) -> list[tuple[CompareRow, list[tuple[SheetColumn, SheetCell]]]]:
    return [(one.row, list(zip(table.columns, one.cells, strict=True))) for one in table.rows]


def _reach(table: Sheet) -> float:
    """The largest difference of any percent cell: full strength of the tint."""
    percents = [cell for _, pairs in _cells(table) for column, cell in pairs if column.word.unit == "percent"]
    deltas = [cell.delta.mean for cell in percents if cell.delta]
    return max([_LEAST_REACH, *(abs(mean) for mean in deltas if mean is not None)])


def _cell(row: CompareRow, column: SheetColumn, cell: SheetCell, table: Sheet, reach: float) -> Cell:
    if column.is_delta:
        return _difference(row, column, cell, table.baseline)
    if column.key in JUDGED:
        return Cell(main_text(cell, column), about=f"{column.title}: {column.about}")
    if cell.shows_delta:
        return _change(row, column, cell, table, reach)
    value, sd = cell.value.mean, cell.value.sd
    if value is None:
        return Cell(DASH, about=_why_empty(row))
    word, is_apart = column.word, table.mode == "difference"
    ends = "" if cell.value.low is None else f" ({word.said(cell.value.low)} to {word.said(cell.value.high)})"
    spread = ("" if sd is None else f", SD {word.said(sd)}") + f"{ends}, n = {row.n}"
    about = f"{column.title}: {word.said(value)}{word.sign}{spread}{_marked(cell, column, table)}"
    tint: Tint = "heat" if column.train_count is not None and table.mode == "value" else ""
    strength, texts = round(value, 3) if tint else 0.0, (main_text(cell, column), rest_text(cell, column))
    return Cell(*texts, tint, strength, cell.shown_mark, about, is_apart=is_apart)


def _marked(cell: SheetCell, column: SheetColumn, table: Sheet) -> str:
    """What the mark of a cell says, or that its column has none."""
    if column.all_tied:
        return f"; no best: all {column.all_tied} tie"
    return next((f"; {text}" for mark, text in legend(table) if mark and mark == cell.shown_mark), "")


def _change(row: CompareRow, column: SheetColumn, cell: SheetCell, table: Sheet, reach: float) -> Cell:
    """The cell in mode "difference"."""
    delta = cell.delta
    if delta is None or delta.mean is None:
        return Cell(DASH, about=row.why)
    is_loss = column.word.unit == "loss"
    text = main_text(cell, column)
    end = f"n = {delta.n}{_marked(cell, column, table)}"
    about = f"{column.title} minus that of {table.baseline}: {text}{_interval(delta, is_loss)}, {end}"
    return Cell(text, "", "" if is_loss else "change", round(delta.mean / reach, 3), cell.shown_mark, about)


def _difference(row: CompareRow, column: SheetColumn, cell: SheetCell, baseline: str | None) -> Cell:
    """The column of differences: "better +5.8" over "[1.2, 10.4]", the interval being the page's."""
    delta = cell.delta
    if row.label == baseline:
        return Cell("baseline", about="the baseline")
    if delta is None or delta.mean is None:
        return Cell(DASH, under=row.why, about=row.why)
    if delta.adjusted is None:
        return Cell(main_text(cell, column), delta.told, about=f"{delta.why}.")
    under = f"[{percent(delta.adjusted.low)}, {percent(delta.adjusted.high)}] {p_text(delta)}".rstrip()
    word = delta.told + (" within margin" if delta.within_margin else "")
    return Cell(main_text(cell, column), under, about=_how(delta), word=word)


def _how(delta: Delta) -> str:
    """What hovering says of a difference: the raw interval, p, and where its noise comes from."""
    ends, way = delta.adjusted, "paired by seed" if delta.method == "paired" else "Welch"
    p = "" if ends is None or ends.p is None else f", adjusted p {ends.p:.2g}"
    seeds = f"; {percent(delta.seeds_share)} % of its variance is due to seeds"
    share = "" if delta.seeds_share is None else seeds
    related = "" if delta.correlation is None else f"; correlation over seeds {delta.correlation:.2f}"
    parted = "" if delta.parting is None else f" {delta.parting.why}."
    alone = f"n = {delta.n}, {way}: alone {_interval(delta, False).strip()} at 95 %{p}{share}{related}."
    return f"{alone} At the adjusted level {_seeds(delta)} of each setting.{parted}"


def _interval(delta: Delta, is_loss: bool) -> str:
    if delta.low is None or delta.high is None:
        return ""
    said = significant if is_loss else percent
    return f" [{said(delta.low)}, {said(delta.high)}]"


def _seeds(delta: Delta) -> str:
    return "needs over 1,000 seeds" if delta.seeds_needed is None else f"needs {delta.seeds_needed} seeds"


def _why_empty(row: CompareRow) -> str:
    if row.kind == "published":
        return "not recorded" if row.imported else "not published"
    return row.progress or "no run is completed" if row.n == 0 else "not defined here"


def _steps(row: CompareRow, view: Comparison, steps: NextSteps) -> tuple[Action, ...]:
    """More seeds, as many as its verdict needs; the control, where weights change its rate."""
    if row.kind == "published" or not row.n:
        return ()
    needed = row.delta.seeds_needed if row.delta else None
    lacking = needed - row.delta.n if needed and row.delta else _USUAL_SEEDS - row.n
    more = min(_MOST_SEEDS, max(1, lacking))
    offered = [steps.more_seeds([row.label], more), steps.control(row.label, view.baseline)]
    return tuple(one for one in offered if one is not None)
