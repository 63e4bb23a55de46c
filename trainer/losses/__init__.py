"""The losses that a run may name, one module each. Imports no torch.

To add one: declare its fields, write the loss of an image, and `LOSSES.add` a `Loss` whose `build` makes the
criterion; beside these, or in a plugin.
"""

from typing import Any

from trainer.losses import cross_entropy, focal
from trainer.losses.entry import Loss, LossContext
from trainer.registry import Registry

__all__ = ["LOSSES", "Loss", "LossContext"]

LOSSES: Registry[Loss[Any]] = Registry(
    "loss", cross_entropy.LOSS, focal.LOSS, taken=("weighting", "beta", "reduction")
)
