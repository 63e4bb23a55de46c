"""How cores become slots: a table by hand, and what holds for every machine."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.runs.split import Split, split_of

GB = 10**9


@pytest.mark.parametrize(
    ("cores", "memory", "gpus", "expected"),
    [
        (1, 4 * GB, 0, Split(1, 1, "cores")),
        (2, 24 * GB, 0, Split(2, 1, "cores")),
        (2, 4 * GB, 0, Split(2, 1, "cores")),
        (2, int(3.9 * GB), 0, Split(1, 2, "memory")),
        (8, 8 * GB, 0, Split(4, 2, "memory")),
        (8, GB // 2, 0, Split(1, 8, "memory")),
        (6, 64 * GB, 0, Split(6, 1, "cores")),
        (16, 64 * GB, 0, Split(16, 1, "cores")),
        (24, 64 * GB, 0, Split(16, 1, "cores")),
        (64, 256 * GB, 0, Split(16, 4, "cores")),
        (16, 64 * GB, 1, Split(1, 16, "gpu")),
    ],
)
def test_auto_by_hand(cores: int, memory: int, gpus: int, expected: Split) -> None:
    assert split_of("auto", cores, memory, gpus) == expected


@pytest.mark.parametrize(("slots", "threads"), [(1, 8), (2, 4), (3, 2), (8, 1), (9, 1)])
def test_slots_that_are_asked_for_share_the_cores(slots: int, threads: int) -> None:
    assert split_of(slots, 8, GB, 1) == Split(slots, threads, "asked")


@given(cores=st.integers(1, 512), memory=st.integers(0, 2000 * GB), gpus=st.integers(0, 8))
def test_auto_never_takes_more_than_there_is(cores: int, memory: int, gpus: int) -> None:
    found = split_of("auto", cores, memory, gpus)
    assert 1 <= found.slots * found.threads <= cores
    assert found.slots == 1 or GB + found.slots * 1.5 * GB <= memory
    assert found.why != "asked"
