"""The samplers that a run may name, one module each. Imports no torch.

To add one: write a `Sampling`, and let a module beside these hold the `Sampler` that builds it as SAMPLER; a
plugin does `SAMPLERS.add`.
The loader and the preview of a launch ask the same sampling how many images an epoch draws.
"""

from collections.abc import Sequence
from statistics import fmean
from typing import TYPE_CHECKING, Any

from trainer.registry import Registry, entries_in
from trainer.sampling.deferred import DeferredSampling
from trainer.sampling.entry import Sampler, SamplerContext, Sampling, Shares, images_and_steps
from trainer.sampling.instance import InstanceSampling

if TYPE_CHECKING:
    from trainer.config_sections import SamplingConfig

__all__ = ["SAMPLERS", "Sampler", "SamplerContext", "Sampling", "images_and_steps", "sampling_of",
           "views_of_images", "weighted_shares"]  # fmt: skip

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


def weighted_shares(
    sampling: "SamplingConfig", counts: Sequence[int], epochs: int, weights_from: int | None
) -> Shares | None:
    """Of each class in what is drawn in the epochs that class weights apply to, on average.

    None where the sampler does not say. Raises as `sampling_of`.
    """
    chosen = sampling_of(sampling, counts, epochs)
    told = [chosen.shares(epoch) for epoch in range(weights_from or 1, epochs + 1)]
    known = [shares for shares in told if shares is not None]
    return tuple(fmean(of_class) for of_class in zip(*known, strict=True)) if known else None


def views_of_images(
    sampling: "SamplingConfig", counts: Sequence[int], epochs: int
) -> tuple[float, ...] | None:
    """How often an epoch shows each image of a class, on average over the epochs; None where not known."""
    shares = weighted_shares(sampling, counts, epochs, 1)
    if shares is None:
        return None
    images = sampling_of(sampling, counts, epochs).images
    return tuple(
        images * share / count if count else 0.0 for share, count in zip(shares, counts, strict=True)
    )
