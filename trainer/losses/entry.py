"""What a loss is: an entry that builds a criterion, and what it builds it from. Imports no torch."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Generic

from trainer.errors import DataError
from trainer.models.heads import LINEAR, Head
from trainer.registry import Entry, F

if TYPE_CHECKING:
    from trainer.losses.criterion import Criterion, PerImage

ByClass = Mapping[str, Sequence[float]]
"""Numbers of a loss, one a class, by what they are called."""


@dataclass(frozen=True, kw_only=True)
class LossContext(Generic[F]):
    """What a criterion may depend on.

    counts: training images of each class; rates: the learning rate of each epoch, so as many as epochs;
    weights: one a class, scaled as they apply, None without class weights; by_weight: divide by a batch's
    weights in place of its size; weights_from: the first epoch that is weighted; by_class: what the loss
    declares of these counts.
    """

    fields: F
    counts: tuple[int, ...]
    image_size: int
    rates: tuple[float, ...]
    seed: int
    weights: tuple[float, ...] | None
    by_weight: bool
    weights_from: int = 1
    by_class: ByClass = field(default_factory=dict)

    def criterion(self, per_image: "PerImage", weights_as: str = "") -> "Criterion":
        """`per_image`, weighted and reduced as the configuration says, in every epoch.

        Beside logits and labels it is given each of `by_class` as a tensor [C] under its name, and under
        `weights_as` the class weights that apply, None where none do.
        """
        from trainer.losses.criterion import Criterion

        return Criterion(
            per_image, self.weights, self.by_weight, self.weights_from, self.by_class, weights_as
        )


def _as_it_is(_: Any) -> Head:
    return LINEAR


def _nothing(_: Any, __: Sequence[int]) -> ByClass:
    return {}


@dataclass(frozen=True, kw_only=True)
class Loss(Entry[F]):
    """A loss that a run may name.

    formula: what is minimised for an image, as people write it; formula_of: the same of these fields, where
    they choose among forms that `formula` gives together or leaves out. by_class: its numbers by class, from
    the training images of each; it raises DataError for a class without any, and ConfigError for counts at
    which they are not defined. head: what makes the logits. knows_epochs: whether an epoch's loss may depend
    on how many epochs there are, as by `rates`; a run of such a loss cannot be continued.
    """

    build: Callable[[LossContext[F]], "Criterion"]
    formula: str = ""
    formula_of: Callable[[F], str] | None = None
    by_class: Callable[[F, Sequence[int]], ByClass] = _nothing
    head: Callable[[F], Head] = _as_it_is
    knows_epochs: bool = True

    def minimised(self, fields: F) -> str:
        """The formula of a run with these fields; empty where the loss gives none."""
        return self.formula_of(fields) if self.formula_of else self.formula


def present(counts: Sequence[int]) -> Sequence[int]:
    """The counts, each of at least one image. Raises DataError naming a class without."""
    for index, count in enumerate(counts):
        if count < 1:
            raise DataError(
                f"Class {index} has no training images, and the loss is not defined without.",
                "Add images of it or take the class out of the data set.",
            )
    return counts
