"""Class weights as tables: for some betas, and over the ruler N = 1/(1 - beta) between the two extremes.

Counts and betas are read as people write them: 0.9999 or N=10000.
One weight is derived in numbered lines from its count (Cui et al., CVPR 2019, equation 2).
The formulas stand in `trainer.class_balance`; what a row shows in words is in `trainer.weight_advice`.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction

import numpy as np

from app.lab.base.formula.derivation import Line, latex, latex_base
from app.lab.base.formula.evenly import evenly
from app.lab.base.formula.exact import each, number, refuse
from trainer.class_balance import class_balanced_weights, effective_numbers
from trainer.errors import TheoryError
from trainer.numerals import beta_digits, percent, plain

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


MOST_CURVES = 40
_BEYOND_LARGEST = 100
"""At N = 100 times the largest class, beta^n is within 1 % of 1 - n/N everywhere: inverse frequency."""


@dataclass(frozen=True)
class WeightRow:
    """One beta; tuples hold one figure a class. weights sum to the number of classes.

    shares: n_j w_j / sum of n_i w_i, a class's share of the weights, and so of the loss while all images
    have the same loss. mean_weight: of an image of the training set, which batch_mean scales the loss by.
    """

    beta: float
    volume: float | None
    effective_numbers: tuple[float, ...]
    weights: tuple[float, ...]
    max_over_min: float
    shares: tuple[float, ...]
    mean_weight: float


@dataclass(frozen=True)
class WeightCurve:
    """weights[i][k] is the weight of classes[i] at volumes[k]; volumes rise from 1 in equal ratios.

    classes: one for each different count, evenly by count where there are many.
    """

    volumes: tuple[float, ...]
    classes: tuple[int, ...]
    weights: tuple[tuple[float, ...], ...]


def weight_row(counts: Sequence[int], beta: Beta) -> WeightRow:
    """The row of one beta. Raises ValueError for a class without images."""
    n = np.asarray(counts, dtype=np.float64)
    weights = class_balanced_weights(counts, beta.value)
    carried = n * weights
    return WeightRow(
        beta=beta.value,
        volume=beta.volume,
        effective_numbers=tuple(effective_numbers(counts, beta.value).tolist()),
        weights=tuple(weights.tolist()),
        max_over_min=float(weights.max() / weights.min()),
        shares=tuple((carried / carried.sum()).tolist()),
        mean_weight=float(carried.sum() / n.sum()),
    )


def weight_curve(counts: Sequence[int], points: int = 61) -> WeightCurve:
    """Weights from uniform (N = 1) to inverse frequency (N = 100 x the largest class)."""
    volumes = np.geomspace(1, _BEYOND_LARGEST * max(counts), points)
    classes = _different(counts)
    columns = np.stack([class_balanced_weights(counts, 1 - 1 / volume)[classes] for volume in volumes])
    return WeightCurve(tuple(volumes.tolist()), tuple(classes), tuple(map(tuple, columns.T.tolist())))


def _different(counts: Sequence[int]) -> list[int]:
    """The first class of each count, from the largest down; at most MOST_CURVES, both ends among them."""
    firsts = sorted({count: at for at, count in reversed(list(enumerate(counts)))}.items(), reverse=True)
    return [firsts[at][1] for at in evenly(len(firsts), MOST_CURVES)]


def weight_lines(counts: Sequence[int], row: WeightRow, index: int) -> tuple[Line, ...]:
    """From beta to class `index`'s weight and share of the loss. `row` is `weight_row(counts, ...)`."""
    n, number = counts[index], row.effective_numbers[index]
    total, classes = sum(1 / value for value in row.effective_numbers), len(counts)
    weight, share = row.weights[index], row.shares[index]
    return (
        _volume(row),
        _effective(row, n, number),
        Line(
            f"Its raw weight is one over that: {plain(1 / number)}.",
            r"\frac{1}{E_n}",
            rf"\frac{{1}}{{{latex(number)}}} = {latex(1 / number)}",
        ),
        Line(
            f"The raw weights of all {classes} classes add up to {plain(total)}.",
            r"S = \sum_{j=1}^{C} \frac{1}{E_{n_j}}",
            rf"S = {latex(total)}",
        ),
        Line(
            f"Scaled so that the {classes} weights sum to {classes}: {plain(weight)}. The loss then stays on "
            "the scale of the unweighted one, as in the authors' code.",
            r"w = \frac{C}{S} \cdot \frac{1}{E_n}",
            rf"w = \frac{{{classes}}}{{{latex(total)}}} \cdot {latex(1 / number)} = {latex(weight)}",
        ),
        Line(
            f"Its {n} images carry {percent(share)} of the weight in the training set; unweighted they would "
            f"carry {percent(n / sum(counts))}.",
            r"\frac{n w}{\sum_j n_j w_j}",
            rf"\frac{{{n} \cdot {latex(weight)}}}{{{latex(row.mean_weight * sum(counts))}}} = {latex(share)}",
        ),
    )


def _volume(row: WeightRow) -> Line:
    formula = r"N = \frac{1}{1-\beta}"
    if row.volume is None:
        return Line("At beta = 1 the volume N = 1/(1 - beta) is infinite.", formula, r"N = \infty")
    said = f"The volume, where effective numbers level off, is N = {plain(row.volume)}."
    numbers = rf"N = \frac{{1}}{{1-{latex(row.beta, beta_digits(row.beta))}}} = {latex(row.volume)}"
    return Line(said, formula, numbers)


def _effective(row: WeightRow, n: int, number: float) -> Line:
    if row.volume is None:
        return Line(
            f"The effective number is then the count itself, {n}: the limit of the formula.",
            r"E_n = \lim_{\beta \to 1} \frac{1-\beta^n}{1-\beta} = n",
            f"E_n = {n}",
        )
    beta = latex(row.beta, beta_digits(row.beta))
    base = latex_base(row.beta, beta_digits(row.beta))
    return Line(
        f"{n} images count as {plain(number)}.",
        r"E_n = \frac{1-\beta^n}{1-\beta} = N\,(1-\beta^n)",
        rf"E_n = \frac{{1-{base}^{{{n}}}}}{{1-{beta}}} = {latex(number)}",
    )
