"""Every training image once an epoch, shuffled."""

from dataclasses import dataclass
from typing import TYPE_CHECKING

from trainer.config_section import Section
from trainer.sampling.entry import Sampler, SamplerContext, Sampling, Shares

if TYPE_CHECKING:
    from torch import Generator, Tensor


@dataclass
class InstanceSampling(Sampling):
    """A permutation of the images in each epoch."""

    counts: tuple[int, ...]

    def __post_init__(self) -> None:
        """As many draws as images."""
        self.images = sum(self.counts)

    def shares(self, epoch: int) -> Shares:  # noqa: ARG002
        """Of the images."""
        return tuple(count / self.images for count in self.counts)

    def order(self, labels: "Tensor", epoch: int, generator: "Generator") -> "Tensor":  # noqa: ARG002
        """A permutation that `generator` draws."""
        import torch

        return torch.randperm(len(labels), generator=generator)


def _build(context: SamplerContext[Section]) -> InstanceSampling:
    return InstanceSampling(context.counts)


SAMPLER = Sampler(
    name="instance",
    title="instance",
    short="instance",
    original=True,
    about="instance: every training image once an epoch, shuffled",
    fields=Section,
    build=_build,
    knows_epochs=False,
)
