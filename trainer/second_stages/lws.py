"""LWS: each class's logit gets a factor, and only the factors are trained."""

from typing import TYPE_CHECKING

from trainer.second_stages.entry import HeadFields, SecondStage, StageContext, head_training

if TYPE_CHECKING:
    from torch import nn


def _build(context: StageContext[HeadFields]) -> "nn.Linear":
    from trainer.second_stages.heads import ScaledLinear

    return ScaledLinear(context.head)


SECOND_STAGE = SecondStage(
    name="lws",
    title="LWS",
    short="LWS",
    about="lws: a factor for each class's logit is trained",
    source="Kang et al. 2020",
    fields=HeadFields,
    training=head_training,
    build=_build,
)
