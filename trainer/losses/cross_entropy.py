"""Softmax cross-entropy, with label smoothing where it is asked for."""

from collections.abc import Callable
from functools import partial
from typing import TYPE_CHECKING, Annotated, Any

from trainer.config_section import Section, Since, about
from trainer.losses.entry import Loss, LossContext

if TYPE_CHECKING:
    from torch import Tensor

    from trainer.losses.criterion import Criterion, PerImage


class SmoothedFields(Section):
    """What cross-entropy has, and what ends in it."""

    label_smoothing: Annotated[
        float,
        about("Label smoothing", "share of the target that is spread over all classes, the true one too "
              "(Szegedy et al. 2016); 0 for none",
              "at 1 the label would tell nothing", "share", short="smoothing", rare=True,
              since=Since("2026-11-30", means=0.0), ge=0, lt=1),
    ] = 0.0  # fmt: skip


def cross_entropy(
    logits: "Tensor", labels: "Tensor", smoothing: float = 0.0, smoothed_by: "Tensor | None" = None
) -> "Tensor":
    """(1 - e) (-log p_t) + e/C sum_c s_c (-log p_c), e the smoothing; logits [N, C], labels int64 [N] -> [N].

    s_c is 1, or with weights `smoothed_by` [C] that of class c over that of the true one: so it is where a
    batch is divided by its weights and torch's weighted cross-entropy is meant.
    """
    from torch.nn import functional as F

    losses = F.cross_entropy(logits, labels, smoothed_by, reduction="none", label_smoothing=smoothing)
    return losses if smoothed_by is None else losses / smoothed_by[labels]


def smoothed(context: LossContext[Any], per_image: "PerImage") -> "Criterion":
    """The criterion of a loss that ends in `cross_entropy` and hands it what else it is given.

    A weight multiplies the finished loss of an image, smoothing and all; but under weighted_mean, which is
    torch's rule, each class's share of the smoothing has that class's weight.
    """
    smoothing = context.fields.label_smoothing
    weights_as = "smoothed_by" if smoothing and context.by_weight else ""
    return context.criterion(partial(per_image, smoothing=smoothing), weights_as)


def with_smoothing(formula: str) -> Callable[[Any], str]:
    """What says the formula of a loss that may be smoothed."""

    def said(fields: SmoothedFields) -> str:
        if not fields.label_smoothing:
            return formula
        return f"(1 - e) L_y + e/C sum_c L_c, e = {fields.label_smoothing:g}, L_y = {formula}"

    return said


def _build(context: LossContext[SmoothedFields]) -> "Criterion":
    return smoothed(context, cross_entropy)


LOSS = Loss(
    name="cross_entropy",
    title="cross-entropy",
    short="CE",
    formula="-log p_y",
    formula_of=with_smoothing("-log p_y"),
    original=True,
    fields=SmoothedFields,
    build=_build,
    knows_epochs=False,
)
