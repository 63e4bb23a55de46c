"""Counts and betas as people write them: 0.9999 or N=10000. What they mean is in `trainer.class_balance`."""

import re
from dataclasses import dataclass
from fractions import Fraction

from app.lab.base.formula.exact import each, number, refuse
from trainer.errors import TheoryError

MOST_CLASSES = 10_000
MOST_BETAS = 50
MOST_WEIGHTS = 100_000
LARGEST_COUNT = 10**9
SMALLEST_BETA = 1e-15
"""Below it E_n is 1 in all digits of a double, as at 0."""
HOW_TO_WRITE = "Write beta as 0.9999, or as N=10000 with N = 1/(1 - beta)."
_VOLUME = re.compile(r"n\s*=\s*(\S+)")


@dataclass(frozen=True)
class Beta:
    """`value` is the nearest double; `volume` = 1/(1 - beta), exactly; None only at beta = 1."""

    value: float
    volume: float | None


def read_counts(values: object) -> tuple[int, ...]:
    """Images per class. Raises TheoryError naming the class: counts[2]."""
    return each(values, "counts", MOST_CLASSES, _count)


def read_betas(values: object) -> tuple[Beta, ...]:
    """Numbers from 0 to 1, or text such as N=10000. Raises TheoryError naming the entry: betas[1]."""
    return each(values, "betas", MOST_BETAS, read_beta)


def read_beta(value: object, path: str) -> Beta:
    """One beta. Raises TheoryError with a hint on how to write it."""
    text = str(value).strip().lower() if isinstance(value, str) else ""
    volume = _VOLUME.fullmatch(text)
    if volume:
        return _of_volume(number(volume[1], path), value, path)
    try:
        exact = number(value, path)
    except TheoryError as error:
        raise TheoryError(error.fields, HOW_TO_WRITE) from error
    if not 0 <= exact <= 1:
        hint = f"{value} looks like N: write N={value}." if exact >= 2 else HOW_TO_WRITE
        ends = "0 (all classes weigh the same) and 1 (inverse frequency)"
        raise refuse(path, f"must lie between {ends}, got {value}", hint)
    return _of_exact(exact, value, path)


def check_size(classes: int, betas: int) -> None:
    """Raises TheoryError where classes x betas are more weights than one request may ask for."""
    if classes * betas > MOST_WEIGHTS:
        raise refuse("betas", f"{betas} betas for {classes} classes are more than {MOST_WEIGHTS} weights")


def _of_volume(volume: Fraction, value: object, path: str) -> Beta:
    if volume < 1:
        raise refuse(path, f"must have an N of at least 1, got {volume}", HOW_TO_WRITE)
    return _of_exact(1 - 1 / volume, value, path)


def _of_exact(exact: Fraction, value: object, path: str) -> Beta:
    """`exact` in 0..1. What doubles cannot tell from an end of the ruler is refused: it must be that end."""
    beta = float(exact)
    if beta == 1 and exact != 1:
        hint = "Write 1 for inverse frequency, the limit."
        raise refuse(path, f"is closer to 1 than 64-bit numbers can tell, got {value}", hint)
    if exact != 0 and beta < SMALLEST_BETA:
        hint = "Write 0: all classes weigh the same."
        raise refuse(path, f"must be 0 or at least {SMALLEST_BETA}, got {value}", hint)
    return Beta(beta, None if exact == 1 else float(1 / (1 - exact)))


def _count(value: object, path: str) -> int:
    exact = number(value, path)
    if exact.denominator != 1:
        raise refuse(path, f"must be a whole number of images, got {value}")
    if exact < 1:
        raise refuse(path, f"has {exact} images; a weight needs at least one")
    if exact > LARGEST_COUNT:
        raise refuse(path, f"must be at most 10^9 images, got {value}")
    return int(exact)
