"""A class in proportion to the square root of the number of its images."""

from trainer.config_section import Section
from trainer.sampling.by_class import ClassSampling, by_power
from trainer.sampling.entry import Sampler, SamplerContext


def _build(context: SamplerContext[Section]) -> ClassSampling:
    return by_power(context.counts, 0.5)


SAMPLER = Sampler(
    name="square_root",
    title="square-root",
    short="sqrt",
    about="square_root: a class of n images in proportion to the root of n, between the two",
    source="Kang et al. 2020",
    fields=Section,
    build=_build,
    knows_epochs=False,
)
