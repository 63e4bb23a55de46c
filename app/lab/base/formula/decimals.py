"""Whether what somebody typed is the exact number: the one rule for answers in exact numbers.

Reading numbers is `exact`; decimals compared to results that are decimals themselves are `typed`.
"""

from dataclasses import dataclass
from fractions import Fraction
from functools import lru_cache

from app.lab.base.formula.exact import number

RULE = (
    "An entry is right if it is the exact number; for one without a finite decimal form, 3 decimals will do."
)
_FEWEST_DECIMALS = 3
_DOUBLE_DIGITS = 15
"""Significant digits that every double holds."""
_PRECISION = Fraction(1, 10**12)


@dataclass(frozen=True)
class _Decimal:
    """A number as it was typed; digits: significant ones, 0 for a fraction; decimals: negative for 1e5."""

    value: Fraction
    digits: int
    decimals: int


def fits(typed: str, exact: Fraction) -> bool:
    """Whether `typed` is `exact`, or rounds to it where the decimal would have no end.

    1/3 is 0.333, at least three decimals. Where there are as many digits as a double holds, those beyond the
    twelfth are not compared, so that the double nearest to a number is right. Zero is right for zero alone.
    Raises TheoryError where `typed` is no number.
    """
    read = _read(typed)
    if read.value == exact:
        return True
    if not read.value or not read.digits or not _may_round(read, exact):
        return False
    off = abs(read.value - exact)
    is_rounded = off <= Fraction(10) ** -read.decimals / 2
    return is_rounded or (read.digits >= _DOUBLE_DIGITS and off <= _PRECISION * abs(exact))


def _may_round(read: _Decimal, exact: Fraction) -> bool:
    """Also a finite decimal that is longer than a double prints, where a double's digits are given."""
    if read.digits >= _DOUBLE_DIGITS:
        return not _is_decimal(exact, _DOUBLE_DIGITS)
    return read.decimals >= _FEWEST_DECIMALS and not _is_decimal(exact)


@lru_cache(maxsize=4096)
def _read(typed: str) -> _Decimal:
    value = number(typed, "")
    if "/" in typed:
        return _Decimal(value, 0, 0)
    mantissa, _, exponent = typed.strip().lower().partition("e")
    above, _, below = mantissa.lstrip("+-\N{MINUS SIGN}").partition(".")
    exponent = exponent.replace("\N{MINUS SIGN}", "-")
    return _Decimal(value, len((above + below).lstrip("0")), len(below) - int(exponent or 0))


def _is_decimal(exact: Fraction, digits: int | None = None) -> bool:
    """Whether its decimal form has an end, with at most so many significant digits."""
    left, powers = exact.denominator, [0, 0]
    for place, prime in enumerate((2, 5)):
        while left % prime == 0:
            left, powers[place] = left // prime, powers[place] + 1
    if left > 1 or digits is None:
        return left == 1
    whole = abs(exact.numerator) * 10 ** max(powers) // exact.denominator
    while whole and whole % 10 == 0:
        whole //= 10
    return bool(whole < 10**digits)
