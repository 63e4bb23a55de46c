r"""A comparison as a LaTeX table for the package booktabs, every character of a text made harmless.

The file is ready for \input: a float with caption and label; its comments say which runs it is of.
"""

from collections.abc import Iterable

from app.comparing.table.caption import caption
from app.comparing.table.sheet import Mark, Sheet
from app.comparing.table.words import TextCell, below, cells_of
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
    MINUS: r"\textminus{}",
    "±": r"\textpm{}",
    "×": r"\texttimes{}",
    **{mark: f"\\{mark}" for mark in "&%$#_{}"},
}
r"""A bracket or star after \\ would be read as its argument."""
_NAMES: dict[Mark, str] = {"best": "bold", "tie": "underlined"}
_MARKS: dict[Mark, str] = {"best": r"\textbf", "tie": r"\underline"}
_MOST_COLUMNS = 9
_CONTROLS = dict.fromkeys((*range(32), 127, 8232, 8233, 133), " ")


def as_latex(sheet: Sheet) -> str:
    r"""A row a setting: mean $\pm$ SD, best bold, its ties underlined, differences with their interval."""
    cells = cells_of(sheet)
    told = [*below(sheet), r"Needs \usepackage{booktabs}."]
    if len(cells.head) > _MOST_COLUMNS:
        told.append(f"{len(cells.head)} columns are wider than most pages: choose fewer, or turn the page.")
    lines = [
        *(f"% {comment(sentence)}" for sentence in told),
        r"\begin{table}",
        r"\centering",
        f"\\caption{{{escape(' '.join(caption(sheet, _NAMES)))}}}",
        f"\\label{{{_label(sheet)}}}",
        f"\\begin{{tabular}}{{l{'r' * (len(cells.head) - 1)}}}",
        r"\toprule",
        _line(map(escape, cells.head)),
        r"\midrule",
        *(_line([escape(label.main), *map(_cell, figures)]) for label, *figures in cells.rows),
        r"\bottomrule",
        r"\end{tabular}",
        r"\end{table}",
    ]
    return "\n".join(lines) + "\n"


def _label(sheet: Sheet) -> str:
    """By its runs, so that the tables of two comparisons in one paper have two names: "tab:runs-1-to-24"."""
    ids = sorted({run_id for one in sheet.rows for run_id in one.row.run_ids})
    return f"tab:runs-{ids[0]}-to-{ids[-1]}" if ids else "tab:published"


def escape(text: str) -> str:
    """Text that LaTeX prints as it is, on one line."""
    return "".join(_ESCAPES.get(mark, mark) for mark in comment(text))


def comment(text: str) -> str:
    """Text on one line, so that it cannot leave a comment."""
    return " ".join(text.translate(_CONTROLS).split())


def _cell(cell: TextCell) -> str:
    main = _figure(cell.main)
    main = f"{_MARKS[cell.mark]}{{{main}}}" if cell.mark else main
    return f"{main} {_figure(cell.rest)}" if cell.rest else main


def _figure(text: str) -> str:
    """A number with LaTeX's own signs."""
    return text.replace(MINUS, "$-$").replace(DASH, "--").replace("±", r"$\pm$")


def _line(cells: Iterable[str]) -> str:
    return " & ".join(cells) + r" \\"
