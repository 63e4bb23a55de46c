"""Criteria as a run would have them, without a data set."""

from collections.abc import Sequence

from trainer.config import LossConfig
from trainer.losses import LOSSES, LossContext, numbers_by_class
from trainer.losses.criterion import Criterion


def criterion_of(loss: LossConfig, weights: Sequence[float] | None, counts: Sequence[int] = ()) -> Criterion:
    entry = LOSSES[loss.name]
    context = LossContext(fields=entry.fields_of(loss), counts=tuple(counts), image_size=16, rates=(0.1,),
                          seed=0, weights=None if weights is None else tuple(weights),
                          by_weight=loss.reduction == "weighted_mean",
                          weights_from=loss.weights_from or 1,
                          by_class=numbers_by_class(loss, counts))  # fmt: skip
    return entry.build(context)
