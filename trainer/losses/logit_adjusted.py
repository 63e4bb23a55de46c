"""The logit-adjusted loss of Menon et al. 2021: tau times the log of a class's share added to its logit."""

from collections.abc import Sequence

from trainer.losses.cross_entropy import with_smoothing
from trainer.losses.entry import ByClass, Loss
from trainer.losses.vs import OffsetFields, build_vs, scaled_and_shifted


def _by_class(fields: OffsetFields, counts: Sequence[int]) -> ByClass:
    return scaled_and_shifted(counts, gamma=0, tau=fields.tau)


_FORMULA = "-log softmax(z + o)_y, o_c = tau log(n_c / n)"

LOSS = Loss(
    name="logit_adjusted",
    title="logit-adjusted loss",
    short="LA",
    about="logit_adjusted: tau log n added to each logit",
    source="Menon et al. 2021",
    formula=_FORMULA,
    formula_of=with_smoothing(_FORMULA),
    fields=OffsetFields,
    by_class=_by_class,
    build=build_vs,
    knows_epochs=False,
)
