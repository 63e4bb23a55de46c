"""A copy of the configuration's model with two fields more, in the place of the model for a whole process.

Read before anything that asks for the fields: `pytest -p tests.added_field.model`.
"""

from typing import Annotated

from trainer import config_sections as sections
from trainer.config_section import Since, Use, about, among

MARGIN_IDLE, SLOPE_IDLE = "Used only by the loss with a margin.", "Used only by the leaky activation."


class LossConfig(sections.LossConfig):
    """A loss parameter whose default is not what earlier configurations mean."""

    margin: Annotated[
        float | None,
        about(
            "Margin",
            "how far apart classes are pushed",
            "a negative margin pulls them together",
            "logits",
            used_when=Use(MARGIN_IDLE, name=among("focal")),
            since=Since("2026-12-01", means=0.0),
            ge=0,
            le=10,
        ),
    ] = 0.5


class ModelConfig(sections.ModelConfig):
    """A parameter of the network, which is no part of what is compared."""

    slope: Annotated[
        float | None,
        about(
            "Slope below zero",
            "how much of a negative value passes",
            short="slope",
            used_when=Use(SLOPE_IDLE, activation=among("leaky_relu")),
            since=Since("2026-12-01", means=0.01),
            gt=0,
            lt=1,
        ),
    ] = 0.01


class RunConfig(sections.RunConfig):
    """The run with both."""

    model: ModelConfig = ModelConfig()
    loss: LossConfig = LossConfig()


for _made in (LossConfig, ModelConfig, RunConfig):
    setattr(sections, _made.__name__, _made)
