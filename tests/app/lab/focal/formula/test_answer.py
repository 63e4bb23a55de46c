"""Marking focal losses: right to the digits typed, and the known mistakes by name."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.lab.base.formula.answers import Marked
from app.lab.focal.formula.answer import mark_focal
from app.lab.focal.formula.loss import focal_losses
from trainer.errors import TheoryError

P = (0.9, 0.5, 0.1)


def code_of(result: Marked) -> str:
    assert not result.correct
    (diagnosis,) = result.diagnoses
    return diagnosis.code


@given(
    st.lists(st.floats(0.01, 1), min_size=1, max_size=6), st.sampled_from([0, 1, 1.5, 2]), st.integers(2, 12)
)
def test_right_losses_are_right_to_any_digits(p: list[float], gamma: float, digits: int) -> None:
    answer = [f"{loss:.{digits}e}" for loss in focal_losses(p, gamma)]
    assert mark_focal(p, [gamma], 1, answer).correct


def test_zeros_are_not_right_for_small_losses() -> None:
    marked = mark_focal((0.9, 0.95, 0.99), [2], 1, [0, "0.000", "0.0000"])
    assert marked.wrong == 3
    assert [cell.expected for cell in marked.cells] == ["0.00105361", "0.000128233", "1.00503e-06"]
    assert mark_focal((0.9, 0.95, 0.99), [2], 1, ["0.00105", "0.00013", "1e-6"]).correct


def test_gamma_one_taken_for_cross_entropy() -> None:
    marked = mark_focal(P, [1], 1, ["0.105", "0.693", "2.303"])
    assert code_of(marked) == "gamma_one_is_not_ce"
    assert "equals cross-entropy at gamma = 0, not at gamma = 1" in marked.diagnoses[0].message
    assert marked.wrong == 3
    assert code_of(mark_focal(P, [2], 1, focal_losses(P, 1).tolist())) == "gamma_one_is_not_ce"


@pytest.mark.parametrize("gamma", [0.5, 1, 2])
@pytest.mark.parametrize("weight", [1, 0.25, 4])
def test_known_mistakes_are_named(gamma: float, weight: float) -> None:
    p, right = np.array(P), focal_losses(P, gamma, weight)
    entropy = -weight * np.log(p)
    mistakes = {
        "factor_forgotten" if gamma != 1 else "gamma_one_is_not_ce": entropy,
        "sign_missing": -right,
        "wrong_log_base": right / np.log(10),
        "factor_of_p": p**gamma * entropy,
        "other_probability": -weight * p**gamma * np.log(1 - p),
        "other_gamma": focal_losses(P, 5, weight),
    }
    if weight != 1:
        mistakes["weight_forgotten"] = focal_losses(P, gamma)
        mistakes["weight_in_exponent"] = (1 - np.exp(-entropy)) ** gamma * entropy
    assert {
        code: code_of(mark_focal(P, [gamma], weight, losses.tolist())) for code, losses in mistakes.items()
    } == {code: code for code in mistakes}


def test_base_two() -> None:
    assert code_of(mark_focal(P, [0], 1, (-np.log2(P)).tolist())) == "wrong_log_base"


def test_a_mistake_of_no_known_kind_shows_its_cells_only() -> None:
    marked = mark_focal(P, [0, 2], 1, [["0.105", "0.693", "2.303"], ["0.001", "0.183", "1.865"]])
    assert [(cell.row, cell.col, cell.expected) for cell in marked.cells] == [(1, 1, "0.173287")]
    assert marked.diagnoses == ()


def test_p_zero_has_no_finite_answer() -> None:
    with pytest.raises(TheoryError) as refused:
        mark_focal([0.5, 0], [1], 1, [1, 2])
    assert refused.value.fields[0].path == "p[1]"


def test_a_certain_p_is_marked_like_any_other() -> None:
    assert mark_focal([1, 0.5], [1], 1, [0, "0.347"]).correct
    assert mark_focal([1, 0.5], [1], 1, [0, "0.40"]).diagnoses == ()
