"""The weight of one class, derived in numbered lines from its count (Cui et al., CVPR 2019, equation 2)."""

from collections.abc import Sequence

from app.lab.base.formula.derivation import Line, latex, latex_base
from app.lab.class_balance.formula.table import WeightRow
from trainer.numerals import beta_digits, percent, plain


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
