"""Numbers as people write them are read exactly, or refused by name."""

from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.lab.base.formula.exact import matrix, number, vector
from trainer.errors import TheoryError


@pytest.mark.parametrize(
    ("written", "exact"),
    [
        (2, Fraction(2)),
        (0.1, Fraction(1, 10)),
        ("3/2", Fraction(3, 2)),
        (" -1.5 / .5 ", Fraction(-3)),
        ("\N{MINUS SIGN}2e-3", Fraction(-1, 500)),
        ("1.", Fraction(1)),
    ],
)
def test_what_people_write_is_exact(written: object, exact: Fraction) -> None:
    assert number(written, "x") == exact


@given(st.fractions(max_denominator=10**6))
def test_the_shown_form_reads_back(value: Fraction) -> None:
    assert number(str(value), "x") == value


@given(st.floats(allow_nan=False, allow_infinity=False, min_value=-1e20, max_value=1e20))
def test_a_float_counts_as_the_decimal_it_prints_as(value: float) -> None:
    assert float(number(value, "x")) == value


@pytest.mark.parametrize(
    ("written", "said"),
    [
        ("1/0", "divides by zero"),
        ("", "must be a number"),
        ("x", "must be a number"),
        ("1/2/3", "must be a number"),
        (True, "must be a number"),
        (None, "must be a number"),
        (float("nan"), "finite"),
        (float("inf"), "finite"),
        ("1e999", "exponent"),
        ("9" * 61, "characters"),
        ("\u0663", "must be a number"),
    ],
)
def test_what_is_no_number_is_refused_by_name(written: object, said: str) -> None:
    with pytest.raises(TheoryError) as refused:
        number(written, "points[0]")
    assert [problem.path for problem in refused.value.fields] == ["points[0]"]
    assert said in refused.value.fields[0].message


def test_a_matrix_names_its_ragged_row_and_its_bad_entry() -> None:
    assert matrix([[1, "1/2"]], "A") == ((Fraction(1), Fraction(1, 2)),)
    with pytest.raises(TheoryError, match="A") as refused:
        matrix([[1, 2], [3]], "A")
    assert "row 1 has 1 entries, row 0 has 2" in refused.value.fields[0].message
    with pytest.raises(TheoryError) as refused:
        matrix([[1, 2], [3, "?"]], "A")
    assert refused.value.fields[0].path == "A[1][1]"
    with pytest.raises(TheoryError):
        matrix([], "A")
    with pytest.raises(TheoryError):
        vector("12", "b")
