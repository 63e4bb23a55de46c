"""A confusion matrix as it is stored, for what draws it, and the pairs of classes most often confused.

A thousand classes are a million cells: nothing here makes an object of each.
"""

from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True)
class ConfusionCounts:
    """matrix[true][predicted] counts test images after `epoch`; names and counts in the data set's order.

    Without a finished epoch `epoch` is None and the matrix is empty.
    """

    epoch: int | None
    names: Sequence[str]
    train_counts: Sequence[int]
    matrix: Sequence[Sequence[int]]


@dataclass(frozen=True)
class Mistake:
    """`images` of the `of` test images of class `true` (an index) were taken for `predicted`."""

    true: int
    predicted: int
    images: int
    of: int

    @property
    def share(self) -> float:
        """Of the true class's test images, 0..1."""
        return self.images / self.of


def mistakes(matrix: Sequence[Sequence[int]], most: int) -> tuple[Mistake, ...]:
    """The `most` pairs with the largest share of their true class; none that did not happen."""
    found: list[Mistake] = []
    for true, row in enumerate(matrix):
        others = [*row[:true], 0, *row[true + 1 :]]
        worst, of = max(others), sum(row)
        if not worst or (len(found) == most and worst / of <= found[-1].share):
            continue
        own = (Mistake(true, predicted, n, of) for predicted, n in enumerate(others) if n)
        found = sorted((*found, *own), key=lambda one: (-one.share, one.true, one.predicted))[:most]
    return tuple(found)
