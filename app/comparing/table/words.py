"""What the tables for people share: how a cell reads, and what stands below a table."""

from collections.abc import Mapping, Sequence

from app.comparing.table.columns import JUDGED, RATES, SEEDS, VERDICT, VERDICTS, SheetColumn
from app.comparing.table.marks import Mark
from app.comparing.table.sheet import Sheet, SheetCell, SheetRow
from app.comparing.verdicts.parting import p_said, parted_note
from app.formats import DASH, change, count, significant

HEADS = ("Setting", "n")


def heading(column: SheetColumn, sheet: Sheet) -> str:
    """Title with unit; a class with its training images."""
    if column.is_delta:
        return f"Accuracy minus {sheet.baseline}, points"
    unit = ", %" if column.word.unit == "percent" else ""
    return (
        f"{column.title} ({count(column.train_count)}){unit}"
        if column.train_count is not None
        else f"{column.title}{unit}"
    )


def seeds(row: SheetRow) -> str:
    """How many runs the row is of."""
    return DASH if row.row.kind == "published" else str(row.row.n)


def main_text(cell: SheetCell, column: SheetColumn) -> str:
    """The mean or, where the cell shows it, the difference; a verdict in a word; a dash for none."""
    if column.key == VERDICT:
        return VERDICTS[cell.delta.verdict] if cell.delta else DASH
    if column.key == SEEDS:
        return count(cell.value.mean)
    if cell.shows_delta:
        return _signed(cell.delta.mean if cell.delta else None, column)
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
    why = parted(cell)
    return f"({_signed(ends.low, column)} to {_signed(ends.high, column)}{f'; {why}' if why else ''})"


def parted(cell: SheetCell) -> str:
    """ "better, p 0.03" where the verdict is not what the interval that the cell shows says, else ""."""
    delta = cell.delta
    if not cell.shows_delta or delta is None or delta.parting is None or delta.adjusted is None:
        return ""
    return f"{VERDICTS[delta.verdict]}, {p_said(delta)}"


def glosses(columns: Sequence[SheetColumn]) -> tuple[str, ...]:
    """What the titles that are no plain words mean."""
    return tuple(f"{column.title}: {column.about}." for column in columns if column.key in RATES)


def legend(sheet: Sheet) -> Sequence[tuple[Mark, str]]:
    """What each mark of the table says, and what it says of a column that none is in it; () without any."""
    shown = {cell.mark for row in sheet.rows for cell in row.cells}
    best = "best mean" if any(column.word.less_is_better for column in sheet.columns) else "largest mean"
    if sheet.marks == "mean":
        return [("best", f"{best} of a column, whatever its interval")]
    adjusted = "adjusted" if sheet.multiplicity == "holm" else "each alone"
    said: list[tuple[Mark, str]] = []
    if shown - {""}:
        said.append(("best", best if sheet.chosen_by == "test" else "best by validation"))
        said.append(("tie", f"not distinguishable from it ({adjusted})"))
    if any(column.all_tied for column in sheet.columns):
        where = "no mark in a column" if said else "no column has a best"
        where = f"{where}: none is told apart"
        said.append(("", where if said else f"{where} ({adjusted})"))
    return said


def legend_text(sheet: Sheet, names: Mapping[Mark, str]) -> str:
    """The legend in a sentence, with what the marks look like; "" where there is nothing to say."""
    parts = [f"{names[mark]}: {text}" if mark else text for mark, text in legend(sheet)]
    joined = "; ".join(parts)
    return f"{joined[0].upper()}{joined[1:]}." if joined else ""


def notes(sheet: Sheet, names: Mapping[Mark, str]) -> Sequence[str]:
    """Sentences that the table needs: which epoch, what the figures are, which runs, what to beware of.

    names: what the marks look like.
    """
    said = [
        *sheet.verdicts,
        f"Test figures of the {sheet.epoch_rule}; mean and sample standard deviation over n runs.",
    ]
    if sheet.baseline is not None:
        way = "paired by seed" if sheet.pairing == "paired" else "over independent seeds (Welch)"
        hold = (
            "which hold together (Bonferroni), as all that is said here"
            if sheet.multiplicity == "holm"
            else "each for itself"
        )
        said.append(f"Differences to {sheet.baseline} are {way}, with 95 % intervals, {hold}.")
        cells = (cell for row in sheet.rows for cell in row.cells)
        said += filter(None, [parted_note(cell.delta for cell in cells if parted(cell))])
    said += [*filter(None, [legend_text(sheet, names)]), *glosses(sheet.columns)]
    runs = [
        f"{row.row.label}: {', '.join(f'#{run_id}' for run_id in row.row.run_ids)}"
        for row in sheet.rows
        if row.row.run_ids
    ]
    sources = [f"{row.row.label}: {row.row.note}" for row in sheet.rows if row.row.note]
    return [*said, f"Runs: {'; '.join(runs)}.", *sources, *sheet.warnings]


def _signed(value: float | None, column: SheetColumn) -> str:
    if column.word.unit == "percent":
        return change(value)
    text = significant(value)
    return f"+{text}" if value is not None and value > 0 else text
