"""The reply of the focal calculator: loss and gradient by gamma at the given p, and curves over all p."""

from app.lab.base.formula.answers import Marked
from app.lab.base.formula.derivation import Line
from app.views.base import View
from trainer.metrics.fields import Figure


class GammaRowView(View):
    """One gamma; tuples hold one figure for each p.

    loss: null where it is infinite, at p = 0. gradient: of the loss with respect to the true logit. factors:
    weight x (1 - p)^gamma, what the cross-entropy of the example is multiplied by. slope_ratios: the gradient
    over that of unweighted cross-entropy. is_cross_entropy: at gamma 0 alone. words: what this gamma does at
    the derived p.
    """

    gamma: float
    loss: tuple[Figure, ...]
    gradient: tuple[float, ...]
    factors: tuple[float, ...]
    slope_ratios: tuple[float, ...]
    is_cross_entropy: bool
    words: str


class GammaCurveView(View):
    """Loss and gradient of one gamma at each p of the curves."""

    gamma: float
    loss: tuple[float, ...]
    gradient: tuple[float, ...]


class FocalCurvesView(View):
    """p rises from close to 0 to 1; one curve for each gamma asked for."""

    p: tuple[float, ...]
    curves: tuple[GammaCurveView, ...]


class FocalView(View):
    """The reply.

    probability: softmax or sigmoid, what p is of. weight: of the example's class. derived_row: the gamma (of
    `rows`) that `derivation` derives, at derived_p, and that the answer is marked against: its losses in the
    order of p. rule: how entries of an answer are compared.
    """

    p: tuple[float, ...]
    probability: str
    weight: float
    rows: tuple[GammaRowView, ...]
    curves: FocalCurvesView
    derived_row: int
    derived_p: float
    derivation: tuple[Line, ...]
    rule: str
    answer: Marked | None = None
