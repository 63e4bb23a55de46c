"""A row with classes is held against its overall accuracy."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.published.result import Result, inconsistency

CELLS = st.lists(st.integers(0, 1000), min_size=1, max_size=20)


def result(accuracy: float | None, classes: list[float | None], dataset: str = "cifar10") -> Result:
    names = tuple(f"class {n}" for n in range(len(classes)))
    return Result(
        id="a",
        group="g",
        label="l",
        dataset=dataset,
        accuracy=accuracy,
        classes=tuple(classes),
        class_names=names,
        source="s",
    )


@given(CELLS)
def test_rounding_is_no_contradiction(cells: list[int]) -> None:
    """Cells cut to 0.1 points and a mean cut to 0.01 agree, whichever way each was rounded."""
    exact = [cell / 1000 for cell in cells]
    mean = sum(exact) / len(exact)
    low, high = mean - 0.00054, mean + 0.00054
    assert inconsistency(result(max(0, low), list(exact))) == ""
    assert inconsistency(result(min(1, high), list(exact))) == ""


@given(CELLS.filter(lambda cells: sum(cells) / len(cells) < 990))
def test_more_than_rounding_is_one(cells: list[int]) -> None:
    exact: list[float | None] = [cell / 1000 for cell in cells]
    mean = sum(cells) / len(cells) / 1000
    said = inconsistency(result(mean + 0.001, exact))
    assert said.startswith(f"The mean of the {len(cells)} classes is ")
    assert f"not the stated {100 * (mean + 0.001):.2f}" in said


@given(st.lists(st.integers(0, 1000), min_size=3, max_size=20))
def test_a_shift_by_one_column_is_recognised(cells: list[int]) -> None:
    true = [cell / 1000 for cell in cells[:-1]]
    mean = sum(true) / len(cells)
    shifted = [mean, *true]
    said = inconsistency(result(min(1, mean + 0.3), list(shifted)))
    assert ("shifted by one column" in said) is (said != "")


def test_a_plain_contradiction_is_not_called_a_shift() -> None:
    said = inconsistency(result(0.9, [0.1, 0.5, 0.3]))
    assert "30.00, not the stated 90.00" in said
    assert "shifted" not in said


def test_an_unbalanced_test_set_only_bounds_the_overall_figure() -> None:
    assert inconsistency(result(0.6, [0.9, 0.1], "folder:pets")) == ""
    said = inconsistency(result(0.95, [0.9, 0.1], "folder:pets"))
    assert "95.00 lies outside the classes' own range, 10.00 to 90.00" in said


@pytest.mark.parametrize("classes", [[], [0.5, None], [None]])
def test_what_cannot_be_checked_is_not_flagged(classes: list[float | None]) -> None:
    assert inconsistency(result(0.9, classes)) == ""
    assert inconsistency(result(None, classes)) == ""
