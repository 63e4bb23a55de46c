"""What is kept by key: as much as there is room for, the longest unasked let go first."""

import pytest

from app.views.recent import Recent


def test_the_longest_unasked_are_let_go() -> None:
    kept: Recent[str] = Recent(10, len)
    kept.put(1, "aaaa")
    kept.put(2, "bbbbb")
    assert kept.get(1) == "aaaa"
    kept.put(3, "ccc")
    assert [kept.get(key) for key in (1, 2, 3)] == ["aaaa", None, "ccc"]
    kept.put(3, "cccccc")
    assert [kept.get(key) for key in (1, 3)] == ["aaaa", "cccccc"]
    kept.put(4, "d" * 11)
    assert [kept.get(key) for key in (1, 3, 4)] == [None, None, None]


@pytest.mark.parametrize("most", [1, 3])
def test_without_a_size_each_counts_as_one(most: int) -> None:
    kept: Recent[int] = Recent(most)
    for key in range(5):
        kept.put(key, key)
    assert [key for key in range(5) if kept.get(key) is not None] == list(range(5 - most, 5))
