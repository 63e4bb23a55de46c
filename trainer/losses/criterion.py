"""The criterion: weights the losses of a batch's images and reduces them to one number.

The weight of an image's class multiplies its finished loss and never enters an exponent. Three reductions:
batch_mean divides the weighted sum by the batch size (Cui et al. 2019), mean_one does so too, with weights
that average 1 over the training images (they come scaled from `trainer.weighting`), and weighted_mean divides
by the sum of the batch's weights (torch's own rule), where an image's share depends on its batch mates.

The batch size is that of the batch at hand, weighted or not: in a short last batch of 46, where others hold
64, an image counts 64/46 of what it does elsewhere.

A mixed image has two labels: its loss is that of each label, weighted as that label's class is, times the
label's share. Its weight, which weighted_mean adds up, is the mean of both weights by the same shares.
"""

from collections.abc import Callable, Sequence

import torch
from torch import Tensor, nn

from trainer.mixing import MixedLabels

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

    def forward(self, logits: Tensor, labels: Tensor, mixed: MixedLabels | None = None) -> Tensor:
        """The reduced loss; `mixed` are the second labels of images that were mixed."""
        logits = logits.float()
        losses, weights = self._weighted(logits, labels)
        if mixed is not None:
            of_others, weights_of_others = self._weighted(logits, mixed.others)
            losses = of_others.lerp(losses, mixed.share)
            if weights is not None and weights_of_others is not None:
                weights = weights_of_others.lerp(weights, mixed.share)
        if weights is None:
            return losses.mean()
        return losses.sum() / (weights.sum() if self.by_weight else len(labels))

    def _weighted(self, logits: Tensor, labels: Tensor) -> tuple[Tensor, Tensor | None]:
        """The loss of each image, times its weight, and the weights where there are any."""
        losses = self.per_image(logits, labels)
        if self.weights is None or not self.weighted:
            return losses, None
        weights = self.weights[labels]
        return weights * losses, weights
