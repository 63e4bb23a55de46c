"""Mixings as a run would have them, and batches to mix."""

from typing import Any

import torch
from torch import Tensor

from trainer.config import parse_config
from trainer.mixing import MixBatch, mixing_of


def chosen(counts: tuple[int, ...] = (), **mixing: Any) -> MixBatch:
    mix = mixing_of(parse_config({"mixing": mixing}).mixing, counts)
    assert mix is not None
    return mix


def seeded(seed: int) -> torch.Generator:
    return torch.Generator().manual_seed(seed)


def one_hot_batch(count: int, height: int = 12, width: int = 10) -> tuple[Tensor, Tensor]:
    """Images whose every pixel is 1 in a channel of its own, and labels that name the channel.

    Mixed, a channel says what part of a pixel comes from the image of that label.
    """
    labels = torch.randperm(count, generator=seeded(0))
    channels = torch.eye(count)[labels]
    return channels.view(count, count, 1, 1).expand(-1, -1, height, width).contiguous(), labels
