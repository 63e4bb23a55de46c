"""Mixup: a weighted mean of two images, and of the losses of their labels."""

from typing import TYPE_CHECKING

from trainer.mixing.entry import (
    AlphaFields,
    MixBatch,
    MixedLabels,
    Mixing,
    MixingContext,
    drawn_partners,
    drawn_share,
)

if TYPE_CHECKING:
    from torch import Generator, Tensor


def mixup(alpha: float) -> MixBatch:
    """Each image with another of its batch, all by the same share."""

    def mix(images: "Tensor", labels: "Tensor", generator: "Generator") -> tuple["Tensor", MixedLabels]:
        share, partners = drawn_share(alpha, generator), drawn_partners(labels, generator)
        mixed = images.lerp(images.index_select(0, partners), 1 - share)
        return mixed, MixedLabels(labels[partners], images.new_full((len(labels),), share))

    return mix


def _build(context: MixingContext[AlphaFields]) -> MixBatch:
    return mixup(context.fields.alpha)


MIXING = Mixing(
    name="mixup",
    title="mixup",
    short="mixup",
    about="mixup: share * image + (1 - share) * another of its batch, and so the losses of both labels, each "
    "weighted as its own class",
    source="Zhang et al. 2018",
    fields=AlphaFields,
    build=_build,
)
