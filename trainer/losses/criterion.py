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

from trainer.losses.entry import ByClass
from trainer.mixing import MixedLabels

PerImage = Callable[..., Tensor]
"""Logits float32 [N, C], labels int64 [N], and numbers by class float32 [C] by their names -> the loss of
each image [N]."""


class Criterion(nn.Module):
    """A batch's loss: logits [N, C] of any floating type, labels int64 [N] -> float32 scalar."""

    weights: Tensor | None

    def __init__(
        self,
        per_image: PerImage,
        weights: Sequence[float] | None,
        by_weight: bool,
        weights_from: int = 1,
        by_class: ByClass | None = None,
        weights_as: str = "",
    ) -> None:
        """`weights` [C] or None; `by_weight` divides by the batch's weights in place of its size.

        weights_from: epochs before this one are not weighted. by_class: what `per_image` is given beside
        logits and labels, one number a class. weights_as: under this name it is also given the weights, or
        None where they do not apply.
        """
        super().__init__()
        self.per_image = per_image
        self.by_weight = by_weight
        self.weights_from = weights_from
        self.weights_as = weights_as
        self.weighted = True
        self.register_buffer("weights", None if weights is None else _numbers(weights))
        self.by_class = nn.Module()
        for name, numbers in (by_class or {}).items():
            self.by_class.register_buffer(name, _numbers(numbers))

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
        """The loss of each image, times its weight, and the weights where they apply."""
        by_class = self.weights if self.weighted else None
        given = {self.weights_as: by_class} if self.weights_as else {}
        losses = self.per_image(logits, labels, **dict(self.by_class.named_buffers()), **given)
        if by_class is None:
            return losses, None
        weights = by_class[labels]
        return weights * losses, weights


def _numbers(by_class: Sequence[float]) -> Tensor:
    return torch.tensor(by_class, dtype=torch.float32)
