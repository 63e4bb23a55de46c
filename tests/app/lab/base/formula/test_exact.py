"""Numbers as people write them are read exactly, or refused by name."""

from fractions import Fraction

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from app.lab.base.formula.exact import fits, matrix, number, vector
from trainer.errors import TheoryError

fractions = st.fractions(-(10**6), 10**6, max_denominator=10**5)


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


@given(fractions)
def test_a_doubles_repr_and_the_fraction_are_right(exact: Fraction) -> None:
    assert fits(repr(float(exact)), exact)
    assert fits(str(exact), exact)
    assert fits(repr(float(exact)).replace("-", "\N{MINUS SIGN}"), exact)


@given(st.fractions(-1000, 1000, max_denominator=1000), st.integers(3, 11))
@example(Fraction(-442341, 443), 9)
def test_endless_decimals_are_right_where_they_round(exact: Fraction, decimals: int) -> None:
    endless = 10**60 % exact.denominator != 0
    shown = round(exact, decimals)
    typed = f"{float(shown):.{decimals}f}"
    assert fits(typed, exact) is (shown == exact or (endless and shown != 0))
    off = shown + Fraction(1, 10**decimals)
    assert not fits(f"{float(off):.{decimals}f}", exact)


@pytest.mark.parametrize(
    ("typed", "exact", "right"),
    [
        ("0.6666666666666666", "2/3", True),
        ("0.6666666666666667", "2/3", True),
        ("0.667", "2/3", True),
        ("0.666", "2/3", False),
        ("0.67", "2/3", False),
        ("3.3333333333333335e-05", "1/30000", True),
        ("3.33E-5", "1/30000", True),
        ("3.34e\N{MINUS SIGN}5", "1/30000", False),
        ("3.3333333333333332e+19", "100000000000000000000/3", True),
        ("33.33", "100/3", False),
        ("\N{MINUS SIGN}0.333", "-1/3", True),
        ("-0.333", "-1/3", True),
        ("0.333", "-1/3", False),
        ("0.000", "1/30000", False),
        ("333/1000", "1/3", False),
        (" 2 / 6 ", "1/3", True),
        ("1.5001", "3/2", False),
        ("1.5000000000000001", "3/2", False),
        ("0.063", "1/16", False),
        ("9.094947017729282e-13", "1/1099511627776", True),
        ("9.095e-13", "1/1099511627776", False),
        ("1e400", "1", False),
        ("0", "0", True),
    ],
)
def test_cases_met(typed: str, exact: str, right: bool) -> None:
    assert fits(typed, Fraction(exact)) is right


def test_what_is_no_number_is_refused() -> None:
    with pytest.raises(TheoryError):
        fits("one third", Fraction(1, 3))
