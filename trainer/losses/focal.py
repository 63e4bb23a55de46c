"""The focal loss of Lin et al. 2017, over a softmax or over one sigmoid per class."""

from typing import TYPE_CHECKING, Annotated, Literal

from trainer.config_section import Section, about
from trainer.losses.entry import Loss, LossContext
from trainer.models.heads import LINEAR, Head

if TYPE_CHECKING:
    from torch import Tensor

    from trainer.losses.criterion import Criterion

Probability = Literal["softmax", "sigmoid"]


class FocalFields(Section):
    """What only the focal loss has."""

    gamma: Annotated[
        float,
        about("Gamma", "focusing parameter of the focal loss; 0 gives cross-entropy",
              "negative favours easy images; above 20 nothing is left to learn", "", shown="always",
              ge=0, le=20),
    ] = 1.5  # fmt: skip
    probability: Annotated[
        Probability,
        about("Form", "softmax over classes, or one sigmoid per class summed (Cui et al. 2019)", short="form",
              named=False),
    ] = "softmax"  # fmt: skip


def focal_softmax(logits: "Tensor", labels: "Tensor", gamma: float) -> "Tensor":
    """-(1 - p_t)^gamma log p_t with p_t the softmax's probability of the true class; [N, C], [N] -> [N].

    log(1 - p_t) is the log-sum-exp over the other classes, so that the gradient stays finite where p_t rounds
    to 1 (a power of 1 - p_t has no finite slope there for gamma < 1). The value is exactly 0 there, as
    log p_t is; the true one is below 1e-7 in float32.
    """
    import torch

    log_p = logits.log_softmax(dim=1)
    true = labels.unsqueeze(1)
    log_rest = log_p.scatter(1, true, torch.finfo(log_p.dtype).min).logsumexp(dim=1)
    return -(gamma * log_rest).exp() * log_p.gather(1, true).squeeze(1)


def focal_sigmoid(logits: "Tensor", labels: "Tensor", gamma: float) -> "Tensor":
    """Binary focal loss of each class's sigmoid, summed over the classes; [N, C], [N] -> [N].

    p_t is p for the true class and 1 - p for the others (Lin et al. 2017). gamma = 0 is the summed binary
    cross-entropy.
    """
    import torch
    from torch.nn import functional as F

    sign = torch.full_like(logits, -1.0).scatter(1, labels.unsqueeze(1), 1.0)
    signed = sign * logits
    return -((gamma * F.logsigmoid(-signed)).exp() * F.logsigmoid(signed)).sum(dim=1)


def _build(context: LossContext[FocalFields]) -> "Criterion":
    gamma = context.fields.gamma
    focal = focal_sigmoid if context.fields.probability == "sigmoid" else focal_softmax
    return context.criterion(lambda logits, labels: focal(logits, labels, gamma))


def _head(fields: FocalFields) -> Head:
    return Head("prior") if fields.probability == "sigmoid" else LINEAR


LOSS = Loss(
    name="focal",
    title="focal loss",
    original=True,
    short="Focal",
    about="focal loss with gamma = 0 is cross-entropy",
    source="Lin et al. 2017",
    formula="-(1 - p_y)^gamma log p_y; in its sigmoid form summed over the classes, p_c or 1 - p_c each",
    fields=FocalFields,
    head=_head,
    build=_build,
    knows_epochs=False,
)
