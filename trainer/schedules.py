"""The learning rate of each epoch, known before training starts. Imports no torch.

The rate is a function of the epoch alone, so a resumed run goes on at exactly the rate it would have had.
"""

import math

from trainer.config import OptimConfig


def learning_rates(optim: OptimConfig) -> tuple[float, ...]:
    """One rate an epoch, first to last: the schedule's shape times the linear warm-up ramp.

    The epochs up to each of `continued_after` have the rates of a run of so many.
    """
    rates: list[float] = []
    for end in (*(optim.continued_after or ()), optim.epochs):
        rates += _rates(optim.model_copy(update={"epochs": end}))[len(rates) :]
    return tuple(rates)


def _rates(optim: OptimConfig) -> list[float]:
    """Of a run in one go."""
    shape = _cosine if optim.schedule == "cosine" else _step
    epochs = range(1, optim.epochs + 1)
    return [optim.learning_rate * _ramp(epoch, optim) * shape(epoch, optim) for epoch in epochs]


def _ramp(epoch: int, optim: OptimConfig) -> float:
    """epoch / warmup_epochs during warm-up, then 1 (the rule of the CIFAR-LT repositories, epochs from 1)."""
    return min(1.0, epoch / optim.warmup_epochs) if optim.warmup_epochs else 1.0


def _step(epoch: int, optim: OptimConfig) -> float:
    """decay ** (milestones passed): a milestone is passed once its epoch is over."""
    assert optim.milestones is not None, "a stepped OptimConfig holds milestones"
    assert optim.decay is not None, "a stepped OptimConfig holds a decay"
    return optim.decay ** sum(epoch > milestone for milestone in optim.milestones)


def _cosine(epoch: int, optim: OptimConfig) -> float:
    """Half a cosine from 1 towards 0 over the epochs after the warm-up (Loshchilov and Hutter 2017)."""
    falling = max(1, optim.epochs - optim.warmup_epochs)
    done = max(0, epoch - 1 - optim.warmup_epochs)
    return (1 + math.cos(math.pi * done / falling)) / 2
