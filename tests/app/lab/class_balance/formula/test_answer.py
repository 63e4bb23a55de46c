"""Marking class weights: right to the digits typed, and each known mistake found on any counts."""

from collections.abc import Sequence

import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from app.lab.base.formula.answers import Marked
from app.lab.class_balance.formula.answer import mark_weights
from app.lab.class_balance.formula.table import read_betas, weight_row
from trainer.class_balance import class_balanced_weights, effective_numbers, inverse_frequency_weights

RATIO_100 = (5000, 2997, 1796, 1077, 645, 387, 232, 139, 83, 50)

# Classes that differ, at a beta that neither ignores that nor goes by inverse frequency.
counts_lists = st.lists(st.integers(20, 20_000), min_size=3, max_size=12, unique=True)
volumes = st.floats(50, 20_000)


def marked(counts: Sequence[int], beta: object, answer: object) -> Marked:
    return mark_weights(counts, [weight_row(counts, read_betas([beta])[0])], answer)


def code_of(result: Marked) -> str:
    assert not result.correct
    assert result.cells
    (diagnosis,) = result.diagnoses
    return diagnosis.code


@given(counts_lists, volumes, st.integers(2, 12))
def test_right_weights_are_right_to_any_digits(counts: list[int], volume: float, digits: int) -> None:
    beta = 1 - 1 / volume
    weights = class_balanced_weights(counts, beta)
    answer = [f"{weight:.{digits}{'f' if weight >= 10**-digits else 'e'}}" for weight in weights]
    assert marked(counts, beta, answer).correct


@given(counts_lists, volumes)
def test_known_mistakes_are_named(counts: list[int], volume: float) -> None:
    beta = 1 - 1 / volume
    weights, numbers = class_balanced_weights(counts, beta), effective_numbers(counts, beta)
    inverse = inverse_frequency_weights(counts)
    assume(weights.max() / weights.min() > 1.2)
    assume(np.abs(weights / inverse - 1).max() > 0.05)
    assert code_of(marked(counts, beta, (1 / numbers).tolist())) == "weights_not_normalised"
    assert code_of(marked(counts, beta, (weights / len(counts)).tolist())) == "normalised_to_one"
    assert code_of(marked(counts, beta, numbers.tolist())) == "effective_numbers_given"
    assert code_of(marked(counts, beta, weights[::-1].tolist())) == "order_reversed"
    assert code_of(marked(counts, beta, [1] * len(counts))) == "uniform_given"
    assert code_of(marked(counts, beta, inverse.tolist())) == "inverse_frequency_given"
    assert code_of(marked(counts, beta, (weights / weights.max()).tolist())) == "other_scale"


@given(counts_lists, volumes, volumes)
def test_weights_of_another_beta_are_recognised(counts: list[int], volume: float, other: float) -> None:
    weights = class_balanced_weights(counts, 1 - 1 / other)
    right = class_balanced_weights(counts, 1 - 1 / volume)
    assume(np.abs(weights / right - 1).max() > 0.05)
    assume(weights.max() / weights.min() > 1.2)
    result = marked(counts, 1 - 1 / volume, weights.tolist())
    assert code_of(result) == "other_beta"
    said = float(result.diagnoses[0].message.partition("(N = ")[2].partition(")")[0])
    assert said == pytest.approx(other, rel=2e-3)


def test_a_row_of_the_write_up_s_counts_under_another_beta() -> None:
    result = marked(
        RATIO_100, 0.997, [".181", ".182", ".217", ".273", ".381", ".561", ".874", "1.386", "2.26", "3.688"]
    )
    assert not result.correct
    given_0999 = [f"{weight:.3f}" for weight in class_balanced_weights(RATIO_100, 0.999)]
    result = marked(RATIO_100, 0.997, given_0999)
    assert code_of(result) == "other_beta"
    assert "beta = 0.999 (N = 1000), not of beta = 0.997" in result.diagnoses[0].message


def test_weights_made_in_32_bits() -> None:
    beta, n = np.float32(0.9999), np.array(RATIO_100, dtype=np.float32)
    raw = (1 - beta) / (1 - beta**n)
    assert code_of(marked(RATIO_100, 0.9999, (raw / raw.sum() * 10).tolist())) == "single_precision"


def test_one_wrong_entry_is_shown_with_the_right_one() -> None:
    answer: list[object] = [f"{weight:.4f}" for weight in class_balanced_weights(RATIO_100, 0.997)]
    answer[3] = "0.4496"
    result = marked(RATIO_100, 0.997, answer)
    assert [(cell.row, cell.col, cell.given, cell.expected) for cell in result.cells] == [
        (0, 3, "0.4496", "0.446944")
    ]
    assert result.diagnoses == ()


def test_a_row_for_each_beta_and_a_diagnosis_for_each_wrong_row() -> None:
    counts = (8000, 400)
    rows = [weight_row(counts, beta) for beta in read_betas([0.9, 0.999, 1])]
    result = mark_weights(counts, rows, [[1, 1], ["0.0952", "1.9048"], ["0.248", "0.752"]])
    assert {cell.row for cell in result.cells} == {1, 2}
    assert [diagnosis.code for diagnosis in result.diagnoses] == ["inverse_frequency_given"]


def test_no_beta_is_read_into_two_arbitrary_numbers() -> None:
    assert marked((8000, 400), 0.9999, ["0.21", "1.79"]).diagnoses == ()
