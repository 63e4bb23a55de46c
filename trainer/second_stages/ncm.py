"""NCM: an image is of the class whose training images have, on average, the nearest features."""

from typing import TYPE_CHECKING

from trainer.config_section import Section
from trainer.second_stages.entry import SecondStage, StageContext, no_training

if TYPE_CHECKING:
    from torch import nn


def _build(context: StageContext[Section]) -> "nn.Linear":
    from trainer.second_stages.heads import NearestMean

    return NearestMean(context.class_means())


SECOND_STAGE = SecondStage(
    name="ncm",
    title="nearest class mean",
    short="NCM",
    about="ncm: the class whose mean features are nearest, nothing is trained",
    source="Kang et al. 2020",
    fields=Section,
    training=no_training,
    build=_build,
)
