"""The formats of an exported comparison; as CSV a line a row, each figure with its spread in its own cell."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass

from app.comparing.table.columns import JUDGED, SEEDS, SheetColumn
from app.comparing.table.latex import as_latex
from app.comparing.table.markdown import as_markdown
from app.comparing.table.sheet import Sheet, SheetCell, SheetRow
from app.comparing.table.words import main_text
from app.figures.drawn import Column, Kind, Table, Value, as_csv
from app.published.result import BEST_TEST_EPOCH

_SETTING, _KIND, _N = Column("setting", "text"), Column("kind", "text"), Column("n", "integer")
_FRONT = (_SETTING, _KIND, _N, Column("runs", "text"), Column("figures of", "text"))
_BEST, _TIES = Column("best in", "text"), Column("not distinguishable from the best in", "text")
_BACK = (_BEST, _TIES, Column("why no difference", "text"))


def as_csv_table(sheet: Sheet) -> str:
    """RFC 4180, UTF-8; percents 0..100, differences in points, run ids with spaces between, "" for none.

    With a difference (its own column, or mode "difference") come its 95 % interval and the runs of a side;
    with its own column the interval, p and verdict that hold for the whole table together. Last stand the
    columns that the row is marked in, as the best or as a tie, and why it has no difference: other images
    under the same name, other epochs, no baseline.
    """
    columns = [*_FRONT, *(head for column in sheet.columns for head in _heads(column, sheet)), *_BACK]
    rows = [
        (*_front(one, sheet), *_values(one, sheet), *_marks(one, sheet), one.row.why) for one in sheet.rows
    ]
    return as_csv(Table("Comparison", tuple(columns), tuple(rows)))


def _heads(column: SheetColumn, sheet: Sheet) -> Iterator[Column]:
    if column.key in JUDGED:
        yield Column(column.title, "integer" if column.key == SEEDS else "text")
        return
    kind: Kind = "percent" if column.word.unit == "percent" else "loss"
    unit = ", %" if kind == "percent" else ""
    name = column.title if column.train_count is None else f"{column.title} ({column.train_count} images)"
    if not column.is_delta:
        yield Column(f"{name}{unit}", kind)
        yield Column(f"{name} SD{unit}", kind)
    if column.is_delta or sheet.mode == "difference":
        change = f"accuracy minus {sheet.baseline}" if column.is_delta else f"{name} minus {sheet.baseline}"
        points = ", points" if kind == "percent" else ""
        yield from (Column(f"{change}{part}{points}", kind) for part in ("", " low", " high"))
        yield Column(f"{change} n", "integer")
    if column.is_delta:
        yield from (Column(f"{change}, adjusted {part}, points", kind) for part in ("low", "high"))
        yield Column("p, adjusted", "loss")
        yield Column("verdict", "text")
        yield Column("seeds needed", "integer")


def _front(row: SheetRow, sheet: Sheet) -> tuple[Value, ...]:
    view = row.row
    ids = " ".join(map(str, view.run_ids))
    if view.kind == "published":
        best = ", best test epoch" if BEST_TEST_EPOCH in view.note else ""
        return view.label, view.kind, None, ids, f"publication{best}"
    return view.label, view.kind, view.n, ids, sheet.epoch_rule


def _values(row: SheetRow, sheet: Sheet) -> Iterator[Value]:
    for column, cell in zip(sheet.columns, row.cells, strict=True):
        if column.key in JUDGED:
            yield cell.value.mean if column.key == SEEDS else main_text(cell, column) if cell.delta else None
            continue
        if not column.is_delta:
            yield from (cell.value.mean, cell.value.sd)
        if column.is_delta or sheet.mode == "difference":
            delta = cell.delta
            yield from (delta.mean, delta.low, delta.high, delta.n) if delta else (None,) * 4
        if column.is_delta:
            yield from _judged(cell)


def _marks(row: SheetRow, sheet: Sheet) -> Iterator[Value]:
    """Titles of the columns that the row is the best of, and of those where it cannot be told from that."""
    for mark in ("best", "tie"):
        cells = zip(sheet.columns, row.cells, strict=True)
        yield "; ".join(column.title for column, cell in cells if cell.mark == mark)


def _judged(cell: SheetCell) -> tuple[Value, ...]:
    delta = cell.delta
    if delta is None:
        return (None,) * 5
    ends = delta.adjusted
    adjusted = (ends.low, ends.high, ends.p) if ends else (None,) * 3
    return (*adjusted, delta.verdict, delta.seeds_needed)


@dataclass(frozen=True)
class Writer:
    """A format: its function, its media type and the ending of its files."""

    write: Callable[[Sheet], str]
    media_type: str
    ending: str


WRITERS = {
    "csv": Writer(as_csv_table, "text/csv; charset=utf-8; header=present", "csv"),
    "markdown": Writer(as_markdown, "text/markdown; charset=utf-8", "md"),
    "latex": Writer(as_latex, "application/x-latex; charset=utf-8", "tex"),
}
