"""What the tables for people share: a table as texts, how a cell reads, and what stands below a table."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import ClassVar

from app.comparing.parts import p_text, parting_note
from app.comparing.table.columns import JUDGED, RATES, SEEDS, VERDICT, SheetColumn
from app.comparing.table.sheet import Mark, Sheet, SheetCell
from app.comparing.view import VERDICTS
from app.formats import DASH, count


@dataclass(frozen=True)
class TextCell:
    """`main` is what a mark is of; `rest` follows it: a spread, or an interval. Neither is escaped yet."""

    main: str
    rest: str = ""
    mark: Mark = ""

    @property
    def text(self) -> str:
        """All of it."""
        return f"{self.main} {self.rest}" if self.rest else self.main


@dataclass(frozen=True)
class Cells:
    """A table of texts; columns from `text_columns` on hold numbers and stand to the right."""

    kind: ClassVar[str] = "cells"
    caption: str
    head: tuple[str, ...]
    rows: tuple[tuple[TextCell, ...], ...]
    text_columns: int = 1


def texts(*cells: str) -> tuple[TextCell, ...]:
    """A row of plain texts."""
    return tuple(map(TextCell, cells))


def cells_of(made: Sheet, caption: str = "") -> Cells:
    """The table as Markdown, LaTeX, the report and the terminal print it."""
    rows = []
    for one in made.rows:
        pairs = zip(one.cells, made.columns, strict=True)
        figures = [TextCell(main_text(*pair), rest_text(*pair), pair[0].shown_mark) for pair in pairs]
        seeds = DASH if one.row.kind == "published" else str(one.row.n)
        rows.append((*texts(one.row.label, seeds), *figures))
    return Cells(caption, ("Setting", "n", *(heading(column, made) for column in made.columns)), tuple(rows))


def heading(column: SheetColumn, sheet: Sheet) -> str:
    """Title with unit; a class with its training images."""
    if column.is_delta:
        return f"Accuracy minus {sheet.baseline}, points"
    images = "" if column.train_count is None else f" ({count(column.train_count)})"
    return f"{column.title}{images}" + (", %" if column.word.unit == "percent" else "")


def main_text(cell: SheetCell, column: SheetColumn) -> str:
    """The mean or, where the cell shows it, the difference; a verdict in a word; a dash for none."""
    if column.key == VERDICT:
        return VERDICTS[cell.delta.verdict] if cell.delta else DASH
    if column.key == SEEDS:
        return count(cell.value.mean)
    if cell.shows_delta:
        return column.word.signed(cell.delta.mean if cell.delta else None)
    return column.word.said(cell.value.mean)


def rest_text(cell: SheetCell, column: SheetColumn) -> str:
    """The sd of a mean; the interval of a difference, with the verdict where that is not what it says."""
    if column.key in JUDGED:
        return ""
    if not cell.shows_delta:
        return "" if cell.value.sd is None else f"± {column.word.said(cell.value.sd)}"
    ends = cell.delta.adjusted if cell.delta else None
    if ends is None:
        return ""
    why = parting_text(cell)
    return f"({column.word.signed(ends.low)} to {column.word.signed(ends.high)}{f'; {why}' if why else ''})"


def parting_text(cell: SheetCell) -> str:
    """ "better, p 0.03" where the verdict is not what the interval that the cell shows says, else ""."""
    delta = cell.delta
    if not cell.shows_delta or delta is None or delta.parting is None or delta.adjusted is None:
        return ""
    return f"{VERDICTS[delta.verdict]}, {p_text(delta)}"


def parting_note_of(sheet: Sheet) -> str:
    """Why p decides, of all cells that say so; "" where none does."""
    return parting_note(cell.delta for row in sheet.rows for cell in row.cells if parting_text(cell))


def glosses(columns: Sequence[SheetColumn]) -> tuple[str, ...]:
    """What the titles that are no plain words mean."""
    return tuple(f"{column.title}: {column.about}." for column in columns if column.key in RATES)


def legend(sheet: Sheet) -> Sequence[tuple[Mark, str]]:
    """What each mark of the table says, and what it says of a column that none is in it; () without any."""
    best = "best mean" if any(column.word.less_is_better for column in sheet.columns) else "largest mean"
    if sheet.marks == "mean":
        return [("best", f"{best} of a column, whatever its interval")]
    adjusted = "adjusted" if sheet.multiplicity == "holm" else "each alone"
    lines: list[tuple[Mark, str]] = []
    if any(cell.shown_mark for row in sheet.rows for cell in row.cells):
        lines.append(("best", best if sheet.chosen_by == "test" else "best by validation"))
        lines.append(("tie", f"not distinguishable from it ({adjusted})"))
    if any(column.all_tied for column in sheet.columns):
        where = "no mark in a column" if lines else "no column has a best"
        lines.append(("", f"{where}: none is told apart" + ("" if lines else f" ({adjusted})")))
    return lines


def legend_text(sheet: Sheet, names: Mapping[Mark, str]) -> str:
    """The legend in a sentence, with what the marks look like; "" where there is nothing to say."""
    joined = "; ".join(f"{names[mark]}: {text}" if mark else text for mark, text in legend(sheet))
    return f"{joined[0].upper()}{joined[1:]}." if joined else ""


def difference_note(sheet: Sheet) -> str:
    """How differences and their intervals are worked out."""
    way = "paired by seed" if sheet.pairing == "paired" else "over independent seeds (Welch)"
    together = "which hold together (Bonferroni), as all that is said here"
    hold = together if sheet.multiplicity == "holm" else "each for itself"
    return f"Differences to {sheet.baseline} are {way}, with 95 % intervals, {hold}."


def has_differences(sheet: Sheet) -> bool:
    """Whether a cell shows one."""
    return sheet.baseline is not None and any(cell.shows_delta for one in sheet.rows for cell in one.cells)


def below(sheet: Sheet) -> Sequence[str]:
    """What stands below a table: verdicts, how their intervals are made, runs, sources, what to beware of."""
    is_told = sheet.baseline is None or has_differences(sheet)
    of_verdicts = [] if is_told else [difference_note(sheet)]
    rows = [one.row for one in sheet.rows]
    runs = [
        f"{row.label}: {', '.join(f'#{run_id}' for run_id in row.run_ids)}" for row in rows if row.run_ids
    ]
    sources = [f"{row.label}: {row.note}" for row in rows if row.note]
    return [*sheet.verdicts, *of_verdicts, f"Runs: {'; '.join(runs)}.", *sources, *sheet.warnings]
