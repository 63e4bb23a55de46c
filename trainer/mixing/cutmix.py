"""CutMix: a rectangle of an image comes from another, and the share of its label is the area that is left."""

import math
from typing import TYPE_CHECKING, Annotated

from trainer.config_section import about
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


class CutMixFields(AlphaFields):
    """What only this mixing has."""

    mixed_batches: Annotated[
        float,
        about("Mixed batches", "the share of the batches that are mixed; published: 0.5 for CIFAR, 1 for "
              "ImageNet", "0 would mix nothing", "of all", rare=True, gt=0, le=1),
    ] = 0.5  # fmt: skip


def _build(context: MixingContext[CutMixFields]) -> MixBatch:
    import torch

    alpha, mixed_batches = context.fields.alpha, context.fields.mixed_batches

    def mix(images: "Tensor", labels: "Tensor", generator: "Generator") -> tuple["Tensor", MixedLabels]:
        height, width = images.shape[2:]
        share, partners = drawn_share(alpha, generator), drawn_partners(labels, generator)
        middle, luck = torch.rand(2, generator=generator).tolist(), torch.rand((), generator=generator).item()
        if luck >= mixed_batches:
            share = 1.0
        side = math.sqrt(1 - share)
        rows, columns = _within(middle[0], side, height), _within(middle[1], side, width)
        mixed = images.clone()
        mixed[:, :, rows, columns] = images[:, :, rows, columns][partners]
        left = 1 - (rows.stop - rows.start) * (columns.stop - columns.start) / (height * width)
        return mixed, MixedLabels(labels[partners], images.new_full((len(labels),), left))

    return mix


def _within(middle: float, part: float, length: int) -> slice:
    """Pixels of a side: `part` of its `length` around a `middle` of 0 to 1, cut off at the edges."""
    centre, half = int(middle * length), int(part * length) // 2
    return slice(max(centre - half, 0), min(centre + half, length))


MIXING = Mixing(
    name="cutmix",
    title="CutMix",
    short="CutMix",
    about="cutmix: a rectangle, the same in all of a batch, comes from another image; the losses of both "
    "labels count by their areas",
    source="Yun et al. 2019",
    fields=CutMixFields,
    build=_build,
)
