"""The reply of the class-balance calculator: weights by beta and class, their curve over N, one derived."""

from app.theory.common_views import LineView, MarkedView
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


class WeightCurveView(View):
    """Weights on the ruler of N, from 1 (uniform) to inverse frequency.

    classes: indices of those drawn, one for each different count (a sample where there are very many).
    weights[k][i]: weight of classes[k] at volumes[i].
    """

    volumes: tuple[float, ...]
    classes: tuple[int, ...]
    weights: tuple[tuple[float, ...], ...]


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
    curve: WeightCurveView
    derived_row: int
    derived_class: int
    derivation: tuple[LineView, ...]
    rule: str
    answer: MarkedView | None = None
