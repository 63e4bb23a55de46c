"""From images alike to classes alike, a step an epoch."""

from collections.abc import Sequence

from trainer.config_section import Section
from trainer.sampling.by_class import ClassSampling, power_shares
from trainer.sampling.entry import Sampler, SamplerContext, Shares


def progressive_shares(counts: Sequence[int], done: float) -> Shares:
    """(1 - done) of the share of its images, done of 1 / C (Kang et al. 2020, equation 3)."""
    pairs = zip(power_shares(counts, 1), power_shares(counts, 0), strict=True)
    return tuple((1 - done) * image + done * alike for image, alike in pairs)


def _build(context: SamplerContext[Section]) -> ClassSampling:
    counts, epochs = context.counts, context.epochs
    return ClassSampling(counts, lambda epoch: progressive_shares(counts, epoch / epochs))


SAMPLER = Sampler(
    name="progressive",
    title="progressive",
    short="progressive",
    about="progressive: from images alike to classes alike, which the last epoch draws",
    source="Kang et al. 2020",
    fields=Section,
    build=_build,
)
