"""Numbers as people write them, read exactly: 1.5 and "3/2" are one fraction. Shapes are checked here too.

`fits` is the one rule for answers in exact numbers; answers in decimals are compared in `answers`.
"""

import math
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from fractions import Fraction
from functools import lru_cache
from typing import Any, TypeGuard, TypeVar

from trainer.errors import FieldProblem, TheoryError

Vector = tuple[Fraction, ...]
Matrix = tuple[Vector, ...]

LONGEST_NUMBER = 60
LARGEST_EXPONENT = 400
_WRITTEN = re.compile(r"[+-]?([0-9]+(\.[0-9]*)?|\.[0-9]+)(e[+-]?[0-9]{1,3})?")
_T = TypeVar("_T")
RULE = (
    "An entry is right if it is the exact number; for one without a finite decimal form, 3 decimals will do."
)
_FEWEST_DECIMALS, _DOUBLE_DIGITS = 3, 15
"""The latter are the significant digits that every double holds."""
_PRECISION = Fraction(1, 10**12)


def refuse(path: str, message: str, hint: str = "") -> TheoryError:
    """The error that one input deserves, to be raised."""
    return TheoryError([FieldProblem(path, message)], hint)


def number(value: object, path: str) -> Fraction:
    """`value` (1, 1.5, "1.5", "3/2", "-2e-3") as a fraction. Raises TheoryError naming `path`.

    A float counts as the decimal that it prints as, so that 0.1 is 1/10.
    """
    if isinstance(value, bool) or not isinstance(value, (int, float, str)):
        raise refuse(path, f"must be a number, got {_shown(value)}")
    if isinstance(value, float) and not math.isfinite(value):
        raise refuse(path, f"must be a finite number, got {value}")
    text = str(value).strip().replace("\N{MINUS SIGN}", "-").lower()
    if len(text) > LONGEST_NUMBER:
        raise refuse(path, f"has {len(text)} characters; a number may have {LONGEST_NUMBER}")
    above, slash, below = (part.strip() for part in text.partition("/"))
    top = _decimal(above, value, path)
    if not slash:
        return top
    bottom = _decimal(below, value, path)
    if bottom == 0:
        raise refuse(path, f"divides by zero: {_shown(value)}")
    return top / bottom


def is_list(value: object) -> TypeGuard[Sequence[Any]]:
    """Whether it is a list as JSON has them: a text is none."""
    return isinstance(value, Sequence) and not isinstance(value, str)


def each(values: object, path: str, most: int, read: Callable[[object, str], _T]) -> tuple[_T, ...]:
    """What `read` makes of 1 to `most` entries. Raises TheoryError naming the entry, such as p[2]."""
    if not is_list(values) or not values:
        raise refuse(path, "must be a list of at least one number")
    if len(values) > most:
        raise refuse(path, f"has {len(values)} entries; at most {most} are allowed")
    return tuple(read(value, f"{path}[{index}]") for index, value in enumerate(values))


def vector(values: object, path: str) -> Vector:
    """A list of numbers as fractions. Raises TheoryError naming the entry, such as biases[1][0]."""
    if not is_list(values):
        raise refuse(path, f"must be a list of numbers, got {_shown(values)}")
    return tuple(number(value, f"{path}[{index}]") for index, value in enumerate(values))


def matrix(values: object, path: str) -> Matrix:
    """A list of rows of equal length, at least one of each, as fractions. Raises TheoryError."""
    if not is_list(values) or not values:
        raise refuse(path, f"must be a list of rows of numbers, got {_shown(values)}")
    rows = tuple(vector(row, f"{path}[{index}]") for index, row in enumerate(values))
    check_even(rows, path)
    return rows


def check_even(rows: Sequence[Sequence[_T]], path: str) -> None:
    """Raises TheoryError where rows are empty or of different length, saying which."""
    if not rows or not rows[0]:
        raise refuse(path, "must hold at least one row with at least one entry")
    for index, row in enumerate(rows):
        if len(row) != len(rows[0]):
            raise refuse(path, f"is ragged: row {index} has {len(row)} entries, row 0 has {len(rows[0])}")


def _decimal(text: str, value: object, path: str) -> Fraction:
    if not _WRITTEN.fullmatch(text):
        raise refuse(path, f"must be a number such as 1.5 or 3/2, got {_shown(value)}")
    exponent = text.partition("e")[2]
    if exponent and abs(int(exponent)) > LARGEST_EXPONENT:
        raise refuse(path, f"has the exponent {exponent}; at most {LARGEST_EXPONENT} either way is allowed")
    return Fraction(text)


def _shown(value: object) -> str:
    text = repr(value)
    return text if len(text) <= LONGEST_NUMBER else f"{text[:LONGEST_NUMBER]}..."


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
