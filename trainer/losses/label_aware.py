"""Label-aware smoothing (MiSLAS, Zhong et al. 2021): the labels of large classes are smoothed more."""

import math
from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Annotated, Any, Literal

from trainer.config_section import Section, about
from trainer.errors import ConfigError, FieldProblem
from trainer.losses.cross_entropy import cross_entropy
from trainer.losses.entry import ByClass, Loss, LossContext, present

if TYPE_CHECKING:
    from torch import Tensor

    from trainer.losses.criterion import Criterion

Shape = Literal["concave", "linear", "convex"]
_SHAPES: Mapping[Shape, Callable[[float], float]] = {
    "concave": lambda place: math.sin(math.pi / 2 * place),
    "linear": lambda place: place,
    "convex": lambda place: 1 + math.sin(math.pi / 2 * (3 + place)),
}
"""0 at the smallest class to 1 at the largest."""
_WHY = "at 1 the label would tell nothing"


class LabelAwareFields(Section):
    """What only label-aware smoothing has."""

    smoothing_head: Annotated[
        float,
        about("Smoothing of the largest class", "share of its target that is spread over all classes", _WHY,
              "share", short="head smoothing", shown="always", ge=0, lt=1),
    ] = 0.3  # fmt: skip
    smoothing_tail: Annotated[
        float,
        about("Smoothing of the smallest class", "share of its target that is spread over all classes", _WHY,
              "share", short="tail smoothing", ge=0, lt=1),
    ] = 0.0  # fmt: skip
    smoothing_shape: Annotated[
        Shape,
        about("Smoothing between", "how it rises with a class's images; concave: fast at first", named=False,
              rare=True),
    ] = "concave"  # fmt: skip


def label_aware(logits: "Tensor", labels: "Tensor", smoothings: "Tensor") -> "Tensor":
    """(1 - e_y) (-log p_y) + e_y/C sum_c (-log p_c), e the smoothings [C]; [N, C], [N] -> [N]."""
    own = smoothings[labels]
    return (1 - own) * cross_entropy(logits, labels) - own * logits.log_softmax(dim=1).mean(dim=1)


def smoothings(counts: Sequence[int], head: float, tail: float, shape: Shape) -> list[float]:
    """That of each class: `tail` at the smallest, `head` at the largest.

    Raises DataError for a class without images, ConfigError where all classes are equally large.
    """
    smallest, largest = min(present(counts)), max(counts)
    if smallest == largest:
        said = f"label_aware_smoothing tells classes apart by their images, and here each has {smallest}"
        hint = "Take cross_entropy with label_smoothing, or thin the training set (data.imbalance)."
        raise ConfigError([FieldProblem("loss.name", said)], hint)
    rises = _SHAPES[shape]
    return [tail + (head - tail) * rises((count - smallest) / (largest - smallest)) for count in counts]


def _by_class(fields: LabelAwareFields, counts: Sequence[int]) -> ByClass:
    chosen = fields.smoothing_head, fields.smoothing_tail, fields.smoothing_shape
    return {"smoothings": smoothings(counts, *chosen)}


def _build(context: LossContext[Any]) -> "Criterion":
    return context.criterion(label_aware)


LOSS = Loss(
    name="label_aware_smoothing",
    title="label-aware smoothing loss",
    short="LAS",
    about="label_aware_smoothing: labels of large classes are smoothed more",
    source="Zhong et al. 2021",
    formula="(1 - e_y) (-log p_y) + e_y/C sum_c (-log p_c), e_c from tail to head by n_c",
    fields=LabelAwareFields,
    by_class=_by_class,
    build=_build,
    knows_epochs=False,
)
