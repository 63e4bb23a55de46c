"""Head, medium and tail: which classes they are. numpy only."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from trainer.metrics.table import GROUPS

Indices = NDArray[np.int64]

HEAD, MEDIUM, TAIL = range(3)


def rank_groups(train_counts: Sequence[int]) -> tuple[Indices, Indices, Indices]:
    """Class indices of head, medium and tail: `GROUPS` percent of the classes by falling training count.

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
    outer = (GROUPS["head"] * len(order) + 50) // 100
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
