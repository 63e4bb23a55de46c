"""NCM: an image is of the class whose training images have, on average, the nearest features."""

from trainer.config_section import Section
from trainer.second_stages.entry import SecondStage, no_training

SECOND_STAGE = SecondStage(
    name="ncm",
    title="nearest class mean",
    short="NCM",
    about="ncm: the class whose mean features are nearest, nothing is trained",
    source="Kang et al. 2020",
    fields=Section,
    training=no_training,
)
