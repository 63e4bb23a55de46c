"""Focal loss at one p and gamma, derived in numbered lines, and what gamma does there in a sentence.

Formulas: Lin et al. (ICCV 2017), equations 4 and 5 and appendix B.
"""

from app.lab.base.formula.derivation import Line, latex, latex_base
from app.lab.focal.formula.loss import focal_row
from trainer.numerals import plain


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
