"""A comparison as a Markdown table (GitHub's), with the notes that it needs below it."""

import re
from collections.abc import Iterable

from app.comparing.table.marks import Mark
from app.comparing.table.sheet import Sheet, SheetCell, SheetColumn, SheetRow
from app.comparing.table.words import (
    HEADS,
    heading,
    interval,
    main_figure,
    notes,
    parted,
    seeds,
    spread_figure,
)

_SPECIAL = re.compile(r"([\\`*_{}\[\]<>#|~!&])")

NAMES: dict[Mark, str] = {"best": "bold", "tie": "italics"}
STARS: dict[Mark, str] = {"best": "**", "tie": "*", "": ""}


def as_markdown(sheet: Sheet) -> str:
    """A row a setting: mean ± SD, best bold, its ties in italics, differences with their interval."""
    heads = [*HEADS, *(heading(column, sheet) for column in sheet.columns)]
    lines = [
        _line(map(escape, heads)),
        _line(["---", *["---:"] * (len(heads) - 1)]),
        *(_line([escape(row.row.label), seeds(row), *_cells(row, sheet)]) for row in sheet.rows),
        "",
        *(f"- {escape(sentence)}" for sentence in notes(sheet, NAMES)),
    ]
    return "\n".join(lines) + "\n"


def escape(text: str) -> str:
    """Text that Markdown shows as it is, on one line."""
    return _SPECIAL.sub(r"\\\1", " ".join(text.split()))


def _cells(row: SheetRow, sheet: Sheet) -> list[str]:
    pairs = zip(row.cells, sheet.columns, strict=True)
    return [_cell(cell, column, sheet) for cell, column in pairs]


def _cell(cell: SheetCell, column: SheetColumn, sheet: Sheet) -> str:
    text = main_figure(cell, column, sheet)
    text = f"{STARS[cell.mark]}{text}{STARS[cell.mark]}"
    ends, sd = interval(cell, column, sheet), spread_figure(cell, column, sheet)
    if ends:
        why = parted(cell, column, sheet)
        return f"{text} ({ends[0]} to {ends[1]}{f'; {why}' if why else ''})"
    return f"{text} ± {sd}" if sd else text


def _line(cells: Iterable[str]) -> str:
    return f"| {' | '.join(cells)} |"
