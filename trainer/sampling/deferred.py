"""Another sampling from some epoch on (deferred re-sampling, Cao et al. 2019)."""

from dataclasses import dataclass
from typing import TYPE_CHECKING

from trainer.sampling.entry import Sampling, Shares

if TYPE_CHECKING:
    from torch import Generator, Tensor


@dataclass
class DeferredSampling(Sampling):
    """`first` in the epochs before `from_epoch`, `then` from it on; both draw as many images."""

    first: Sampling
    then: Sampling
    from_epoch: int

    def __post_init__(self) -> None:
        """Steps, and with them the learning rates, are those of every epoch."""
        self.images = self.then.images

    def _of(self, epoch: int) -> Sampling:
        return self.first if epoch < self.from_epoch else self.then

    def shares(self, epoch: int) -> Shares | None:
        """Of the one that draws then."""
        return self._of(epoch).shares(epoch)

    def order(self, labels: "Tensor", epoch: int, generator: "Generator") -> "Tensor":
        """Of the one that draws then."""
        return self._of(epoch).order(labels, epoch, generator)
