"""Formulas for pages: LaTeX, as derivations hold it, set as MathML, which browsers draw without a library.

latex2mathml is imported when the first formula is set.
"""

import re
from functools import lru_cache

from markupsafe import Markup

_SIGN = re.compile(r"(<mo[^>]*>(?!&#x00029;)[^<]*</mo>|<mspace[^>]*/>)<mo>&#x02212;</mo>")


@lru_cache(maxsize=2048)
def mathml(latex: str, display: str = "inline") -> Markup:
    """`latex` without dollar signs as a <math> element; display is "inline" or "block".

    A minus after an operator other than a closing bracket is a sign and stands close to its number.
    """
    from latex2mathml.converter import convert

    return Markup(_SIGN.sub(r'\1<mo form="prefix">&#x02212;</mo>', convert(latex, display=display)))
