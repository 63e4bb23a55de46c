"""The ways to mix the images of a batch that a run may name, one module each. Imports no torch.

To add one: write a function that mixes a batch, and let a module beside these hold the `Mixing` that builds
it as MIXING; a plugin does `MIXINGS.add`.
"""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from trainer.mixing.entry import MixBatch, MixedLabels, Mixing, MixingContext
from trainer.registry import Registry, entries_in

if TYPE_CHECKING:
    from trainer.config_sections import MixingConfig

__all__ = ["MIXINGS", "MixBatch", "MixedLabels", "Mixing", "MixingContext", "mixing_of"]

MIXINGS: Registry[Mixing[Any]] = Registry("mixing", *entries_in(__name__, "MIXING", ()))


def mixing_of(mixing: "MixingConfig", counts: Sequence[int]) -> MixBatch | None:
    """The chosen mixing for classes of so many training images; None where nothing is mixed."""
    entry = MIXINGS[mixing.name]
    return entry.build(MixingContext(fields=entry.fields_of(mixing), counts=tuple(counts)))
