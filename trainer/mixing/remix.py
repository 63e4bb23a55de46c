"""Remix: mixup whose label goes to the rarer class where the classes are of very unlike size."""

from typing import TYPE_CHECKING, Annotated

from trainer.config_section import about
from trainer.mixing.entry import AlphaFields, MixBatch, MixedLabels, Mixing, MixingContext
from trainer.mixing.mixup import mixup

if TYPE_CHECKING:
    from torch import Generator, Tensor


class RemixFields(AlphaFields):
    """What only this mixing has."""

    kappa: Annotated[
        float,
        about("Kappa", "how many times as large a class must be for its label to give way",
              "below 1 both labels would give way", "times", rare=True, ge=1, le=1e6),
    ] = 3.0  # fmt: skip
    tau: Annotated[
        float,
        about("Tau", "a label gives way where the share of its image is below tau: 0 is mixup",
              "a share lies between 0 and 1", "", rare=True, ge=0, le=1),
    ] = 0.5  # fmt: skip


def label_share(share: "Tensor", own: "Tensor", other: "Tensor", kappa: float, tau: float) -> "Tensor":
    """The share of an image's label, given that of its image and the sizes of both classes, all [B].

    0 where its class is at least kappa times as large and the share below tau; 1 where the other class is so
    and the other share below tau. Equation 7 of Chou et al. 2020.
    """
    gives_way = (own >= kappa * other) & (share < tau)
    takes_all = (other >= kappa * own) & (1 - share < tau)
    return share.masked_fill(gives_way, 0.0).masked_fill(takes_all, 1.0)


def _build(context: MixingContext[RemixFields]) -> MixBatch:
    import torch

    fields, mix_up = context.fields, mixup(context.fields.alpha)

    def mix(images: "Tensor", labels: "Tensor", generator: "Generator") -> tuple["Tensor", MixedLabels]:
        mixed, (others, share) = mix_up(images, labels, generator)
        counts = torch.tensor(context.counts, device=labels.device)
        shares = label_share(share, counts[labels], counts[others], fields.kappa, fields.tau)
        return mixed, MixedLabels(others, shares)

    return mix


MIXING = Mixing(
    name="remix",
    title="remix",
    short="remix",
    about="remix: mixup, but the rarer class is the only label where the other is kappa times as large and "
    "its share is below tau",
    source="Chou et al. 2020",
    fields=RemixFields,
    build=_build,
)
