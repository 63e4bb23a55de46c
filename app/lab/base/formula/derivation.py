"""A derivation as numbered lines: a claim in words, its formula, and the formula with the numbers put in.

Formulas are LaTeX without dollar signs: pages set them as MathML, terminals leave them out.
"""

from dataclasses import dataclass


@dataclass(frozen=True)
class Line:
    """One line; `text` alone must make sense: it is all that a terminal shows."""

    text: str
    formula: str = ""
    numbers: str = ""
