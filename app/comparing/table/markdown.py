"""A comparison as a Markdown table (GitHub's), with the notes that it needs below it."""

import re
from collections.abc import Iterable, Sequence

from app.comparing.table.caption import caption
from app.comparing.table.sheet import Mark, Sheet
from app.comparing.table.words import Cells, TextCell, below, cells_of

_SPECIAL = re.compile(r"([\\`*_{}\[\]<>#|~!&$@])")

NAMES: dict[Mark, str] = {"best": "bold", "tie": "italics"}
_STARS: dict[Mark, str] = {"best": "**", "tie": "*", "": ""}


def as_markdown(sheet: Sheet) -> str:
    """A caption, then a row a setting: mean ± SD, best bold, its ties in italics, differences with their
    interval; below it the verdicts and the runs.
    """
    above = escape(" ".join(caption(sheet, NAMES)))
    told = (f"- {escape(sentence)}" for sentence in below(sheet))
    return "\n".join([above, "", *table_lines(cells_of(sheet)), "", *told]) + "\n"


def table_lines(cells: Cells) -> Sequence[str]:
    """The table alone."""
    sides = ["---" if at < cells.text_columns else "---:" for at in range(len(cells.head))]
    return [_line(map(escape, cells.head)), _line(sides), *(_line(map(_cell, row)) for row in cells.rows)]


def escape(text: str) -> str:
    """`text` as Markdown shows it letter for letter, on one line; $ and @ would be read by GitHub."""
    return _SPECIAL.sub(r"\\\1", " ".join(text.split()))


def _cell(cell: TextCell) -> str:
    main = f"{_STARS[cell.mark]}{escape(cell.main)}{_STARS[cell.mark]}"
    return f"{main} {escape(cell.rest)}" if cell.rest else main


def _line(cells: Iterable[str]) -> str:
    return f"| {' | '.join(cells)} |"
