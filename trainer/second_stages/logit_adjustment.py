"""Post-hoc logit adjustment: each logit is lowered by the logarithm of its class's share of the images."""

from typing import TYPE_CHECKING, Annotated

from trainer.config_section import Section, about
from trainer.second_stages.entry import SecondStage, StageContext, no_training

if TYPE_CHECKING:
    from torch import nn


class LogitAdjustmentFields(Section):
    """What only logit adjustment has."""

    prior_tau: Annotated[
        float,
        about("Tau of the prior", "logits z become z - tau log(n_c / n): 0 leaves them, 1 is for a balanced "
              "test set; published with 1, or chosen on validation images",
              "below 0 large classes would gain; beyond 4 only the counts decide", "", short="tau",
              rare=True, tuned=True, ge=0, le=4),
    ] = 1.0  # fmt: skip


def _build(context: StageContext[LogitAdjustmentFields]) -> "nn.Linear":
    from trainer.second_stages.heads import adjusted

    return adjusted(context.head, context.class_counts(), context.fields.prior_tau)


SECOND_STAGE = SecondStage(
    name="logit_adjustment",
    title="post-hoc logit adjustment",
    short="post-hoc LA",
    about="logit_adjustment: logits less tau times the log of their class's share, nothing is trained",
    source="Menon et al. 2021",
    fields=LogitAdjustmentFields,
    training=no_training,
    build=_build,
    linear_only=True,
)
