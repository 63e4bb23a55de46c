r"""A comparison as a LaTeX tabular for the package booktabs, every character of a text made harmless.

The file is ready for \input; its comments say which runs it is of.
"""

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
from app.formats import DASH, MINUS

_ESCAPES = {
    "\\": r"\textbackslash{}",
    "~": r"\textasciitilde{}",
    "^": r"\textasciicircum{}",
    "<": r"\textless{}",
    ">": r"\textgreater{}",
    "|": r"\textbar{}",
    "[": "{[}",
    "*": "{*}",
    **{mark: f"\\{mark}" for mark in "&%$#_{}"},
}
r"""A bracket or star after \\ would be read as its argument."""
_NAMES: dict[Mark, str] = {"best": "bold", "tie": "underlined"}
_MARKS: dict[Mark, str] = {"best": r"\textbf", "tie": r"\underline"}
_CONTROLS = dict.fromkeys((*range(32), 127, 8232, 8233, 133), " ")


def as_latex(sheet: Sheet) -> str:
    r"""A row a setting: mean $\pm$ SD, best bold, its ties underlined, differences with their interval."""
    heads = [*HEADS, *(heading(column, sheet) for column in sheet.columns)]
    lines = [
        *(f"% {comment(sentence)}" for sentence in notes(sheet, _NAMES)),
        f"\\begin{{tabular}}{{l{'r' * (len(heads) - 1)}}}",
        r"\toprule",
        _line(map(escape, heads)),
        r"\midrule",
        *(_line([escape(row.row.label), _figure(seeds(row)), *_cells(row, sheet)]) for row in sheet.rows),
        r"\bottomrule",
        r"\end{tabular}",
    ]
    return "\n".join(lines) + "\n"


def escape(text: str) -> str:
    """Text that LaTeX prints as it is, on one line."""
    return "".join(_ESCAPES.get(mark, mark) for mark in comment(text))


def comment(text: str) -> str:
    """Text on one line, so that it cannot leave a comment."""
    return " ".join(text.translate(_CONTROLS).split())


def _cells(row: SheetRow, sheet: Sheet) -> list[str]:
    return [_cell(cell, column, sheet) for cell, column in zip(row.cells, sheet.columns, strict=True)]


def _cell(cell: SheetCell, column: SheetColumn, sheet: Sheet) -> str:
    text = _figure(main_figure(cell, column, sheet))
    text = f"{_MARKS[cell.mark]}{{{text}}}" if cell.mark else text
    ends, sd = interval(cell, column, sheet), spread_figure(cell, column, sheet)
    if ends:
        low, high = map(_figure, ends)
        why = parted(cell, column, sheet)
        return f"{text} ({low} to {high}{f'; {why}' if why else ''})"
    return f"{text} $\\pm$ {sd}" if sd else text


def _figure(text: str) -> str:
    """A number with LaTeX's own minus and dash."""
    return text.replace(MINUS, "$-$").replace(DASH, "--")


def _line(cells: Iterable[str]) -> str:
    return " & ".join(cells) + r" \\"
