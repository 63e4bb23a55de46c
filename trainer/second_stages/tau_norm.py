"""tau-normalisation: the weights of large classes are longer; each class's are divided by a power of that."""

from typing import TYPE_CHECKING, Annotated

from trainer.config_section import Section, about
from trainer.second_stages.entry import SecondStage, StageContext, no_training

if TYPE_CHECKING:
    from torch import nn


class TauNormFields(Section):
    """What only tau-normalisation has."""

    tau: Annotated[
        float,
        about("Tau", "weights w of a class become w / |w|^tau, without bias: 0 leaves them, 1 makes all "
              "equally long; published from 0 to 2, chosen on validation images",
              "below 0 large classes would gain; beyond 4 only short weights count", "", short="tau",
              shown="always", rare=True, tuned=True, ge=0, le=4),
    ] = 1.0  # fmt: skip


def _build(context: StageContext[TauNormFields]) -> "nn.Linear":
    from trainer.second_stages.heads import shortened

    return shortened(context.head, context.fields.tau)


SECOND_STAGE = SecondStage(
    name="tau_norm",
    title="tau-normalisation",
    short="tau-norm",
    about="tau_norm: the last layer's weights are divided by a power of their length, nothing is trained",
    source="Kang et al. 2020",
    fields=TauNormFields,
    training=no_training,
    build=_build,
    linear_only=True,
)
