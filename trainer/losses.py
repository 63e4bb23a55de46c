"""Loss functions by image, and the criterion that weights and reduces them over a batch.

The weight of an image's class multiplies its finished loss and never enters an exponent. Three reductions:
batch_mean divides the weighted sum by the batch size (Cui et al. 2019), mean_one does so too, with weights
that average 1 over the training images (they come scaled from `trainer.weighting`), and weighted_mean divides
by the sum of the batch's weights (torch's own rule), where an image's share depends on its batch mates.

The batch size is that of the batch at hand, weighted or not: in a short last batch of 46, where others hold
64, an image counts 64/46 of what it does elsewhere.
"""

from collections.abc import Callable, Sequence

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from trainer.config import LossConfig

PerImage = Callable[[Tensor, Tensor], Tensor]


def cross_entropy(logits: Tensor, labels: Tensor) -> Tensor:
    """-log p_t of the softmax; logits [N, C], labels int64 [N] -> [N]."""
    return F.cross_entropy(logits, labels, reduction="none")


def focal_softmax(logits: Tensor, labels: Tensor, gamma: float) -> Tensor:
    """-(1 - p_t)^gamma log p_t with p_t the softmax's probability of the true class; [N, C], [N] -> [N].

    log(1 - p_t) is the log-sum-exp over the other classes, so that the gradient stays finite where p_t rounds
    to 1 (a power of 1 - p_t has no finite slope there for gamma < 1). The value is exactly 0 there, as
    log p_t is; the true one is below 1e-7 in float32.
    """
    log_p = F.log_softmax(logits, dim=1)
    true = labels.unsqueeze(1)
    log_rest = log_p.scatter(1, true, torch.finfo(log_p.dtype).min).logsumexp(dim=1)
    return -(gamma * log_rest).exp() * log_p.gather(1, true).squeeze(1)


def focal_sigmoid(logits: Tensor, labels: Tensor, gamma: float) -> Tensor:
    """Binary focal loss of each class's sigmoid, summed over the classes; [N, C], [N] -> [N].

    p_t is p for the true class and 1 - p for the others (Lin et al. 2017). gamma = 0 is the summed binary
    cross-entropy.
    """
    sign = torch.full_like(logits, -1.0).scatter(1, labels.unsqueeze(1), 1.0)
    signed = sign * logits
    return -((gamma * F.logsigmoid(-signed)).exp() * F.logsigmoid(signed)).sum(dim=1)


class Criterion(nn.Module):
    """A batch's loss: logits [N, C] of any floating type, labels int64 [N] -> float32 scalar."""

    weights: Tensor | None

    def __init__(self, per_image: PerImage, weights: Sequence[float] | None, by_weight: bool) -> None:
        """`weights` [C] or None; `by_weight` divides by the batch's weights in place of its size."""
        super().__init__()
        self.per_image = per_image
        self.by_weight = by_weight
        self.register_buffer(
            "weights", None if weights is None else torch.tensor(weights, dtype=torch.float32)
        )

    def forward(self, logits: Tensor, labels: Tensor) -> Tensor:
        """The reduced loss."""
        losses = self.per_image(logits.float(), labels)
        if self.weights is None:
            return losses.mean()
        weights = self.weights[labels]
        divisor = weights.sum() if self.by_weight else len(labels)
        return (weights * losses).sum() / divisor


def build_criterion(loss: LossConfig, weights: Sequence[float] | None) -> Criterion:
    """The criterion of `loss`, with one weight a class, as `applied_weights` scaled it, or None."""
    return Criterion(_per_image(loss), weights, by_weight=loss.reduction == "weighted_mean")


def _per_image(loss: LossConfig) -> PerImage:
    if loss.name == "cross_entropy":
        return cross_entropy
    assert loss.gamma is not None, "a focal LossConfig holds a gamma"
    focal, gamma = (focal_sigmoid if loss.probability == "sigmoid" else focal_softmax), loss.gamma
    return lambda logits, labels: focal(logits, labels, gamma)
