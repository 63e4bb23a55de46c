r"""Focal loss of one term and its slope, in numbers and derived line by line (Lin et al., ICCV 2017).

p is the probability given to the truth: of the true class under softmax; under sigmoid, of the right side of
one binary term (p for the true class, 1 - p for every other), and the image's loss is the sum over its C
terms. z is the logit that raises it: the true class's, or the term's own with the sign of its label. Both
forms have dp/dz = p (1 - p), and so the same loss and slope:

    FL = -w (1 - p)^g log p        dFL/dz = w (1 - p)^g (g p log p + p - 1)

At g = 0 this is w times cross-entropy, -log p, with the slope p - 1. At p = 0 the loss is infinite (None
here) while its slope has the limit -w; at p = 1 both are 0. Lines: equations 4 and 5 and appendix B there.
How the trainer computes it is in `trainer.losses`.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from app.lab.base.formula.derivation import Line, latex, latex_base
from app.lab.base.formula.exact import each, number, refuse
from trainer.numerals import plain

MOST_PROBABILITIES = 1000
MOST_GAMMAS = 50
LARGEST_GAMMA = 20
LARGEST_WEIGHT = 1e6


@dataclass(frozen=True)
class FocalRow:
    """One gamma; tuples hold one figure for each p. loss is None where it is infinite, at p = 0.

    factors: w (1 - p)^g, what the example's cross-entropy is multiplied by. slope_ratios: the gradient over
    that of unweighted cross-entropy; it exceeds the factor, and may exceed w.
    """

    gamma: float
    loss: tuple[float | None, ...]
    gradient: tuple[float, ...]
    factors: tuple[float, ...]
    slope_ratios: tuple[float, ...]


def read_probabilities(values: object) -> tuple[float, ...]:
    """Numbers from 0 to 1. Raises TheoryError naming the entry: p[2]."""
    return each(values, "p", MOST_PROBABILITIES, read_probability)


def read_gammas(values: object) -> tuple[float, ...]:
    """Numbers from 0 to 20. Raises TheoryError naming the entry: gammas[0]."""
    return each(values, "gammas", MOST_GAMMAS, read_gamma)


def read_probability(value: object, path: str) -> float:
    """A number from 0 to 1. Raises TheoryError naming `path`."""
    return _between(value, path, 1, "a probability lies there")


def read_gamma(value: object, path: str) -> float:
    """A number from 0 to 20. Raises TheoryError naming `path`."""
    why = "below, easy images count most; above, nothing is left to learn"
    return _between(value, path, LARGEST_GAMMA, why)


def read_weight(value: object) -> float:
    """A positive number. Raises TheoryError naming weight."""
    weight = number(value, "weight")
    if not 0 < weight <= LARGEST_WEIGHT:
        raise refuse("weight", f"must be above 0 and at most 1000000, got {value}")
    return float(weight)


def cross_entropy(p: Sequence[float]) -> NDArray[np.float64]:
    """-log p, infinite at 0; [P]."""
    with np.errstate(divide="ignore"):
        return -np.log(np.asarray(p, dtype=np.float64)) + 0.0


def focal_losses(p: Sequence[float], gamma: float, weight: float = 1) -> NDArray[np.float64]:
    """-w (1 - p)^g log p, infinite at p = 0; [P]."""
    return weight * (1 - np.asarray(p, dtype=np.float64)) ** gamma * cross_entropy(p)


def focal_row(p: Sequence[float], gamma: float, weight: float = 1) -> FocalRow:
    """Loss and slope of one gamma at each of `p`, in 0..1."""
    share = np.asarray(p, dtype=np.float64)
    factors = weight * (1 - share) ** gamma
    above = 1 + gamma * _p_log_p_over_rest(share)
    losses = focal_losses(p, gamma, weight).tolist()
    return FocalRow(
        gamma=gamma,
        loss=tuple(value if np.isfinite(value) else None for value in losses),
        gradient=tuple((-factors * above * (1 - share) + 0.0).tolist()),
        factors=tuple(factors.tolist()),
        slope_ratios=tuple((factors * above).tolist()),
    )


def _p_log_p_over_rest(p: NDArray[np.float64]) -> NDArray[np.float64]:
    """-p log p / (1 - p), with its limits 0 at p = 0 and 1 at p = 1."""
    inside = (p > 0) & (p < 1)
    safe = np.where(inside, p, 0.5)
    return np.where(inside, -safe * np.log(safe) / (1 - safe), p)


def _between(value: object, path: str, largest: int, why: str) -> float:
    exact = number(value, path)
    if not 0 <= exact <= largest:
        raise refuse(path, f"must lie between 0 and {largest}, got {value}: {why}")
    return float(exact)


def focal_lines(p: float, gamma: float, weight: float = 1) -> tuple[Line, ...]:
    """From p to the loss and its slope; p in 0..1."""
    row, entropy = focal_row([p], gamma, weight), focal_row([p], 0)
    plain_loss, loss = entropy.loss[0], row.loss[0]
    return (
        Line(
            f"Cross-entropy is {_number(plain_loss)}.",
            r"\mathrm{CE} = -\ln p",
            rf"-\ln {latex(p)} = {_latex(plain_loss)}",
        ),
        _factor(p, gamma),
        Line(
            f"The focal loss is {_number(loss)}{_times(weight)}.",
            r"\mathrm{FL} = -w\,(1-p)^{\gamma} \ln p",
            rf"{latex(weight)} \cdot {latex_base(1 - p)}^{{{latex(gamma)}}} \cdot {_latex(plain_loss)}"
            rf" = {_latex(loss)}",
        ),
        Line(
            "The probability rises with its logit by p(1 - p), under softmax and sigmoid alike: "
            f"{plain(p * (1 - p))}.",
            r"\frac{\partial p}{\partial z} = p\,(1-p)",
            rf"{latex(p)} \cdot {latex(1 - p)} = {latex(p * (1 - p))}",
        ),
        Line(
            f"So the gradient with respect to the logit is {plain(row.gradient[0])}; cross-entropy without "
            f"a weight has p - 1 = {plain(entropy.gradient[0])}.",
            r"\frac{\partial\,\mathrm{FL}}{\partial z} = w\,(1-p)^{\gamma}\,(\gamma\,p \ln p + p - 1)",
            latex(row.gradient[0]),
        ),
    )


def gamma_words(p: float, gamma: float, weight: float = 1) -> str:
    """What gamma does to an example of probability p."""
    if gamma == 0:
        return "gamma = 0 is cross-entropy: no example is turned down."
    row = focal_row([p], gamma, weight)
    weighed = "" if weight == 1 else f" with the class weight {plain(weight)}"
    return (
        f"At p = {plain(p)} gamma = {plain(gamma)} multiplies the loss by {plain(row.factors[0])}{weighed}, "
        f"and the gradient by {plain(row.slope_ratios[0])}."
    )


def _factor(p: float, gamma: float) -> Line:
    value = (1 - p) ** gamma
    ends = ": gamma = 0 leaves cross-entropy as it is" if gamma == 0 else ""
    return Line(
        f"The modulating factor is {plain(value)}{ends}.",
        r"(1-p)^{\gamma}",
        rf"(1-{latex(p)})^{{{latex(gamma)}}} = {latex(value)}",
    )


def _times(weight: float) -> str:
    return "" if weight == 1 else f", with the weight {plain(weight)} outside the power"


def _number(value: float | None) -> str:
    return "infinite" if value is None else plain(value)


def _latex(value: float | None) -> str:
    return r"\infty" if value is None else latex(value)
