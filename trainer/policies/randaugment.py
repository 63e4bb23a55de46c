"""RandAugment: a few operations in turn, drawn for each image, all by one magnitude."""

from typing import Annotated

from trainer.config_section import Section, about
from trainer.policies.entry import ChangeImages, Policy, PolicyContext
from trainer.policies.operations import OPERATIONS


class RandAugmentFields(Section):
    """What only this policy has."""

    operations: Annotated[
        int,
        about("Operations", "of an image, one after the other",
              "without one nothing would be done; ten leave nothing to see", "", rare=True, ge=1, le=10),
    ] = 2  # fmt: skip
    magnitude: Annotated[
        int,
        about("Magnitude", "of all operations: 30 turns by 30 degrees, 9 by 9",
              "the scale has 31 steps, from 0", "of 30", rare=True, ge=0, le=30),
    ] = 9  # fmt: skip


def _build(context: PolicyContext[RandAugmentFields]) -> ChangeImages:
    from trainer.policies.steps import Step, Steps

    amount = context.fields.magnitude / 30
    ways = tuple((Step(name, 1.0, amount),) for name in OPERATIONS if name != "Invert")
    return Steps(ways, context.fields.operations)


POLICY = Policy(
    name="randaugment",
    title="RandAugment",
    short="RandAugment",
    about="randaugment: some of 14 operations, drawn for each image; one of them leaves it as it is",
    source="Cubuk et al. 2020",
    fields=RandAugmentFields,
    build=_build,
)
