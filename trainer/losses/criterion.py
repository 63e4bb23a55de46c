"""The criterion: weights the losses of a batch's images and reduces them to one number.

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

PerImage = Callable[[Tensor, Tensor], Tensor]
"""Logits float32 [N, C], labels int64 [N] -> the loss of each image [N]."""


class Criterion(nn.Module):
    """A batch's loss: logits [N, C] of any floating type, labels int64 [N] -> float32 scalar."""

    weights: Tensor | None

    def __init__(
        self,
        per_image: PerImage,
        weights: Sequence[float] | None,
        by_weight: bool,
        sigmoid: bool = False,
        weights_from: int = 1,
    ) -> None:
        """`weights` [C] or None; `by_weight` divides by the batch's weights in place of its size.

        sigmoid: each logit passes a sigmoid of its own, whose bias starts at the prior and is not decayed.
        weights_from: epochs before this one are not weighted.
        """
        super().__init__()
        self.per_image = per_image
        self.by_weight = by_weight
        self.sigmoid = sigmoid
        self.weights_from = weights_from
        self.weighted = True
        self.register_buffer(
            "weights", None if weights is None else torch.tensor(weights, dtype=torch.float32)
        )

    def for_epoch(self, epoch: int) -> "Criterion":
        """The criterion of epoch `epoch` (from 1), weighted or not yet. It is asked before each epoch."""
        self.weighted = epoch >= self.weights_from
        return self

    def forward(self, logits: Tensor, labels: Tensor) -> Tensor:
        """The reduced loss."""
        losses = self.per_image(logits.float(), labels)
        if self.weights is None or not self.weighted:
            return losses.mean()
        weights = self.weights[labels]
        divisor = weights.sum() if self.by_weight else len(labels)
        return (weights * losses).sum() / divisor
