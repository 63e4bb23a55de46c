"""Policies as a run would have them, and pictures to change."""

import torch
from torch import Tensor
from torchvision.transforms import v2

from trainer.config import parse_config
from trainer.policies import ChangeImages, policy_of

GREY = torch.tensor([120, 121, 122], dtype=torch.uint8)


def chosen(**policy: object) -> ChangeImages:
    change = policy_of(parse_config({"policy": policy}).policy, GREY)
    assert change is not None
    return change


def applied(policy: ChangeImages, pixels: Tensor, seed: int = 0) -> Tensor:
    changed = pixels.clone()
    policy(changed, torch.Generator().manual_seed(seed))
    return changed


def alike(count: int, size: int = 32) -> Tensor:
    """One picture so many times: uint8 [count, size, size, 3]."""
    return pictures(1, size).permute(0, 2, 3, 1).repeat(count, 1, 1, 1)


def pictures(count: int = 3, size: int = 32) -> Tensor:
    """Smooth random colours, so that an operation changes what can be seen."""
    coarse = torch.rand(count, 3, 5, 5, generator=torch.Generator().manual_seed(0))
    smooth: Tensor = v2.functional.resize(coarse, [size, size])
    return (smooth * 255).byte()
