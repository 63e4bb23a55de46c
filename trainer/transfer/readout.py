"""A linear layer that reads classes out of frozen features: multinomial logistic regression, by L-BFGS."""

import torch
from torch import Tensor
from torch.nn import functional as F

STRENGTHS = (1.0, 1e-1, 1e-2, 1e-3, 1e-4)
"""Of weight decay, from which the images held out choose; each starts where the stronger one ended."""
_HELD_OUT = 5
"""Each so many-th image, in the order given, is held out to choose by."""
_MOST_STEPS = 200


def readout(features: Tensor, labels: Tensor, classes: int) -> "LinearReadout":
    """The layer for features [N, D] and labels [N] of `classes` classes, at the strength that does best.

    Features are standardised by these images. A fifth of them chooses the strength by its mean cross-entropy
    (ties: the stronger); then all of them train. The order must be a random one.
    """
    scaled, scale = _standardised(features)
    at = torch.arange(len(labels), device=labels.device)
    held = at % _HELD_OUT == _HELD_OUT - 1
    losses: dict[float, float] = {}
    weights = scaled.new_zeros(scaled.shape[1] + 1, classes)
    for strength in STRENGTHS:
        weights = _fitted(scaled[~held], labels[~held], weights, strength)
        losses[strength] = F.cross_entropy(_logits(scaled[held], weights), labels[held]).item()
    best = min(STRENGTHS, key=lambda strength: (losses[strength], -strength))
    return LinearReadout(_fitted(scaled, labels, torch.zeros_like(weights), best), scale, best)


class LinearReadout:
    """Features [N, D] -> logits [N, C], float64."""

    def __init__(self, weights: Tensor, scale: tuple[Tensor, Tensor], strength: float) -> None:
        self._weights = weights
        self._scale = scale
        self.strength = strength
        """The weight decay that was chosen."""

    def __call__(self, features: Tensor) -> Tensor:
        """The logits."""
        mean, deviation = self._scale
        return _logits((features.double() - mean) / deviation, self._weights)


def _standardised(features: Tensor) -> tuple[Tensor, tuple[Tensor, Tensor]]:
    """A feature that is the same on all images becomes 0."""
    mean, deviation = features.double().mean(0), features.double().std(0, correction=0)
    deviation = torch.where(deviation > 0, deviation, 1.0)
    return (features.double() - mean) / deviation, (mean, deviation)


def _logits(scaled: Tensor, weights: Tensor) -> Tensor:
    """weights [D + 1, C], the last row the constant."""
    return scaled @ weights[:-1] + weights[-1]


def _fitted(scaled: Tensor, labels: Tensor, start: Tensor, strength: float) -> Tensor:
    """The weights that minimise mean cross-entropy + strength / 2 |W|^2, without decay of the constant."""
    weights = start.clone().requires_grad_()
    optimizer = torch.optim.LBFGS(
        [weights], max_iter=_MOST_STEPS, line_search_fn="strong_wolfe", history_size=20
    )

    def loss() -> Tensor:
        optimizer.zero_grad()
        value = F.cross_entropy(_logits(scaled, weights), labels) + strength / 2 * weights[:-1].square().sum()
        value.backward()  # type: ignore[no-untyped-call]
        return value

    optimizer.step(loss)  # type: ignore[no-untyped-call]
    return weights.detach()
