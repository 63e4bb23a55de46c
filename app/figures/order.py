"""The order of classes along an axis: by training count, largest first, or the data set's own."""

from collections.abc import Sequence
from typing import Literal

from trainer.metrics.table import GROUPS

ClassOrder = Literal["count", "dataset"]


def class_order(train_counts: Sequence[int], by: ClassOrder) -> list[int]:
    """Class indices as they stand along an axis; ties by index."""
    indices = range(len(train_counts))
    return sorted(indices, key=lambda index: -train_counts[index]) if by == "count" else list(indices)


def group_names(train_counts: Sequence[int]) -> list[str]:
    """head, medium or tail for each class, in the data set's order, by rank of training count.

    "" for all of them where every class has as many training images as the next.
    """
    from trainer.metrics.groups import rank_groups  # brings numpy, which the web process starts without

    names = [""] * len(train_counts)
    for name, members in zip(GROUPS, rank_groups(train_counts), strict=True):
        for index in members.tolist():
            names[index] = name
    return names
