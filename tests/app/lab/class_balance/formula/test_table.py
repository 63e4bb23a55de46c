"""Tables of class weights: shares, the ruler, advice, and the derivation."""

from decimal import Decimal, localcontext
from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.lab.class_balance.formula.table import (
    MOST_CURVES,
    Beta,
    check_size,
    read_betas,
    read_counts,
    weight_curve,
    weight_lines,
    weight_row,
)
from trainer.class_balance import inverse_frequency_weights
from trainer.errors import TheoryError
from trainer.numerals import beta_digits, plain
from trainer.weight_advice import advice


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


RATIO_100 = (5000, 2997, 1796, 1077, 645, 387, 232, 139, 83, 50)

counts_lists = st.lists(st.integers(1, 100_000), min_size=1, max_size=30)
betas = st.one_of(st.floats(0, 1), st.integers(1, 10**9).map(lambda volume: 1 - 1 / volume))


def beta(value: object) -> Beta:
    return read_betas([value])[0]


@pytest.mark.parametrize(
    ("value", "mean_weight"),
    [(0, 1), (0.9, 0.9995), (0.99, 0.798), (0.997, 0.479), (0.999, 0.273), (0.9999, 0.171)],
)
def test_mean_weight_of_a_training_image(value: float, mean_weight: float) -> None:
    assert weight_row(RATIO_100, beta(value)).mean_weight == pytest.approx(mean_weight, abs=5e-4)


@given(counts_lists, betas)
def test_shares_sum_to_one_and_level_out_as_beta_rises(counts: list[int], value: float) -> None:
    row = weight_row(counts, Beta(value, None))
    assert sum(row.shares) == pytest.approx(1)
    assert row.mean_weight == pytest.approx(np.average(row.weights, weights=counts))
    assert row.max_over_min >= 1 - 1e-12
    level = weight_row(counts, Beta(1.0, None)).shares
    assert level == pytest.approx([1 / len(counts)] * len(counts))


@given(st.integers(1, 10**9), st.integers(2, 10**15))
def test_effective_number_against_60_digits(n: int, volume: int) -> None:
    (written,) = read_betas([f"N={volume}"])
    with localcontext(prec=60):
        exact = volume * (1 - (1 - Decimal(1) / volume) ** n)
    assert weight_row([n], written).effective_numbers[0] == pytest.approx(float(exact), rel=1e-7)


@given(counts_lists)
def test_the_ruler_runs_from_uniform_to_inverse_frequency(counts: list[int]) -> None:
    curve = weight_curve(counts, points=9)
    assert curve.volumes[0] == 1
    assert np.ptp(np.diff(np.log(curve.volumes))) < 1e-9
    weights = np.array(curve.weights)
    assert sorted(counts[at] for at in curve.classes) == sorted(set(counts))
    assert weights[:, 0] == pytest.approx(np.ones(len(curve.classes)))
    ends = inverse_frequency_weights(counts)[list(curve.classes)]
    assert weights[:, -1] == pytest.approx(ends, rel=0.011)


def test_of_very_many_counts_some_are_drawn() -> None:
    counts = list(range(1, 1001))
    drawn = [counts[at] for at in weight_curve(counts).classes]
    assert len(drawn) == MOST_CURVES
    assert (drawn[0], drawn[-1]) == (1000, 1)


@pytest.mark.parametrize(
    ("counts", "value", "effect"),
    [
        ((8000, 400), 0, "uniform"),
        ((8000, 400), 0.9, "no_effect"),
        (RATIO_100, 0.9, "no_effect"),
        (RATIO_100, 0.95, "slight"),
        ((8000, 400), 0.99, "slight"),
        (RATIO_100, 0.997, "partial"),
        (RATIO_100, 0.9999, "partial"),
        (RATIO_100, 0.999999, "inverse_frequency"),
        (RATIO_100, 1, "inverse_frequency"),
        ((700, 700), 0.99, "equal_counts"),
    ],
)
def test_what_a_beta_does_at_these_counts(counts: tuple[int, ...], value: float, effect: str) -> None:
    assert advice(counts, value).effect == effect


def test_the_sentence_names_the_reason() -> None:
    none = advice(RATIO_100, 0.9).text
    assert "no effect for these counts" in none
    assert "N = 1/(1 - beta) = 10 (the smallest 50)" in none
    assert "N = 1,000 is far above" in advice([20, 5], 0.999).text  # as a double, 999.9999999999999
    slight = advice(RATIO_100, 0.95).text
    assert "8.34 %" in slight
    assert "class 8 (83 images), 9 (50 images)" in slight


@pytest.mark.parametrize(
    ("counts", "value", "effect", "said", "never"),
    [
        ((1000, 1005), 0.9999, "no_effect", "they are alike", "many more images"),
        ((1000, 1005), 0.9999999, "no_effect", "beta 0.9999999 has", "closer to 1"),
        ((1, 5), 0.005, "no_effect", "against 5 by inverse frequency", "many more images"),
        ((1000, 1012), 0.999, "no_effect", "against 1.012 by inverse frequency", "many more images"),
        ((1000, 1050), 0.9999999, "inverse_frequency", "beta 0.9999999 is as good as", "hardly"),
        ((1000, 1020), 0.999, "slight", "by inverse frequency by 2 %", "far above the largest"),
        ((50, 400), 0.9, "no_effect", "many more images than N = 1/(1 - beta) = 10", "alike."),
    ],
)
def test_counts_that_are_alike_are_not_blamed_on_beta(
    counts: tuple[int, ...], value: float, effect: str, said: str, never: str
) -> None:
    given_advice = advice(counts, value)
    assert given_advice.effect == effect
    assert said in given_advice.text
    assert never not in given_advice.text


@given(
    st.integers(1, 10_000),
    st.floats(1, 1.2),
    st.floats(0.001, 1) | st.floats(0, 8).map(lambda at: 1 - 10**-at),
)
def test_each_claim_of_a_sentence_holds(least: int, ratio: float, value: float) -> None:
    """Counts close to each other, where sentences used to claim what does not hold."""
    counts = (least, round(least * ratio) + (least < 10))
    said = advice(counts, value)
    volume = 1 / (1 - value) if value < 1 else float("inf")
    assert ("many more images" not in said.text) or least >= 4 * volume
    assert ("far above the largest class" not in said.text) or volume >= 10 * max(counts)
    assert ("closer to 1" not in said.text) or weight_row(counts, Beta(1, None)).max_over_min >= 1.01


@given(counts_lists, betas)
def test_advice_agrees_with_the_weights(counts: list[int], value: float) -> None:
    spread = weight_row(counts, Beta(value, None)).max_over_min
    effect = advice(counts, value).effect
    assert effect not in ("no_effect", "uniform", "equal_counts") or spread < 1.01
    assert effect != "partial" or spread >= 1.1


@given(counts_lists, betas, st.data())
def test_the_derivation_ends_at_the_table(counts: list[int], value: float, data: st.DataObject) -> None:
    row = weight_row(counts, Beta(value, None if value == 1 else 1 / (1 - value)))
    index = data.draw(st.integers(0, len(counts) - 1))
    lines = weight_lines(counts, row, index)
    assert f"{row.weights[index]:.6g}" in lines[4].text
    assert f"{row.effective_numbers[index]:.6g}".split("e")[0] in lines[1].text
    assert all(line.text and line.formula and line.numbers for line in lines)
