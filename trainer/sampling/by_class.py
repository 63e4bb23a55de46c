"""Drawing with replacement: the draws of an epoch are as many as images, and each class has a share of them.

Shares are float64, one a class, and sum to 1. They are worked out without torch, for the preview of a launch.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from trainer.sampling.entry import Sampling, Shares

if TYPE_CHECKING:
    from torch import Generator, Tensor


def power_shares(counts: Sequence[int], power: float) -> Shares:
    """n^power / sum n^power of classes of n images (Kang et al. 2020, equation 2).

    1 draws images alike, 1/2 is their square root, 0 draws classes alike, -1 is the reversed sampler of BBN
    (Zhou et al. 2020). Raises ValueError for a class without images, naming its index.
    """
    if empty := [index for index, count in enumerate(counts) if count < 1]:
        raise ValueError(f"class {empty[0]} has no images to draw from")
    largest = max(counts)
    parts = [(count / largest) ** power for count in counts]  # relative, as n^power overflows
    return tuple(part / sum(parts) for part in parts)


def by_power(counts: tuple[int, ...], power: float) -> "ClassSampling":
    """The same `power_shares` in every epoch."""
    shares = power_shares(counts, power)
    return ClassSampling(counts, lambda _: shares)


@dataclass
class ClassSampling(Sampling):
    """A class by its share of the epoch, then one of its images, each alike."""

    counts: tuple[int, ...]
    shares_of: Callable[[int], Shares]

    def __post_init__(self) -> None:
        """Fail now, not in the midst of a run."""
        self.images = sum(self.counts)
        self.shares(1)

    def shares(self, epoch: int) -> Shares:
        """By the rule of the sampler."""
        return self.shares_of(epoch)

    def order(self, labels: "Tensor", epoch: int, generator: "Generator") -> "Tensor":
        """With replacement, so that an image may come twice and another not at all."""
        import torch

        each = torch.tensor(self.shares(epoch), dtype=torch.float64) / torch.tensor(self.counts)
        return each[labels].multinomial(self.images, replacement=True, generator=generator)
