"""Stochastic gradient descent over a network's parameters. The rate of each epoch stands in `schedules`."""

import torch
from torch import nn

from trainer.config import OptimConfig

_FUSED_ON = ("cpu", "cuda")


def build_sgd(network: nn.Module, optim: OptimConfig, undecayed: nn.Parameter | None) -> torch.optim.SGD:
    """SGD with momentum; weight decay on every parameter but `undecayed` (the sigmoid form's last bias)."""
    parameters = list(network.parameters())
    groups: list[dict[str, object]] = [{"params": [p for p in parameters if p is not undecayed]}]
    if undecayed is not None:
        groups.append({"params": [undecayed], "weight_decay": 0.0})
    return torch.optim.SGD(
        groups,
        lr=optim.learning_rate,
        momentum=optim.momentum,
        weight_decay=optim.weight_decay,
        fused=parameters[0].device.type in _FUSED_ON,
    )


def set_learning_rate(optimizer: torch.optim.Optimizer, rate: float) -> None:
    """Train on at this rate."""
    for group in optimizer.param_groups:
        group["lr"] = rate
