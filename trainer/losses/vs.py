"""The vector-scaling loss of Kini et al. 2021: cross-entropy of logits with a factor and an offset by class.

CE(d_c z_c + o_c) with d_c = (n_c / n_max)^gamma and o_c = tau log(n_c / n). Without factors (gamma 0) it is
the logit-adjusted loss (Menon et al. 2021), and at tau 1 that is balanced softmax (Ren et al. 2020); without
offsets (tau 0) it is class-dependent temperatures (CDT, Ye et al. 2020). The network's own logits are
evaluated, without either.
"""

import math
from collections.abc import Sequence
from typing import TYPE_CHECKING, Annotated, Any

from trainer.config_section import about
from trainer.losses.cross_entropy import SmoothedFields, cross_entropy, smoothed, with_smoothing
from trainer.losses.entry import ByClass, Loss, LossContext, present

if TYPE_CHECKING:
    from torch import Tensor

    from trainer.losses.criterion import Criterion


class OffsetFields(SmoothedFields):
    """What a loss with offsets has."""

    tau: Annotated[
        float,
        about("Tau", "times the log of a class's share of the training images, which is added to its logit "
              "while training; 0 adds nothing, 1 is balanced softmax",
              "below 0 large classes would gain; above 10 only counts would matter", "", shown="always",
              ge=0, le=10),
    ] = 1.0  # fmt: skip


class VSFields(OffsetFields):
    """What the VS loss has besides."""

    vs_gamma: Annotated[
        float,
        about("VS gamma", "power of a class's images over those of the largest, by which its logit is "
              "multiplied while training; 0 multiplies by nothing",
              "below 0 small classes would lose; above 2 their logits vanish", "", short="gamma",
              shown="always", ge=0, le=2),
    ] = 0.3  # fmt: skip


def vs(
    logits: "Tensor",
    labels: "Tensor",
    factors: "Tensor",
    offsets: "Tensor",
    smoothing: float = 0.0,
    smoothed_by: "Tensor | None" = None,
) -> "Tensor":
    """Cross-entropy of factors x logits + offsets, both [C]; logits [N, C], labels int64 [N] -> [N]."""
    return cross_entropy(factors * logits + offsets, labels, smoothing, smoothed_by)


def scaled_and_shifted(counts: Sequence[int], gamma: float, tau: float) -> ByClass:
    """Factors (n_c / n_max)^gamma and offsets tau log(n_c / n). DataError for a class without images."""
    largest, total = max(present(counts)), sum(counts)
    return {
        "factors": [(count / largest) ** gamma for count in counts],
        "offsets": [tau * math.log(count / total) for count in counts],
    }


def _by_class(fields: VSFields, counts: Sequence[int]) -> ByClass:
    return scaled_and_shifted(counts, fields.vs_gamma, fields.tau)


def build_vs(context: LossContext[Any]) -> "Criterion":
    """The criterion of whatever declares factors and offsets by class."""
    return smoothed(context, vs)


_FORMULA = "-log softmax(d z + o)_y, d_c = (n_c / n_max)^gamma, o_c = tau log(n_c / n)"

LOSS = Loss(
    name="vs",
    title="VS loss",
    short="VS",
    about="vs: logits also scaled by class; with tau = 0 that is CDT",
    source="Kini et al. 2021",
    formula=_FORMULA,
    formula_of=with_smoothing(_FORMULA),
    fields=VSFields,
    by_class=_by_class,
    build=build_vs,
    knows_epochs=False,
)
