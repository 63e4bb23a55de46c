"""The losses that a run may name, one module each. Imports no torch.

To add one: declare its fields, write the loss of an image and a `build` that makes the criterion, and let a
module beside these hold the `Loss` as LOSS; a plugin does `LOSSES.add`.
"""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from trainer.losses.entry import ByClass, Loss, LossContext
from trainer.models.heads import Head
from trainer.registry import Registry, entries_in

if TYPE_CHECKING:
    from trainer.config_sections import LossConfig

__all__ = ["LOSSES", "Loss", "LossContext", "head_of", "minimised", "numbers_by_class"]

LOSSES: Registry[Loss[Any]] = Registry(
    "loss",
    *entries_in(__name__, "LOSS", {"criterion"}),
    taken=("weighting", "beta", "power", "class_weights", "reduction", "weights_from"),
)


def head_of(loss: "LossConfig") -> Head:
    """What the chosen loss asks of the layer that makes the logits."""
    entry = LOSSES[loss.name]
    return entry.head(entry.fields_of(loss))


def minimised(loss: "LossConfig") -> str:
    """Such as "focal loss, minimised: ...", in the form that the chosen loss has with these fields.

    Empty of a loss that gives no formula, or that is not installed here.
    """
    entry = LOSSES.get(loss.name)
    formula = entry.minimised(entry.fields_of(loss)) if entry else ""
    return f"{entry.title}, minimised: {formula}" if entry and formula else ""


def numbers_by_class(loss: "LossConfig", counts: Sequence[int]) -> ByClass:
    """What the chosen loss has by class (margins, offsets), of so many training images each.

    Raises DataError for a class without images, ConfigError for counts at which they are not defined.
    """
    entry = LOSSES[loss.name]
    return entry.by_class(entry.fields_of(loss), counts)
