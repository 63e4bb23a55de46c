"""The layers that second stages put in place of the one which makes the logits."""

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from trainer.models.cosine import CosineLinear, directions
from trainer.posthoc import length_factors, log_shares


class ScaledLinear(nn.Linear):
    """Features [N, D] -> s_c (w_c x + b_c) [N, C]: the layer of before, fixed, with a factor for each class.

    Only the factors are trained; they start at 1 (LWS, Kang et al. 2020; over the bias, too, as in the code
    of MiSLAS). Of a cosine layer, they multiply its scaled cosines.
    """

    def __init__(self, old: nn.Linear) -> None:
        super().__init__(old.in_features, old.out_features, bias=old.bias is not None)
        self.cosine = old.scale if isinstance(old, CosineLinear) else None
        with torch.no_grad():
            self.weight.copy_(directions(old))
            if old.bias is not None:
                self.bias.copy_(old.bias)
        self.requires_grad_(False)
        self.scales = nn.Parameter(torch.ones(old.out_features))

    def forward(self, features: Tensor) -> Tensor:
        """The logits."""
        if self.cosine is None:
            return self.scales * super().forward(features)
        return self.scales * self.cosine * super().forward(F.normalize(features, dim=1))


def last_layer(head: nn.Linear) -> tuple[Tensor, Tensor]:
    """Weights [C, D] and bias [C] of each class as they meet the features, factors and all, without gradient.

    Those of a cosine layer have unit length, before any factor; where there is no bias, it is 0.
    """
    weights = directions(head).detach().float()
    bias = weights.new_zeros(len(weights)) if head.bias is None else head.bias.detach().float()
    if not isinstance(head, ScaledLinear):
        return weights, bias
    scales = head.scales.detach()
    return scales.unsqueeze(1) * weights, scales * bias


class NearestMean(nn.Linear):
    """Features x [N, D] -> -|x - m_c|^2 [N, C] for the mean m_c of each class, [C, D].

    That is 2 m_c x - |m_c|^2, which is linear in x, less |x|^2, which is the same for all classes.
    """

    def __init__(self, means: Tensor) -> None:
        super().__init__(means.shape[1], means.shape[0])
        with torch.no_grad():
            self.weight.copy_(2 * means)
            self.bias.copy_(-means.square().sum(1))
        self.requires_grad_(False)

    def forward(self, features: Tensor) -> Tensor:
        """The logits."""
        return super().forward(features) - features.square().sum(1, keepdim=True)


def adjusted(old: nn.Linear, counts: Tensor, tau: float) -> nn.Linear:
    """z_c - tau log(n_c / n) of the counts n_c > 0 [C] (Menon et al. 2021, equation 9)."""
    new = nn.Linear(old.in_features, old.out_features).requires_grad_(False)
    shift = torch.from_numpy(tau * log_shares(counts.cpu().numpy()))
    with torch.no_grad():
        new.weight.copy_(old.weight)
        new.bias.copy_((0 if old.bias is None else old.bias) - shift.to(old.weight))
    return new


def shortened(old: nn.Linear, tau: float) -> nn.Linear:
    """w_c / |w_c|^tau without bias (Kang et al. 2020, equation 4); a class of no weights keeps them."""
    new = nn.Linear(old.in_features, old.out_features, bias=False).requires_grad_(False)
    factors = torch.from_numpy(length_factors(old.weight.detach().norm(dim=1).cpu().numpy(), tau))
    with torch.no_grad():
        new.weight.copy_(old.weight * factors.to(old.weight).unsqueeze(1))
    return new
