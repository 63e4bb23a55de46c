"""The samplers that a run may name, one module each. Imports no torch.

To add one: write a `Sampling`, and let a module beside these hold the `Sampler` that builds it as SAMPLER; a
plugin does `SAMPLERS.add`.
The loader and the preview of a launch ask the same sampling how many images an epoch draws.
"""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from trainer.registry import Registry, entries_in
from trainer.sampling.deferred import DeferredSampling
from trainer.sampling.entry import Sampler, SamplerContext, Sampling, images_and_steps
from trainer.sampling.instance import InstanceSampling

if TYPE_CHECKING:
    from trainer.config_sections import SamplingConfig

__all__ = ["SAMPLERS", "Sampler", "SamplerContext", "Sampling", "images_and_steps", "sampling_of"]

SAMPLERS: Registry[Sampler[Any]] = Registry(
    "sampler", *entries_in(__name__, "SAMPLER", ()), taken=("from_epoch",)
)


def sampling_of(sampling: "SamplingConfig", counts: Sequence[int], epochs: int) -> Sampling:
    """The chosen sampling for classes of so many training images.

    Raises ValueError where it cannot draw from them, as from a class without images.
    """
    entry, counts = SAMPLERS[sampling.name], tuple(counts)
    chosen = entry.build(SamplerContext(fields=entry.fields_of(sampling), counts=counts, epochs=epochs))
    if sampling.from_epoch is None or sampling.from_epoch == 1:
        return chosen
    return DeferredSampling(InstanceSampling(counts), chosen, sampling.from_epoch)
