"""No second stage: the run trains the whole network."""

from typing import TYPE_CHECKING

from trainer.config_section import Section
from trainer.second_stages.entry import SecondStage, StageContext, no_training

if TYPE_CHECKING:
    from torch import nn


def _build(context: StageContext[Section]) -> "nn.Linear":
    return context.head


SECOND_STAGE = SecondStage(
    name="none", title="none", short="none", fields=Section, training=no_training, build=_build
)
