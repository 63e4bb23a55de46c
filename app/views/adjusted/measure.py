"""What a network does on a split with its logits adjusted: the figures, at the split's shares or a prior's.

With a prior q an image of class c counts q_c / (n_c / N): each figure is then the one that a test set
of those shares has on average. Classes without images are left out, and the others' shares made up to 1.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from app.views.adjusted.kept import KeptLogits
from trainer.metrics.calibration import Reliability, class_errors, reliability
from trainer.metrics.outcome import Counts, Floats, Outcome, confusion_matrix, losses
from trainer.metrics.table import METRICS
from trainer.posthoc import Adjustment, adjusted_logits, answers_to

OF_ANSWERS = (
    "accuracy", "balanced_accuracy", "head", "medium", "tail", "worst_class", "geometric_mean", "macro_f1",
)  # fmt: skip
"""Metrics of a split that follow from its confusion matrix."""


@dataclass(frozen=True, eq=False)
class Seen:
    """A split as it was answered, and how far the probabilities can be believed.

    loss and brier are means over images, class_errors [C] the calibration error of each class's own
    probability, class_means [C] the mean of that probability; all by the images' weights.
    """

    outcome: Outcome
    shares: Floats
    """What each class counts for [C], 1 in all: of the prior, else equal ones."""
    loss: float
    brier: float
    reliability: Reliability
    class_errors: Floats
    class_means: Floats

    @property
    def metrics(self) -> dict[str, float | None]:
        """Of the answers, as the split is."""
        return {name: METRICS[name].of(self.outcome) for name in OF_ANSWERS}

    @property
    def at_shares(self) -> float:
        """Accuracy where the classes have these shares: the mean recall by them."""
        return float((self.shares * np.nan_to_num(self.outcome.recall)).sum())


def class_shares(support: Counts, prior: tuple[float, ...]) -> Floats:
    """[C]: the prior, else equal shares; 0 of a class without images, and 1 in all."""
    wanted = np.asarray(prior) if prior else np.ones(len(support))
    known = np.where(support > 0, wanted, 0.0)
    found: Floats = known / known.sum()
    return found


def image_weights(labels: Counts, support: Counts, prior: tuple[float, ...]) -> Floats | None:
    """[N], N in all; None where every image counts alike."""
    if not prior:
        return None
    each = class_shares(support, prior) / np.maximum(support, 1) * len(labels)
    found: Floats = each[labels]
    return found


def measured(kept: KeptLogits, counts: tuple[int, ...], by: Adjustment, prior: tuple[float, ...]) -> Seen:
    """The split as it is answered with these logits, where classes have the shares of `prior`.

    Without an adjustment the answers are those that the network gave.
    """
    logits = adjusted_logits(kept.logits, kept.layer, counts, by)
    answers = answers_to(logits, kept.predicted)
    labels, support = kept.labels, kept.support
    confusion = confusion_matrix(labels, answers, len(counts))
    weights = image_weights(labels, support, prior)
    rows = np.arange(len(labels))
    each, p = losses(logits, labels)
    squares = np.einsum("nc,nc->n", p, p) - 2 * p[rows, labels] + 1
    return Seen(
        outcome=Outcome(confusion, counts),
        shares=class_shares(support, prior),
        loss=_mean(each, weights),
        brier=_mean(squares, weights),
        reliability=reliability(p[rows, answers], answers == labels, weights),
        class_errors=class_errors(p, labels, weights),
        class_means=_means(p, weights),
    )


def _mean(values: Floats, weights: Floats | None) -> float:
    return float(np.average(values, weights=weights))


def _means(p: Floats, weights: Floats | None) -> NDArray[np.float64]:
    each = np.ones(len(p)) if weights is None else weights
    found: Floats = each @ p / each.sum()
    return found
