"""A class in proportion to a power of the number of its images."""

from typing import Annotated

from trainer.config_section import Section, about
from trainer.sampling.by_class import ClassSampling, by_power
from trainer.sampling.entry import Sampler, SamplerContext


class PowerFields(Section):
    """What only this sampler has."""

    power: Annotated[
        float,
        about("Power", "q of n^q: 1 draws images alike, 0 classes; -1 is the reversed sampler of BBN "
              "(Zhou et al. 2020)", "beyond -1 and 1 nearly all draws are of one class", "",
              shown="always", rare=True, ge=-1, le=1),
    ] = 0.5  # fmt: skip


def _build(context: SamplerContext[PowerFields]) -> ClassSampling:
    return by_power(context.counts, context.fields.power)


SAMPLER = Sampler(
    name="power",
    title="power",
    short="n^q",
    about="power: a class of n images in proportion to n^q",
    source="Kang et al. 2020",
    fields=PowerFields,
    build=_build,
    knows_epochs=False,
)
