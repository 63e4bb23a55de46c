"""Typed answers are compared to the digits typed, neither stricter nor more lenient."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.lab.base.formula.answers import Diagnosis, WrongCell, mark, typed, typed_rows
from trainer.errors import TheoryError


@pytest.mark.parametrize(
    ("written", "right", "fits"),
    [
        ("0.4294", 0.42942, True),
        ("0.4295", 0.42942, False),
        ("0.43", 0.42942, True),
        ("0.4", 0.42942, False),
        ("1", 0.9909, False),
        ("1", 0.9999, True),
        ("3935", 3934.845, True),
        ("3934", 3934.845, False),
        ("12", 11.7, False),
        ("1e-4", 1.0001e-4, True),
        ("5.06e-2", 0.050611, True),
        ("1/3", 0.333333333333, True),
        ("1/3", 0.3333, False),
        (0.1 + 0.2, 0.3, True),
        (2, 2.0, True),
        ("\N{MINUS SIGN}0.50", -0.501, True),
        (0, 1.05e-3, False),
        ("0.000", 1e-6, False),
        ("0", 0.0, True),
        ("0.00", 0.0, True),
        ("0.001", 1.05e-3, True),
        ("0.0001", 1.28e-4, True),
        ("0.0001", 1.51e-4, False),
        ("0.00013", 1.28e-4, True),
        ("1e-6", 1.005e-6, True),
        ("0.02", 0.0196, True),
        ("0.02", 0.0251, False),
    ],
)
def test_an_entry_fits_to_the_digits_typed(written: object, right: float, fits: bool) -> None:
    assert typed(written, "answer").fits(right) == fits


@given(st.floats(1e-6, 1e6), st.integers(3, 12))
def test_a_rounded_value_fits_and_one_unit_off_does_not(right: float, digits: int) -> None:
    text = f"{right:.{digits - 1}e}"
    entry = typed(text, "answer")
    assert entry.fits(right)
    assert not entry.fits(right + 2.02 * entry.half_unit) or entry.half_unit < 1e-9 * right


@given(st.floats(1e-12, 1e-3), st.integers(0, 12))
def test_a_significant_digit_is_enough_for_a_small_value_and_zeros_never_are(
    right: float, decimals: int
) -> None:
    assert typed(f"{right:.0e}", "answer").fits(right)
    assert not typed(f"{0:.{decimals}f}", "answer").fits(right)


def test_a_flat_row_is_the_only_row() -> None:
    assert typed_rows([1, 2], "answer", 1, 2) == typed_rows([[1, 2]], "answer", 1, 2)


@pytest.mark.parametrize(
    ("answer", "path", "said"),
    [
        ([1, 2, 3], "answer", "must have 2 numbers, got 3"),
        ([[1, 2], [3, 4]], "answer", "must have 1 row, got 2"),
        ([[1, "x"]], "answer[0][1]", "must be a number"),
        ([1, None], "answer[1]", "must be a number"),
        ([], "answer", "must be a list"),
        ("1 2", "answer", "must be a list"),
        ([[1], 2], "answer[0]", "must be a number"),
    ],
)
def test_answers_of_another_shape_are_refused(answer: object, path: str, said: str) -> None:
    with pytest.raises(TheoryError) as refused:
        typed_rows(answer, "answer", 1, 2)
    (problem,) = refused.value.fields
    assert problem.path == path
    assert said in problem.message


def test_only_wrong_rows_are_explained_and_by_the_first_that_fits() -> None:
    rows = typed_rows([[1, 2], ["1.50", 2]], "answer", 2, 2)
    first, second = Diagnosis("first", ""), Diagnosis("second", "")
    marked = mark(rows, [[1, 2], [1, 2]], [[lambda row: first], [lambda row: None, lambda row: second]])
    assert not marked.correct
    assert marked.wrong == 1
    assert marked.cells == (WrongCell(1, 0, "1.50", "1"),)
    assert marked.diagnoses == (second,)


@pytest.mark.parametrize("written", ["1e400", "-1e301", "1e400/1e-400"])
def test_a_number_beyond_a_double_is_refused_by_name(written: str) -> None:
    with pytest.raises(TheoryError) as refused:
        typed(written, "answer[2]")
    assert [problem.path for problem in refused.value.fields] == ["answer[2]"]
    assert "1e300" in refused.value.fields[0].message


@pytest.mark.parametrize("written", ["1e-400", "0e400"])
def test_a_number_too_small_for_a_double_is_zero(written: str) -> None:
    assert typed(written, "answer").value == 0
