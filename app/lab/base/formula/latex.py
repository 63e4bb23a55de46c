"""Decimals as LaTeX. Exact fractions are set by `relu_network.formula.exact_latex`."""

from trainer.numerals import DIGITS, plain


def latex(value: float, digits: int = DIGITS) -> str:
    r"""The same as LaTeX: 0.429368, 1 \times 10^{-5}."""
    mantissa, e, exponent = plain(value, digits).partition("e")
    return mantissa if not e else rf"{mantissa} \times 10^{{{int(exponent)}}}"


def latex_base(value: float, digits: int = DIGITS) -> str:
    """The same as the base of a power: in brackets where it has an exponent of its own."""
    written = latex(value, digits)
    return f"({written})" if "^" in written else written
