"""Marks class weights that somebody worked out, and names the known mistakes behind a wrong row.

How entries are compared is in `base.formula.answers`; the right weights are those of `trainer.class_balance`.
"""

from collections.abc import Callable, Iterator, Sequence

import numpy as np
from numpy.typing import NDArray

from app.lab.base.formula.answers import (
    Diagnosis,
    Guess,
    Known,
    Marked,
    TypedRow,
    fits_all,
    leads_to,
    mark,
    typed_rows,
)
from app.lab.class_balance.formula.table import WeightRow
from trainer.class_balance import class_balanced_weights, inverse_frequency_weights
from trainer.numerals import beta_digits, plain

_USUAL_BETAS = (0.9, 0.95, 0.99, 0.995, 0.997, 0.999, 0.9999, 0.99999)
_HALVINGS = 60
_TOO_FEW = 2
"""Any two weights are those of some beta."""
_SAME_SCALE = 0.01
"""Factors within 1 % are one factor; one within 3 % of 1 is no other scale but rounding."""


def mark_weights(counts: Sequence[int], rows: Sequence[WeightRow], answer: object) -> Marked:
    """`answer`: a row of weights for each of `rows`, or one flat row where there is one.

    Raises TheoryError naming answer or answer[0][2]. At most one diagnosis a row.
    """
    given = typed_rows(answer, "answer", len(rows), len(counts))
    known = [_known(counts, row, [other.beta for other in rows]) for row in rows]
    return mark(given, [row.weights for row in rows], known)


def _known(counts: Sequence[int], row: WeightRow, asked: Sequence[float]) -> list[Known]:
    guesses = map(leads_to, _guesses(counts, row))
    return [*guesses, _single_precision(counts, row), _other_beta(counts, row, asked), _other_scale(row)]


def _guesses(counts: Sequence[int], row: WeightRow) -> Iterator[Guess]:
    classes, weights = len(counts), np.array(row.weights)
    raw = 1 / np.array(row.effective_numbers)
    yield (
        "weights_not_normalised",
        raw.tolist(),
        f"These are 1/E_n before scaling; they sum to {plain(raw.sum())}. Multiply by "
        f"{classes}/{plain(raw.sum())}, so that the {classes} weights sum to {classes}.",
    )
    yield (
        "normalised_to_one",
        (weights / classes).tolist(),
        f"These sum to 1. The convention of the authors' code is a sum of {classes}, one per class: multiply "
        f"by {classes}.",
    )
    yield (
        "effective_numbers_given",
        row.effective_numbers,
        "These are the effective numbers E_n. A weight is 1/E_n, scaled.",
    )
    yield (
        "order_reversed",
        row.weights[::-1],
        "The right weights in reverse order: the class with the fewest images weighs most.",
    )
    yield (
        "uniform_given",
        [1.0] * classes,
        f"All 1 are the weights of beta = 0. At beta = {plain(row.beta, beta_digits(row.beta))} they differ "
        f"by a factor of {plain(row.max_over_min, 4)}.",
    )
    yield (
        "inverse_frequency_given",
        inverse_frequency_weights(counts).tolist(),
        "These are inverse-frequency weights, the limit beta = 1. At this beta a class of n images counts as "
        "E_n = (1 - beta^n)/(1 - beta), which is fewer than n.",
    )


def _single_precision(counts: Sequence[int], row: WeightRow) -> Known:
    """What (1 - beta)/(1 - beta^n) gives in float32, where 1 - beta keeps few digits."""
    beta = np.float32(row.beta)
    with np.errstate(divide="ignore", invalid="ignore"):
        raw = (1 - beta) / (1 - beta ** np.array(counts, dtype=np.float32))
        weights = (raw / raw.sum() * len(counts)).astype(np.float64)

    def seen(given: TypedRow) -> Diagnosis | None:
        values = np.array([entry.value for entry in given])
        if not np.isfinite(weights).all() or not np.allclose(values, weights, rtol=1e-6, atol=0):
            return None
        return Diagnosis(
            "single_precision",
            "These come from the formula in 32-bit numbers, which lose digits of 1 - beta. Work in 64 bits, "
            "or with expm1 and log1p.",
        )

    return seen


def _other_beta(counts: Sequence[int], row: WeightRow, asked: Sequence[float]) -> Known:
    """A listed or usual beta whose weights fit, else the one with the given largest / smallest weight."""

    def seen(given: TypedRow) -> Diagnosis | None:
        betas = dict.fromkeys((*asked, *_USUAL_BETAS))
        fit = next((b for b in betas if b != row.beta and _fits(counts, b, given)), None)
        if fit is None and len(counts) > _TOO_FEW:
            fit = _of_spread(counts, np.array([entry.value for entry in given]))
        if fit is None or not _fits(counts, fit, given):
            return None
        return Diagnosis(
            "other_beta",
            f"These are the weights of beta = {plain(fit, beta_digits(fit, 6))} "
            f"(N = {plain(1 / (1 - fit), 4)}), not of beta = {plain(row.beta, beta_digits(row.beta))}"
            f"{'' if row.volume is None else f' (N = {plain(row.volume, 4)})'}.",
        )

    return seen


def _fits(counts: Sequence[int], beta: float, given: TypedRow) -> bool:
    return beta < 1 and fits_all(given, class_balanced_weights(counts, beta).tolist())


def _of_spread(counts: Sequence[int], values: NDArray[np.float64]) -> float | None:
    """Largest / smallest weight rises with beta, so one beta fits: found by halving log N."""
    if values.min() <= 0:
        return None
    wanted = values.max() / values.min()
    return _bisect(lambda beta: _spread(counts, beta) < wanted, 100 * max(counts))


def _spread(counts: Sequence[int], beta: float) -> float:
    weights = class_balanced_weights([max(counts), min(counts)], beta)
    return float(weights[1] / weights[0])


def _bisect(below: Callable[[float], bool], largest: float) -> float:
    low, high = 1.0, float(largest)
    for _ in range(_HALVINGS):
        middle = (low * high) ** 0.5
        low, high = (middle, high) if below(1 - 1 / middle) else (low, middle)
    return 1 - 1 / high


def _other_scale(row: WeightRow) -> Known:
    """Right up to one factor, such as the largest weight put to 1."""

    def seen(given: TypedRow) -> Diagnosis | None:
        values, right = np.array([entry.value for entry in given]), np.array(row.weights)
        factors = values / right
        if values.min() <= 0 or np.ptp(factors) > _SAME_SCALE * factors.mean():
            return None
        if abs(factors.mean() - 1) < 3 * _SAME_SCALE:
            return None
        return Diagnosis(
            "other_scale",
            f"The proportions are right, the scale is not: these sum to {plain(values.sum())}, and should "
            f"sum to {len(right)}, the number of classes.",
        )

    return seen
