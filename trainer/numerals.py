"""How decimals stand in sentences: advice on weights, and the calculators."""

DIGITS = 6
_LONGEST = 1e15


def plain(value: float, digits: int = DIGITS) -> str:
    """`value` to that many significant digits, all its whole ones: 0.429368, 1e-05, 1234567."""
    return f"{value:.0f}" if 10**digits <= abs(value) < _LONGEST else f"{value:.{digits}g}"


def percent(share: float) -> str:
    """A share of 1 as percent to three digits: 12.3 %."""
    return f"{plain(100 * share, 3)} %"


def beta_digits(beta: float, least: int = 12) -> int:
    """Significant digits to print a beta with: `least`, and more where those would round it to 1."""
    return next(digits for digits in (least, 12, 16) if beta == 1 or float(f"{beta:.{digits}g}") != 1)
