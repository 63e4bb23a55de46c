"""Which classes are head, medium and tail."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from trainer.metrics.groups import rank_groups
from trainer.metrics.outcome import Outcome
from trainer.metrics.table import GROUPS, METRICS


def test_ranks_of_ten_classes_are_3_4_3_and_follow_counts() -> None:
    counts = [50, 83, 139, 232, 387, 645, 1077, 1796, 2997, 5000]
    head, medium, tail = (group.tolist() for group in rank_groups(counts))
    assert (head, medium, tail) == ([9, 8, 7], [6, 5, 4, 3], [2, 1, 0])


@pytest.mark.parametrize(
    ("classes", "sizes"),
    [(2, (1, 0, 1)), (3, (1, 1, 1)), (4, (1, 2, 1)), (5, (2, 1, 2)), (100, (30, 40, 30))],
)
def test_group_sizes(classes: int, sizes: tuple[int, int, int]) -> None:
    groups = rank_groups(range(classes, 0, -1))
    assert tuple(len(group) for group in groups) == sizes
    assert np.concatenate(groups).tolist() == list(range(classes))


@pytest.mark.parametrize("counts", [[7], [7, 7], [7] * 10])
def test_equal_counts_have_no_head_and_no_tail(counts: list[int]) -> None:
    assert [len(group) for group in rank_groups(counts)] == [0, 0, 0]
    seen = Outcome(np.eye(len(counts), dtype=np.int64), counts)
    assert [METRICS[name].of(seen) for name in GROUPS] == [None, None, None]


@pytest.mark.parametrize(
    ("counts", "names"),
    [
        ([5000] * 5 + [50] * 5, "hhhhhttttt"),
        ([50, 5000] * 5, "thththththth"[:10]),
        ([9, 9, 9, 9, 8, 7, 6, 5, 4, 3], "hhhhmmmttt"),
        ([9, 9, 8, 8, 8, 7, 6, 5, 4, 3], "hhmmmmmttt"),
        ([9, 8, 7, 6, 5, 4, 3, 3, 2, 1], "hhhmmmtttt"),
        ([9] + [5] * 8 + [1], "hmmmmmmmmt"),
        ([9] + [5] * 9, "httttttttt"),
        ([9] * 9 + [1], "hhhhhhhhht"),
        ([9, 5, 5, 5, 1], "hmmmt"),
    ],
)
def test_equal_counts_stay_together(counts: list[int], names: str) -> None:
    groups = rank_groups(counts)
    found = {index: name for name, group in zip("hmt", groups, strict=True) for index in group.tolist()}
    assert "".join(found[index] for index in range(len(counts))) == names


@given(st.lists(st.integers(1, 12), min_size=1, max_size=30))
def test_groups_fall_by_count_and_never_cut_through_it(counts: list[int]) -> None:
    """By sets of counts: they are disjoint, in order, whole; distinct counts keep the plain ranks."""
    head, medium, tail = (group.tolist() for group in rank_groups(counts))
    if len(set(counts)) == 1:
        assert (head, medium, tail) == ([], [], [])
        return
    assert sorted(head + medium + tail) == list(range(len(counts)))
    held = [{counts[index] for index in group} for group in (head, medium, tail)]
    flat = [level for levels in held for level in sorted(levels, reverse=True)]
    assert flat == sorted(set(counts), reverse=True)
    assert max(counts) in held[0]
    assert min(counts) in held[2]
    if len(set(counts)) == len(counts):
        assert len(head) == len(tail) == (3 * len(counts) + 5) // 10
