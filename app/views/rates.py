"""The rate at which a setting's loss really trains: its learning rate times the mean weight of an image."""

from collections.abc import Mapping, Sequence
from typing import Any

from trainer.config import parse_config

LEAST_APART = 0.1
"""Effective rates further apart than this share are named as a difference of their own."""


def mean_weight_of(config: Mapping[str, Any], train_counts: Sequence[int]) -> float:
    """Mean weight of a training image as applied to the loss of this (stored) configuration."""
    if config["loss"]["weighting"] == "none":
        return 1.0
    from trainer.weighting import mean_weight  # brings numpy, which the web process starts without

    return mean_weight(train_counts, parse_config(config).loss)


def rates_differ(one: float, other: float) -> bool:
    """Whether two effective rates differ by more than LEAST_APART of the larger."""
    return abs(one - other) > LEAST_APART * max(one, other)
