"""The reply of the class-balance calculator: weights by beta and class, their curve over N, one derived."""

from app.lab.base.formula.answers import Marked
from app.lab.base.formula.derivation import Line
from app.lab.class_balance.formula.table import WeightCurve
from app.views.base import View
from trainer.metrics.fields import Figure


class BetaRowView(View):
    """One beta; tuples hold one figure a class, in the order of the counts.

    volume: N = 1/(1 - beta), null at beta 1. weights sum to the number of classes. shares: n_j w_j over
    their sum. mean_weight: of an image of the training set. effect and advice: what this beta does here.
    """

    beta: float
    volume: Figure
    effective_numbers: tuple[float, ...]
    weights: tuple[float, ...]
    max_over_min: float
    shares: tuple[float, ...]
    mean_weight: float
    effect: str
    advice: str


class ClassBalanceView(View):
    """The reply.

    names: of the classes, empty where they are not known. count_shares: n_j over their sum, the share of the
    loss without weights. derived_class and derived_row: what `derivation` derives, and whose row (of `rows`)
    the answer is marked against. rule: how entries of an answer are compared.
    """

    counts: tuple[int, ...]
    names: tuple[str, ...]
    count_shares: tuple[float, ...]
    rows: tuple[BetaRowView, ...]
    curve: WeightCurve
    derived_row: int
    derived_class: int
    derivation: tuple[Line, ...]
    rule: str
    answer: Marked | None = None
