"""What a loss is: an entry that builds a criterion, and what it builds it from. Imports no torch."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Generic

from trainer.registry import Entry, F

if TYPE_CHECKING:
    from trainer.losses.criterion import Criterion, PerImage


@dataclass(frozen=True, kw_only=True)
class LossContext(Generic[F]):
    """What a criterion may depend on.

    counts: training images of each class; rates: the learning rate of each epoch, so as many as epochs;
    weights: one a class, scaled as they apply, None without class weights; by_weight: divide by a batch's
    weights in place of its size; weights_from: the first epoch that is weighted.
    """

    fields: F
    counts: tuple[int, ...]
    image_size: int
    rates: tuple[float, ...]
    seed: int
    weights: tuple[float, ...] | None
    by_weight: bool
    weights_from: int = 1

    def criterion(self, per_image: "PerImage", sigmoid: bool = False) -> "Criterion":
        """`per_image`, weighted and reduced as the configuration says, in every epoch."""
        from trainer.losses.criterion import Criterion

        return Criterion(per_image, self.weights, self.by_weight, sigmoid, self.weights_from)


@dataclass(frozen=True, kw_only=True)
class Loss(Entry[F]):
    """A loss that a run may name."""

    build: Callable[[LossContext[F]], "Criterion"]
