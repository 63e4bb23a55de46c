"""What a mixing is: an entry that builds the function which mixes a batch. Imports no torch."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated, Generic, NamedTuple

from trainer.config_section import Section, about
from trainer.registry import Entry, F

if TYPE_CHECKING:
    from torch import Generator, Tensor


class AlphaFields(Section):
    """What the mixings have whose share is drawn."""

    alpha: Annotated[
        float,
        about("Alpha", "of the beta distribution that draws the share of an image in its mixture, once a "
              "batch: 1 draws all shares alike, towards 0 nearly nothing is mixed",
              "0 would mix nothing; above 100 all shares are a half", "", rare=True, gt=0, le=100),
    ] = 1.0  # fmt: skip


class MixedLabels(NamedTuple):
    """The second labels of a batch, int64 [B], and the share of each first one, float32 [B]."""

    others: "Tensor"
    share: "Tensor"

    def heavier(self, labels: "Tensor") -> "Tensor":
        """Of the first `labels` and the second ones those with the larger share; the first of equals."""
        return labels.where(self.share >= 0.5, self.others)


MixBatch = Callable[["Tensor", "Tensor", "Generator"], tuple["Tensor", MixedLabels]]
"""Normalised images float32 [B, 3, H, W], labels int64 [B] -> the mixed images and their labels.

All chance comes from the CPU generator, which is that of the epoch.
"""


@dataclass(frozen=True, kw_only=True)
class MixingContext(Generic[F]):
    """What a mixing may depend on; counts: training images of each class."""

    fields: F
    counts: tuple[int, ...]


@dataclass(frozen=True, kw_only=True)
class Mixing(Entry[F]):
    """A mixing that a run may name; it builds None where nothing is mixed."""

    build: Callable[[MixingContext[F]], MixBatch | None]


def drawn_share(alpha: float, generator: "Generator") -> float:
    """A draw of Beta(alpha, alpha). Torch's own takes no generator, so numpy's is seeded by this one."""
    import numpy as np
    import torch

    seed = torch.randint(2**62, (), generator=generator).item()
    return float(np.random.default_rng(int(seed)).beta(alpha, alpha))


def drawn_partners(labels: "Tensor", generator: "Generator") -> "Tensor":
    """For each image of a batch the place of another (or itself): a permutation, on the labels' device."""
    import torch

    return torch.randperm(len(labels), generator=generator).to(labels.device)
