"""The sentence about a worker's slots, written out by hand."""

import re

import pytest

from app.runs import split
from app.views.system.splits import words

MEASURED = (
    "on 2 cores of an AMD EPYC a sweep in one-thread slots took 0.65 (convnet4 of width 8), 0.89 "
    "(convnet4), 0.93 (ResNet-32) of the time of the same runs one by one with all threads"
)


@pytest.mark.parametrize(
    ("why", "slots", "threads", "expected"),
    [
        (
            "asked",
            1,
            2,
            f"1 slot of 2 threads, as --workers says; {MEASURED}, and --workers auto follows that.",
        ),
        ("cores", 2, 1, f"2 slots of 1 thread each, by --workers auto: {MEASURED}."),
        (
            "memory",
            4,
            2,
            "4 slots of 2 threads each, by --workers auto: the memory holds no more, at 1.5 GB for a slot; "
            f"{MEASURED}.",
        ),
        (
            "gpu",
            1,
            16,
            "1 slot of 16 threads, by --workers auto: runs side by side on one GPU are not measured.",
        ),
    ],
)
def test_the_sentence(why: str, slots: int, threads: int, expected: str) -> None:
    assert words(why, slots, threads) == expected


def test_a_worker_of_an_earlier_version_has_none() -> None:
    assert words(None, 2, 1) is None


def test_the_figures_are_ratios_that_speak_for_the_rule() -> None:
    told = [float(text) for text in re.findall(r"(\d\.\d\d) \(", MEASURED)]
    assert told == [round(ratio, 2) for ratio in split.MEASURED.values()]
    assert all(0.3 < ratio < 1 for ratio in told)
