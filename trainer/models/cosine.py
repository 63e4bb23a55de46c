"""The cosine head: logits by the angle between an image's features and a class's weights.

Both have unit length as they meet, so that no class gains by longer weights (LDAM's NormedLinear, Cao et al.
2019). The scale is a part of the logits: what is trained, evaluated and stored is the same.
"""

import torch
from torch import Tensor, nn
from torch.nn import functional as F


class CosineLinear(nn.Linear):
    """Features [N, D] -> scale x cosines [N, C]; no bias. Weights start as random directions."""

    def __init__(self, features: int, classes: int, scale: float) -> None:
        super().__init__(features, classes, bias=False)
        self.scale = scale

    def reset_parameters(self) -> None:
        """Uniform in -1..1, each class's weights then of unit length, as in the published code."""
        nn.init.uniform_(self.weight, -1, 1)
        with torch.no_grad():
            self.weight.copy_(F.normalize(self.weight, dim=1))

    def forward(self, features: Tensor) -> Tensor:
        """The logits."""
        return self.scale * F.linear(F.normalize(features, dim=1), directions(self))


def directions(head: nn.Linear) -> Tensor:
    """The weights of each class as they meet the features [C, D]: those of a cosine head have unit length."""
    return F.normalize(head.weight, dim=1) if isinstance(head, CosineLinear) else head.weight
