"""Formulas for pages: LaTeX, as derivations hold it, set as MathML, which browsers draw without a library.

latex2mathml is imported when the first formula is set.
"""

from functools import lru_cache

from markupsafe import Markup


@lru_cache(maxsize=2048)
def mathml(latex: str, display: str = "inline") -> Markup:
    """`latex` without dollar signs as a <math> element; display is "inline" or "block"."""
    from latex2mathml.converter import convert

    return Markup(convert(latex, display=display))
