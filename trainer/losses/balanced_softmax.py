"""Balanced softmax (Ren et al. 2020): the softmax weighted by counts while training, plain when evaluated."""

from collections.abc import Sequence

from trainer.losses.cross_entropy import SmoothedFields, with_smoothing
from trainer.losses.entry import ByClass, Loss
from trainer.losses.vs import build_vs, scaled_and_shifted


def _by_class(_: SmoothedFields, counts: Sequence[int]) -> ByClass:
    return scaled_and_shifted(counts, gamma=0, tau=1)


_FORMULA = "-log(n_y exp(z_y) / sum_c n_c exp(z_c))"

LOSS = Loss(
    name="balanced_softmax",
    title="balanced softmax",
    short="BalSoftmax",
    about="balanced_softmax: log n added to each logit",
    source="Ren et al. 2020",
    formula=_FORMULA,
    formula_of=with_smoothing(_FORMULA),
    fields=SmoothedFields,
    by_class=_by_class,
    build=build_vs,
    knows_epochs=False,
)
