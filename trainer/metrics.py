"""All of an epoch's figures from one confusion matrix. numpy only.

The matrix is int64 [C, C]; row = true class, column = predicted class. A figure that is not defined is None,
never 0 or NaN: the recall of a class without test images, the precision of a class that was never predicted,
a group without classes. Head, medium and tail are the classes of the most, the middling and the fewest
training images, 30 / 40 / 30 % of them: what long-tailed training is about, and nothing where no class has
more images than another. A class absent from the test set is left out of every mean.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Confusion = NDArray[np.int64]
Indices = NDArray[np.int64]
PerClass = tuple[float | None, ...]

HEAD, MEDIUM, TAIL = range(3)
MANY_SHOT_ABOVE = 100
FEW_SHOT_BELOW = 20


@dataclass(frozen=True)
class Groups:
    """Mean recall of six groups of classes.

    head, medium, tail: by rank of training count (first 30 %, middle 40 %, last 30 % of the classes, see
    `rank_groups`); all None where every class has as many training images as the next.
    many_shot, medium_shot, few_shot: by training count (> 100, 20..100, < 20 images).
    """

    head: float | None
    medium: float | None
    tail: float | None
    many_shot: float | None
    medium_shot: float | None
    few_shot: float | None


@dataclass(frozen=True)
class Metrics:
    """What one confusion matrix says. Figures are fractions 0..1."""

    support: tuple[int, ...]
    correct: tuple[int, ...]
    predicted: tuple[int, ...]
    recall: PerClass
    precision: PerClass
    accuracy: float | None
    balanced_accuracy: float | None
    geometric_mean: float | None
    worst_class: float | None
    macro_f1: float | None
    groups: Groups


def confusion_matrix(truth: NDArray[np.int64], predicted: NDArray[np.int64], classes: int) -> Confusion:
    """Count pairs of true and predicted class, both int64 [N] in 0..C-1; returns int64 [C, C]."""
    pairs = np.bincount(truth * classes + predicted, minlength=classes * classes)
    return pairs.reshape(classes, classes).astype(np.int64)


def summarise(confusion: Confusion, train_counts: Sequence[int]) -> Metrics:
    """Every figure of the matrix; `train_counts` [C] (images trained on) sort the classes into groups."""
    support, correct, predicted = confusion.sum(axis=1), np.diagonal(confusion), confusion.sum(axis=0)
    recall, precision = _ratios(correct, support), _ratios(correct, predicted)
    seen = recall[support > 0]
    return Metrics(
        support=tuple(support.tolist()),
        correct=tuple(correct.tolist()),
        predicted=tuple(predicted.tolist()),
        recall=_with_none(recall),
        precision=_with_none(precision),
        accuracy=float(correct.sum() / support.sum()) if seen.size else None,
        balanced_accuracy=_mean(seen),
        geometric_mean=_geometric_mean(seen),
        worst_class=float(seen.min()) if seen.size else None,
        macro_f1=_macro_f1(support, correct, predicted),
        groups=_groups(recall, np.asarray(train_counts)),
    )


def rank_groups(train_counts: Sequence[int]) -> tuple[Indices, Indices, Indices]:
    """Class indices of head, medium and tail: 30 % / 40 % / 30 % of the classes by falling training count.

    Head and tail have 0.3 C ranks each, rounded to the nearest number (halves up); medium has the rest.
    Classes of equal counts stay together, as their ranks would be by index alone: all of them go where most
    of their ranks are, outwards where two groups have as many, to medium where they reach from head to tail;
    the largest count is always head, the smallest always tail. So a step has a head and a tail and no
    medium. Where all counts are equal there are no groups: all three are empty.
    """
    counts = np.asarray(train_counts)
    order = np.argsort(-counts, kind="stable").astype(np.int64)
    levels, level = np.unique(-counts[order], return_inverse=True)
    if len(levels) < 2:
        return order[:0], order[:0], order[:0]
    outer = (3 * len(order) + 5) // 10
    parts = np.repeat([HEAD, MEDIUM, TAIL], [outer, len(order) - 2 * outer, outer])
    held = np.zeros((len(levels), 3), np.int64)
    np.add.at(held, (level, parts), 1)
    group = _group_of_levels(held)[level]
    return order[group == HEAD], order[group == MEDIUM], order[group == TAIL]


def _group_of_levels(held: NDArray[np.int64]) -> NDArray[np.int64]:
    """Where each count goes whole, by how many ranks it has in each group; int64 [levels, 3] -> [levels]."""
    head, medium, tail = held[:, HEAD], held[:, MEDIUM], held[:, TAIL]
    outward = np.where(head > 0, HEAD, TAIL)
    group = np.where((np.maximum(head, tail) < medium) | ((head > 0) & (tail > 0)), MEDIUM, outward)
    group[0], group[-1] = HEAD, TAIL
    return group


def _groups(recall: NDArray[np.float64], counts: NDArray[np.int64]) -> Groups:
    head, medium, tail = rank_groups(counts.tolist())
    return Groups(
        head=_mean(recall[head]),
        medium=_mean(recall[medium]),
        tail=_mean(recall[tail]),
        many_shot=_mean(recall[counts > MANY_SHOT_ABOVE]),
        medium_shot=_mean(recall[(counts >= FEW_SHOT_BELOW) & (counts <= MANY_SHOT_ABOVE)]),
        few_shot=_mean(recall[counts < FEW_SHOT_BELOW]),
    )


def _ratios(part: NDArray[np.int64], whole: NDArray[np.int64]) -> NDArray[np.float64]:
    """part / whole, NaN where whole is 0."""
    ratios: NDArray[np.float64] = np.full(len(whole), np.nan)
    return np.divide(part, whole, out=ratios, where=whole > 0)


def _with_none(values: NDArray[np.float64]) -> PerClass:
    return tuple(None if np.isnan(value) else float(value) for value in values)


def _mean(values: NDArray[np.float64]) -> float | None:
    """Mean of the values that are defined; None where none is."""
    defined = values[~np.isnan(values)]
    return float(defined.mean()) if defined.size else None


def _geometric_mean(recall: NDArray[np.float64]) -> float | None:
    """(product of the recalls)^(1/C) by logarithms, so that 1,000 classes do not underflow."""
    if not recall.size:
        return None
    return float(np.exp(np.log(recall).mean())) if recall.min() > 0 else 0.0


def _macro_f1(
    support: NDArray[np.int64], correct: NDArray[np.int64], predicted: NDArray[np.int64]
) -> float | None:
    """Mean of 2 TP / (2 TP + FP + FN) over the classes with test images (their denominator is never 0)."""
    seen = support > 0
    return _mean(2 * correct[seen] / (support[seen] + predicted[seen]))
