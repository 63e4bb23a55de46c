"""Counts and betas as people write them; what cannot be meant is refused by entry, with a way out."""

from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.lab.class_balance.formula.betas import Beta, check_size, read_betas, read_counts
from trainer.errors import TheoryError
from trainer.numerals import beta_digits, plain


def refusal(error: TheoryError) -> tuple[str, str, str]:
    (problem,) = error.fields
    return problem.path, problem.message, error.hint


def test_betas_as_numbers_text_and_volumes() -> None:
    assert read_betas([0, ".9999", "N=10000", " n = 10000 ", 1]) == (
        Beta(0.0, 1.0),
        Beta(0.9999, 10_000.0),
        Beta(0.9999, 10_000.0),
        Beta(0.9999, 10_000.0),
        Beta(1.0, None),
    )


@given(st.integers(1, 10**15))
def test_the_volume_comes_from_the_exact_number(volume: int) -> None:
    (beta,) = read_betas([f"N={volume}"])
    assert beta.volume == volume
    assert beta.value == float(1 - Fraction(1, volume))


@pytest.mark.parametrize(
    ("beta", "said", "hint"),
    [
        (1.2, "between 0", "0.9999"),
        (-0.1, "between 0", "0.9999"),
        ("1-1e-4", "must be a number", "0.9999, or as N=10000"),
        (10000, "between 0", "write N=10000"),
        ("N=0.5", "at least 1", "0.9999"),
        ("N=many", "must be a number", ""),
        (True, "must be a number", "0.9999"),
        (None, "must be a number", "0.9999"),
        (float("nan"), "finite", "0.9999"),
        ("N=1e309", "closer to 1 than 64-bit numbers can tell", "Write 1"),
        ("N=1e400", "closer to 1", "Write 1"),
        ("N=1e18", "closer to 1", "Write 1"),
        ("0.99999999999999999", "closer to 1", "Write 1"),
        ("1e-320", "must be 0 or at least 1e-15", "Write 0"),
        ("1e-400", "must be 0 or at least 1e-15", "Write 0"),
        ("N=1.00000000000000000001", "must be 0 or at least 1e-15", "Write 0"),
    ],
)
def test_what_is_no_beta_is_refused_with_a_hint(beta: object, said: str, hint: str) -> None:
    with pytest.raises(TheoryError) as refused:
        read_betas([0.9, beta])
    path, message, given_hint = refusal(refused.value)
    assert path == "betas[1]"
    assert said in message
    assert hint in given_hint


def test_the_volume_is_missing_exactly_where_beta_is_one() -> None:
    assert read_betas([f"N={2**53}", "0.9999999999999999", "1.0", "1/1"]) == (
        Beta(1 - 2**-53, 2.0**53),
        Beta(0.9999999999999999, 1e16),
        Beta(1.0, None),
        Beta(1.0, None),
    )


@given(st.integers(1, 2**53))
def test_a_beta_below_one_is_never_printed_as_one(volume: int) -> None:
    (beta,) = read_betas([f"N={volume}"])
    assert float(plain(beta.value, beta_digits(beta.value))) < 1


@pytest.mark.parametrize(
    ("counts", "path", "said"),
    [
        ([120, 30, 0], "counts[2]", "has 0 images"),
        ([-5], "counts[0]", "has -5 images"),
        ([10, 2.5], "counts[1]", "whole number"),
        ([10, "many"], "counts[1]", "must be a number"),
        ([10**10], "counts[0]", "at most"),
        ([], "counts", "at least one"),
        ("120", "counts", "list"),
        ([1] * 10_001, "counts", "at most 10000"),
    ],
)
def test_bad_counts_are_named(counts: object, path: str, said: str) -> None:
    with pytest.raises(TheoryError) as refused:
        read_counts(counts)
    assert refusal(refused.value)[0] == path
    assert said in refusal(refused.value)[1]


def test_counts_are_whole_numbers() -> None:
    assert read_counts([5000, "50", 12.0]) == (5000, 50, 12)


def test_more_weights_than_a_request_may_ask_for() -> None:
    check_size(10_000, 10)
    with pytest.raises(TheoryError):
        check_size(10_000, 11)
