"""Parts of the calculators' replies that several share: lines of a derivation, and a marked answer."""

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
