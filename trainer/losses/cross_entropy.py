"""Softmax cross-entropy."""

from typing import TYPE_CHECKING

from trainer.config_section import Section
from trainer.losses.entry import Loss, LossContext

if TYPE_CHECKING:
    from torch import Tensor

    from trainer.losses.criterion import Criterion


def cross_entropy(logits: "Tensor", labels: "Tensor") -> "Tensor":
    """-log p_t of the softmax; logits [N, C], labels int64 [N] -> [N]."""
    from torch.nn import functional as F

    return F.cross_entropy(logits, labels, reduction="none")


def _build(context: LossContext[Section]) -> "Criterion":
    return context.criterion(cross_entropy)


LOSS = Loss(
    name="cross_entropy", title="cross-entropy", short="CE", original=True, fields=Section, build=_build
)
