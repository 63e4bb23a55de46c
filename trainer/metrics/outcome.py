"""What a network did with the images of a split: what every metric is computed from. numpy only.

The confusion matrix is int64 [C, C]; row = true class, column = predicted class.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

Confusion = NDArray[np.int64]
Counts = NDArray[np.int64]
Floats = NDArray[np.float64]
Mask = NDArray[np.bool_]


def softmax(logits: NDArray[np.floating]) -> tuple[Floats, Floats]:
    """(p [N, C], the log of the sum of exp of each row [N]) of logits [N, C]; NaN in rows that hold one."""
    top = logits.max(axis=1)
    p: Floats = np.exp(logits - top[:, None], dtype=np.float64)
    sums = p.sum(axis=1)
    p /= sums[:, None]
    return p, top + np.log(sums)


def losses(logits: NDArray[np.floating], labels: Counts) -> tuple[Floats, Floats]:
    """(-log p of the truth [N], p [N, C]): the cross-entropy of each image, and the softmax."""
    p, whole = softmax(logits)
    return whole - logits[np.arange(len(labels)), labels], p


@dataclass(frozen=True)
class Outcome:
    """The matrix of a split, the images that each class was trained on [C], and what else was measured.

    loss: mean cross-entropy. logits [N, C] and labels [N]: of each image. None where it is not known.
    """

    confusion: Confusion
    train_counts: Sequence[int]
    loss: float | None = None
    logits: NDArray[np.floating] | None = None
    labels: Counts | None = None

    @cached_property
    def counts(self) -> Counts:
        """Training images of each class."""
        return np.asarray(self.train_counts, dtype=np.int64)

    @cached_property
    def support(self) -> Counts:
        """Images of each class."""
        return np.asarray(self.confusion.sum(axis=1))

    @cached_property
    def correct(self) -> Counts:
        """Of them, those that were found."""
        return np.diagonal(self.confusion)

    @cached_property
    def predicted(self) -> Counts:
        """How often each class was answered."""
        return np.asarray(self.confusion.sum(axis=0))

    @cached_property
    def recall(self) -> Floats:
        """Found images of each class by its images; NaN for a class without any."""
        ratios: Floats = np.full(len(self.support), np.nan)
        return np.divide(self.correct, self.support, out=ratios, where=self.support > 0)

    @cached_property
    def probabilities(self) -> Floats | None:
        """Softmax of the logits, float64 [N, C]; None without images, or where one is not finite."""
        if self.logits is None or not len(self.logits) or not np.isfinite(self.logits).all():
            return None
        return softmax(self.logits)[0]

    def mean_recall(self, members: Mask) -> float | None:
        """Over those of the classes that have images; None where none has."""
        seen = self.recall[members & (self.support > 0)]
        return float(seen.mean()) if seen.size else None


def confusion_matrix(truth: Counts, predicted: Counts, classes: int) -> Confusion:
    """Count pairs of true and predicted class, both int64 [N] in 0..C-1; returns int64 [C, C]."""
    pairs = np.bincount(truth * classes + predicted, minlength=classes * classes)
    return pairs.reshape(classes, classes).astype(np.int64)
