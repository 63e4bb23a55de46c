"""The rate at which a setting's loss really trains: its learning rate times the mean weight of an image."""

from collections.abc import Mapping, Sequence
from typing import Any

from trainer.config import LossConfig

_ALIKE = 1.1
"""Effective rates differ where the larger is more than this many times the smaller: by more than 10 %."""
_ROUNDING = 1 + 1e-9
"""0.11 is no more than 10 % above 0.1, whichever way the two were computed."""


def mean_weight_of(config: Mapping[str, Any], train_counts: Sequence[int]) -> float:
    """Mean weight of a training image as applied to the loss of this (stored) configuration."""
    if config["loss"]["weighting"] == "none":
        return 1.0
    from trainer.weighting import mean_weight  # brings numpy, which the web process starts without

    weights = {name: config["loss"][name] for name in ("weighting", "beta", "reduction")}
    return mean_weight(train_counts, LossConfig.model_validate(weights))


def rates_differ(one: float, *others: float) -> bool:
    """Whether the largest of these effective rates is more than 10 % above the smallest.

    A mean weight is one too: `rates_differ(mean_weight, 1.0)` says whether it shifts the rate.
    """
    rates = (one, *others)
    return max(rates) > _ALIKE * _ROUNDING * min(rates)
