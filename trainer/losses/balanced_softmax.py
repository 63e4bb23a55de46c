"""Balanced softmax (Ren et al. 2020): the softmax weighted by counts while training, plain when evaluated."""

from collections.abc import Sequence
from typing import TYPE_CHECKING

from trainer.losses.cross_entropy import SmoothedFields, smoothed
from trainer.losses.entry import ByClass, Loss, LossContext
from trainer.losses.vs import scaled_and_shifted, vs

if TYPE_CHECKING:
    from trainer.losses.criterion import Criterion


def _by_class(_: SmoothedFields, counts: Sequence[int]) -> ByClass:
    return scaled_and_shifted(counts, gamma=0, tau=1)


def _build(context: LossContext[SmoothedFields]) -> "Criterion":
    return smoothed(context, vs, _by_class(context.fields, context.counts))


LOSS = Loss(
    name="balanced_softmax",
    title="balanced softmax",
    short="BalSoftmax",
    about="balanced_softmax: log n added to each logit",
    source="Ren et al. 2020",
    formula="-log(n_y exp(z_y) / sum_c n_c exp(z_c))",
    fields=SmoothedFields,
    by_class=_by_class,
    build=_build,
)
