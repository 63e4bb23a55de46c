"""How calculators print decimals, in sentences and in formulas. Exact fractions are printed by `exact`."""

DIGITS = 6
_LONGEST = 1e15


def plain(value: float, digits: int = DIGITS) -> str:
    """`value` to that many significant digits, all its whole ones: 0.429368, 1e-05, 1234567."""
    return f"{value:.0f}" if 10**digits <= abs(value) < _LONGEST else f"{value:.{digits}g}"


def latex(value: float, digits: int = DIGITS) -> str:
    r"""The same as LaTeX: 0.429368, 1 \times 10^{-5}."""
    mantissa, e, exponent = plain(value, digits).partition("e")
    return mantissa if not e else rf"{mantissa} \times 10^{{{int(exponent)}}}"


def latex_base(value: float, digits: int = DIGITS) -> str:
    """The same as the base of a power: in brackets where it has an exponent of its own."""
    written = latex(value, digits)
    return f"({written})" if "^" in written else written


def percent(share: float) -> str:
    """A share of 1 as percent to three digits: 12.3 %."""
    return f"{plain(100 * share, 3)} %"
