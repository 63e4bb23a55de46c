"""Axes as typed: commas, ranges of seeds, lists of lists; gaps and wrong ranges refused by name."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from trainer.errors import ConfigError
from trainer.sweep import expand
from trainer.sweep_text import parse_axis


@pytest.mark.parametrize(
    ("path", "text", "values"),
    [
        ("seed", "0..4", [0, 1, 2, 3, 4]),
        ("seed", " 3 .. 3 ", [3]),
        ("seed", "7, 0..2,9", [7, 0, 1, 2, 9]),
        ("data.max_train_per_class", "10..12, null", [10, 11, 12, None]),
        ("data.max_train_per_class", "", [None]),
        ("loss.beta", "0.9, 0.99", [0.9, 0.99]),
        ("loss.beta", "0, N=1000", [0, "N=1000"]),
        ("loss.name", "cross_entropy, focal", ["cross_entropy", "focal"]),
        ("data.augment", "true, false", [True, False]),
        ("data.dataset", "shapes10,folder:my..birds", ["shapes10", "folder:my..birds"]),
        ("optim.milestones", "6, 8; 5, 7", [[6, 8], [5, 7]]),
        ("optim.milestones", "6, 8", [[6, 8]]),
        ("optim.milestones", "[1]; [2, 3]", [[1], [2, 3]]),
        ("optim.learning_rate", "1e-2", [0.01]),
        ("no.field", "1..3", ["1..3"]),
    ],
)
def test_reads(path: str, text: str, values: list[Any]) -> None:
    assert parse_axis(path, text) == values


@pytest.mark.parametrize(
    ("path", "text", "words"),
    [
        ("seed", "4..0", "write 0..4"),
        ("seed", "0..", "no range such as 0..4"),
        ("seed", "0...4", "no range"),
        ("seed", "-1..4", "no range"),
        ("seed", "0..500", "a range of 501 values"),
        ("seed", "0.." + "9" * 18, "at most 500"),
        ("seed", "0.." + "9" * 5000, "no range"),
        ("seed", "0..300, 400..700", "more than 500 values"),
        ("seed", "0,,1", "no value between"),
        ("seed", "0,", "no value between"),
        ("loss.beta", "0..1", "whole numbers only"),
        ("optim.milestones", "6;;8", "no value between"),
    ],
)
def test_refuses_by_name(path: str, text: str, words: str) -> None:
    with pytest.raises(ConfigError) as caught:
        parse_axis(path, text)
    [problem] = caught.value.fields
    assert problem.path == f"axes.{path}"
    assert words in problem.message
    assert len(problem.message) < 200


@given(st.lists(st.integers(0, 2**32 - 1), min_size=1, max_size=20, unique=True))
def test_listed_seeds_are_the_cells(seeds: list[int]) -> None:
    cells = expand({}, {"seed": parse_axis("seed", ", ".join(map(str, seeds)))})
    assert [cell.config.seed for cell in cells] == seeds
