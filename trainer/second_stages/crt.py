"""cRT: the layer that makes the logits is drawn anew and trained on classes that come up alike."""

from trainer.second_stages.entry import HeadFields, SecondStage, head_training

SECOND_STAGE = SecondStage(
    name="crt",
    title="cRT",
    short="cRT",
    about="crt: a new last layer is trained, on classes drawn alike",
    source="Kang et al. 2020",
    fields=HeadFields,
    training=head_training,
)
