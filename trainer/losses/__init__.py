"""The losses that a run may name, one module each. Imports no torch.

To add one: declare its fields, write the loss of an image and a `build` that makes the criterion, and let a
module beside these hold the `Loss` as LOSS; a plugin does `LOSSES.add`.
"""

from typing import Any

from trainer.losses.entry import Loss, LossContext
from trainer.registry import Registry, entries_in

__all__ = ["LOSSES", "Loss", "LossContext"]

LOSSES: Registry[Loss[Any]] = Registry(
    "loss",
    *entries_in(__name__, "LOSS", {"criterion"}),
    taken=("weighting", "beta", "reduction", "weights_from"),
)
