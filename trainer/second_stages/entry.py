"""What a second stage is: what it trains by, and the layer that it puts in. Imports no torch."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated, Generic, Literal

from trainer.config_section import Section, about
from trainer.registry import Entry, F

if TYPE_CHECKING:
    from torch import Tensor, nn

Sampler = Literal["class_balanced", "square_root", "progressive", "instance"]
"""Samplers that need no number of their own."""


class HeadFields(Section):
    """What the second stages have that train the layer which makes the logits, or a part of it."""

    epochs: Annotated[
        int,
        about("Epochs of the second stage", "each of as many images as one of the first stage; the rate "
              "falls by a cosine to 0 over them", "a second stage that trains needs at least one", "epochs",
              short="stage epochs", rare=True, ge=1, le=10_000),
    ] = 10  # fmt: skip
    learning_rate: Annotated[
        float,
        about("Rate of the second stage", "at its first step; published with 0.1 at 128 images a step (Zhang "
              "et al. 2021) and 0.2 at 512 (Kang et al. 2020)",
              "it must be positive; above 1000 nothing trains", "", short="stage rate", rare=True, tuned=True,
              gt=0, le=1000),
    ] = 0.1  # fmt: skip
    sampler: Annotated[
        Sampler,
        about("Sampler of the second stage", "which training images its epochs draw, on the terms of Sampler",
              short="stage sampler", rare=True),
    ] = "class_balanced"  # fmt: skip


@dataclass(frozen=True)
class StageTraining:
    """What a second stage trains by; all else is as in the first stage, its loss plain cross-entropy."""

    epochs: int
    learning_rate: float
    sampler: Sampler


@dataclass(frozen=True, kw_only=True)
class StageContext(Generic[F]):
    """What the new last layer may depend on. Random numbers are torch's own, seeded before it is built.

    head: the layer that the first stage has trained; class_means: the mean features of each class's training
    images [C, D], as they reach that layer, worked out when asked; class_counts: how many these are. Both
    raise DataError for a class without.
    """

    fields: F
    head: "nn.Linear"
    class_means: Callable[[], "Tensor"]
    class_counts: Callable[[], "Tensor"]


@dataclass(frozen=True, kw_only=True)
class SecondStage(Entry[F]):
    """A second stage that a run may name.

    training: what it trains by; None where it trains nothing and is done after one look at the images.
    build: the new last layer; of its parameters those are trained that require a gradient. linear_only:
    it needs a last layer with lengths and a bias, which a cosine head has not.
    """

    training: Callable[[F], StageTraining | None]
    build: Callable[[StageContext[F]], "nn.Linear"]
    linear_only: bool = False


def head_training(fields: HeadFields) -> StageTraining:
    """As the fields say."""
    return StageTraining(fields.epochs, fields.learning_rate, fields.sampler)


def no_training(_: Section) -> None:
    """Of what is worked out."""
