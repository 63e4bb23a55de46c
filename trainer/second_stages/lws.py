"""LWS: each class's logit gets a factor, and only the factors are trained."""

from trainer.second_stages.entry import HeadFields, SecondStage, head_training

SECOND_STAGE = SecondStage(
    name="lws",
    title="LWS",
    short="LWS",
    about="lws: a factor for each class's logit is trained",
    source="Kang et al. 2020",
    fields=HeadFields,
    training=head_training,
)
