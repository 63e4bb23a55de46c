"""cRT: the layer that makes the logits is drawn anew and trained on classes that come up alike."""

from typing import TYPE_CHECKING

from trainer.second_stages.entry import HeadFields, SecondStage, StageContext, head_training

if TYPE_CHECKING:
    from torch import nn


def _build(context: StageContext[HeadFields]) -> "nn.Linear":
    """Of the kind of the old one: linear with a bias, of weights as torch makes them, or of cosines.

    After a cosine layer a linear one would meet features whose length nothing has kept in bounds.
    """
    from torch import nn

    from trainer.models.cosine import CosineLinear

    old = context.head
    if isinstance(old, CosineLinear):
        return CosineLinear(old.in_features, old.out_features, old.scale)
    return nn.Linear(old.in_features, old.out_features)


SECOND_STAGE = SecondStage(
    name="crt",
    title="cRT",
    short="cRT",
    about="crt: a new last layer is trained, on classes drawn alike",
    source="Kang et al. 2020",
    fields=HeadFields,
    training=head_training,
    build=_build,
)
