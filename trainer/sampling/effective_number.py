"""An image in proportion to 1 / effective number of its class."""

from collections.abc import Sequence
from typing import Annotated

from trainer.config_section import Section, about
from trainer.sampling.by_class import ClassSampling
from trainer.sampling.entry import Sampler, SamplerContext, Shares


class EffectiveNumberFields(Section):
    """What only this sampler has."""

    beta: Annotated[
        float,
        about("Beta", "0 draws images alike, towards 1 classes alike",
              "for beta = 1 use class-balanced sampling", "", shown="always", rare=True, ge=0, lt=1),
    ] = 0.9999  # fmt: skip


def effective_number_shares(counts: Sequence[int], beta: float) -> Shares:
    """n / E_n, scaled to sum to 1, with the effective numbers E_n of Cui et al. 2019.

    As the published code of LDAM-DRW resamples. Raises ValueError as `effective_numbers`.
    """
    from trainer.class_balance import effective_numbers  # brings numpy

    parts = [count / number for count, number in zip(counts, effective_numbers(counts, beta), strict=True)]
    return tuple(float(part / sum(parts)) for part in parts)


def _build(context: SamplerContext[EffectiveNumberFields]) -> ClassSampling:
    shares = effective_number_shares(context.counts, context.fields.beta)
    return ClassSampling(context.counts, lambda _: shares)


SAMPLER = Sampler(
    name="effective_number",
    title="effective-number",
    short="effective",
    about="effective_number: an image in proportion to 1 / effective number of its class",
    source="Cao et al. 2019",
    fields=EffectiveNumberFields,
    build=_build,
    knows_epochs=False,
)
