"""What a sampler is: an entry that says how many images an epoch draws, and which. Imports no torch."""

from abc import ABC, abstractmethod
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from statistics import fmean
from typing import TYPE_CHECKING, Generic

from trainer.registry import Entry, F

if TYPE_CHECKING:
    from torch import Generator, Tensor


Shares = tuple[float, ...]
"""Of each class in the draws of an epoch; they sum to 1."""


@dataclass(frozen=True, kw_only=True)
class SamplerContext(Generic[F]):
    """What a sampling may depend on: training images of each class, and the number of epochs."""

    fields: F
    counts: tuple[int, ...]
    epochs: int


class Sampling(ABC):
    """Which images the epochs of one run draw."""

    images: int
    """How many images an epoch draws, each as often as it is drawn."""

    def shares(self, epoch: int) -> Shares | None:  # noqa: ARG002
        """What to expect of the draws of epoch `epoch` (from 1); None where a sampler does not say."""
        return None

    def mean_shares(self, epochs: Iterable[int]) -> Shares | None:
        """Those of these epochs on average; None where the sampler does not say."""
        known = [shares for shares in map(self.shares, epochs) if shares is not None]
        if len(set(known)) == 1:
            return known[0]  # whose mean over more of them may differ in the last bit
        return tuple(fmean(of_class) for of_class in zip(*known, strict=True)) if known else None

    def views(self, counts: Sequence[int], epochs: Iterable[int]) -> tuple[float, ...] | None:
        """How often an epoch shows each image of a class, on average; `counts` are the images of each."""
        shares = self.mean_shares(epochs)
        if shares is None:
            return None
        pairs = zip(shares, counts, strict=True)
        return tuple(self.images * share / count if count else 0.0 for share, count in pairs)

    @abstractmethod
    def order(self, labels: "Tensor", epoch: int, generator: "Generator") -> "Tensor":
        """Places in `labels` [N] of the images of epoch `epoch` (from 1): int64 [images], on the CPU.

        All chance comes from `generator`, which is seeded anew for each epoch.
        """


@dataclass(frozen=True, kw_only=True)
class Sampler(Entry[F]):
    """A sampling that a run may name.

    knows_epochs: whether what an epoch draws may depend on how many there are; such a run is not continued.
    """

    build: Callable[[SamplerContext[F]], Sampling]
    knows_epochs: bool = True


def images_and_steps(images: int, batch_size: int) -> tuple[int, int]:
    """Of so many drawn images those that are trained on, and the steps of an epoch.

    A last batch of a single image is left out: batch norm has no variance there.
    """
    used = images - (images % batch_size == 1)
    return used, -(-used // batch_size)
