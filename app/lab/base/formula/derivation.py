"""A derivation as numbered lines: a claim in words, its formula, and the formula with the numbers put in.

Formulas are LaTeX without dollar signs: pages set them as MathML, terminals leave them out.
"""

from dataclasses import dataclass

from trainer.numerals import DIGITS, plain


@dataclass(frozen=True)
class Line:
    """One line; `text` alone must make sense: it is all that a terminal shows."""

    text: str
    formula: str = ""
    numbers: str = ""


def latex(value: float, digits: int = DIGITS) -> str:
    r"""A decimal as LaTeX: 0.429368, 1 \times 10^{-5}."""
    mantissa, e, exponent = plain(value, digits).partition("e")
    return mantissa if not e else rf"{mantissa} \times 10^{{{int(exponent)}}}"


def latex_base(value: float, digits: int = DIGITS) -> str:
    """The same as the base of a power: in brackets where it has an exponent of its own."""
    written = latex(value, digits)
    return f"({written})" if "^" in written else written
