"""Every class alike."""

from trainer.config_section import Section
from trainer.sampling.by_class import ClassSampling, by_power
from trainer.sampling.entry import Sampler, SamplerContext


def _build(context: SamplerContext[Section]) -> ClassSampling:
    return by_power(context.counts, 0)


SAMPLER = Sampler(
    name="class_balanced",
    title="class-balanced",
    short="balanced",
    about="class_balanced: every class alike, so that a tail image comes up again and again",
    source="Kang et al. 2020",
    fields=Section,
    build=_build,
    knows_epochs=False,
)
