"""The label-distribution-aware margin loss of Cao et al. 2019: small classes are to win by more.

Logits are s cos of a cosine head; the cosine of the true class is lowered by its margin before the whole
logit is scaled. As the head brings the scale, what is evaluated are the same logits without the margin.
"""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Annotated

from trainer.config_section import Section, about
from trainer.losses.cross_entropy import cross_entropy
from trainer.losses.entry import ByClass, Loss, LossContext, present
from trainer.models.heads import Head

if TYPE_CHECKING:
    from torch import Tensor

    from trainer.losses.criterion import Criterion


class LDAMFields(Section):
    """What only LDAM has."""

    max_margin: Annotated[
        float,
        about("Largest margin", "by which the cosine of the smallest class is lowered; of n images it is by "
              "that x (n_min / n)^(1/4)",
              "0 is no margin; two cosines are at most 2 apart", "cosine", short="margin", shown="always",
              ge=0, le=2),
    ] = 0.5  # fmt: skip
    scale: Annotated[
        float,
        about("Scale", "by which cosines are multiplied to be logits",
              "at 0 nothing is learnt; above 1000 the softmax is a step", "", rare=True, gt=0, le=1000),
    ] = 30.0  # fmt: skip


def ldam(logits: "Tensor", labels: "Tensor", margins: "Tensor", scale: float) -> "Tensor":
    """Cross-entropy with scale x margin of the true class off its logit; margins [C], [N, C], [N] -> [N].

    The logits are those of a cosine head of this scale.
    """
    true = labels.unsqueeze(1)
    return cross_entropy(logits.scatter_add(1, true, -scale * margins[true].to(logits.dtype)), labels)


def margins(counts: Sequence[int], largest: float) -> list[float]:
    """largest x (n_min / n_c)^(1/4) of each class. Raises DataError for a class without images."""
    smallest = min(present(counts))
    return [largest * (smallest / count) ** 0.25 for count in counts]


def _by_class(fields: LDAMFields, counts: Sequence[int]) -> ByClass:
    return {"margins": margins(counts, fields.max_margin)}


def _build(context: LossContext[LDAMFields]) -> "Criterion":
    scale = context.fields.scale
    return context.criterion(lambda logits, labels, margins: ldam(logits, labels, margins, scale))


LOSS = Loss(
    name="ldam",
    title="LDAM loss",
    short="LDAM",
    about="ldam: margins by class, on a cosine head",
    source="Cao et al. 2019",
    formula="-log softmax(s (cos - m_y 1_y))_y, m_c = m_max (n_min / n_c)^(1/4), on a cosine head",
    fields=LDAMFields,
    by_class=_by_class,
    head=lambda fields: Head("cosine", fields.scale),
    build=_build,
    knows_epochs=False,
)
