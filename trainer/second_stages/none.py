"""No second stage: the run trains the whole network."""

from trainer.config_section import Section
from trainer.second_stages.entry import SecondStage, no_training

SECOND_STAGE = SecondStage(name="none", title="none", short="", fields=Section, training=no_training)
