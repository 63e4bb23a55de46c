"""Marks focal losses that somebody worked out, and names the known mistakes behind a wrong row.

How entries are compared is in `base.formula.answers`. An infinite loss (p = 0) cannot be typed: such a p is
refused here.
"""

from collections.abc import Iterator, Sequence

import numpy as np

from app.lab.base.formula.answers import Guess, Marked, leads_to, mark, typed_rows
from app.lab.base.formula.exact import refuse
from app.lab.focal.formula.loss import cross_entropy, focal_losses
from trainer.numerals import plain

_USUAL_GAMMAS = (0.0, 0.5, 1.0, 1.5, 2.0, 3.0, 5.0)


def mark_focal(p: Sequence[float], gammas: Sequence[float], weight: float, answer: object) -> Marked:
    """`answer`: a row of losses for each gamma, or one flat row where there is one.

    Raises TheoryError naming answer, answer[0][2], or the p that is 0. At most one diagnosis a row.
    """
    for at, value in enumerate(p):
        if value == 0:
            raise refuse(f"p[{at}]", "is 0, where the loss is infinite: an answer cannot hold that")
    given = typed_rows(answer, "answer", len(gammas), len(p))
    right = [focal_losses(p, gamma, weight).tolist() for gamma in gammas]
    return mark(given, right, [list(map(leads_to, _guesses(p, gamma, weight))) for gamma in gammas])


def _guesses(p: Sequence[float], gamma: float, weight: float) -> Iterator[Guess]:
    """The more telling first."""
    yield from _gamma_taken_wrong(p, gamma, weight)
    yield from _weight_taken_wrong(p, gamma, weight)
    yield from _formula_taken_wrong(p, gamma, weight)
    for other in _USUAL_GAMMAS:
        if other != gamma:
            yield (
                "other_gamma",
                focal_losses(p, other, weight),
                f"These are the losses of gamma = {plain(other)}, not of gamma = {plain(gamma)}.",
            )


def _gamma_taken_wrong(p: Sequence[float], gamma: float, weight: float) -> Iterator[Guess]:
    if gamma >= 1:
        less = plain(gamma - 1)
        taken = "plain cross-entropy" if gamma == 1 else f"the losses of gamma = {less}"
        yield (
            "gamma_one_is_not_ce",
            focal_losses(p, gamma - 1, weight),
            f"These are {taken}. The focal loss equals cross-entropy at gamma = 0, not at gamma = 1: at "
            f"gamma = {plain(gamma)} the factor (1 - p)^{plain(gamma)} remains.",
        )
    if gamma > 0:
        yield (
            "factor_forgotten",
            focal_losses(p, 0, weight),
            f"This is cross-entropy: the factor (1 - p)^{plain(gamma)} is missing.",
        )


def _weight_taken_wrong(p: Sequence[float], gamma: float, weight: float) -> Iterator[Guess]:
    if weight == 1:
        return
    yield (
        "weight_forgotten",
        focal_losses(p, gamma),
        f"The weight {plain(weight)} is missing: multiply each loss by it.",
    )
    yield (
        "weight_in_exponent",
        weight * (1 - np.asarray(p) ** weight) ** gamma * cross_entropy(p),
        f"Here p was taken from the weighted loss, exp(-w CE) = p^{plain(weight)}. The weight multiplies the "
        "finished loss and must not enter the power.",
    )


def _formula_taken_wrong(p: Sequence[float], gamma: float, weight: float) -> Iterator[Guess]:
    share, right = np.asarray(p), focal_losses(p, gamma, weight)
    yield "sign_missing", -right, "The sign is missing: log p is negative, and a loss is -log p."
    for base in (10, 2):
        yield (
            "wrong_log_base",
            right / np.log(base),
            f"This is the logarithm to base {base}; the loss takes the natural one: multiply by ln {base} = "
            f"{plain(float(np.log(base)))}.",
        )
    yield (
        "factor_of_p",
        weight * share**gamma * cross_entropy(p),
        "The factor here is p^gamma; it is (1 - p)^gamma, which turns down what is already right.",
    )
    yield (
        "other_probability",
        focal_losses((1 - share).tolist(), gamma, weight),
        "These are the losses at 1 - p: p must be the probability given to the truth.",
    )
