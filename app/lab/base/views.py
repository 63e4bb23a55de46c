"""Parts of the calculators' replies that several share: lines of a derivation, and a marked answer."""

from collections.abc import Iterable

from app.lab.base.formula.answers import Marked
from app.lab.base.formula.derivation import Line
from app.views.base import View


class LineView(View):
    """One line of a derivation. Formulas are LaTeX without dollar signs; `text` alone makes sense."""

    text: str
    formula: str = ""
    numbers: str = ""


class CellView(View):
    """A wrong entry of an answer: row and column from 0, what was given and what is right."""

    row: int
    col: int
    given: str
    expected: str


class DiagnosisView(View):
    """A known mistake that explains an answer: a stable code and a sentence."""

    code: str
    message: str


class MarkedView(View):
    """A marked answer. `wrong` counts all wrong entries, `cells` lists the first of them."""

    correct: bool
    wrong: int
    cells: tuple[CellView, ...]
    diagnoses: tuple[DiagnosisView, ...]


def line_views(lines: Iterable[Line]) -> tuple[LineView, ...]:
    """A derivation as it is shown."""
    return tuple(LineView(text=line.text, formula=line.formula, numbers=line.numbers) for line in lines)


def marked_view(marked: Marked) -> MarkedView:
    """A marked answer as it is shown."""
    return MarkedView(
        correct=marked.correct,
        wrong=marked.wrong,
        cells=tuple(
            CellView(row=cell.row, col=cell.col, given=cell.given, expected=cell.expected)
            for cell in marked.cells
        ),
        diagnoses=tuple(DiagnosisView(code=each.code, message=each.message) for each in marked.diagnoses),
    )
