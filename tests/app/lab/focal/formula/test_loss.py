"""Focal figures against autograd in float64, the published values, and the trainer's own loss."""

from functools import partial
from math import isclose, log

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from torch import Tensor

from app.lab.focal.formula.loss import (
    focal_lines,
    focal_losses,
    focal_row,
    gamma_words,
    read_gammas,
    read_probabilities,
    read_weight,
)
from trainer.errors import TheoryError
from trainer.losses.focal import focal_sigmoid, focal_softmax

probabilities = st.floats(1e-6, 1 - 1e-6)
gammas = st.floats(0, 20)
weights = st.floats(1e-3, 1e3)


@pytest.mark.parametrize(
    ("gamma", "expected"),
    [
        (0, [0.105361, 0.693147, 2.302585]),
        (1, [0.010536, 0.346574, 2.072327]),
        (1.5, [0.003332, 0.245065, 1.965982]),
        (2, [0.001054, 0.173287, 1.865094]),
    ],
)
def test_published_losses(gamma: float, expected: list[float]) -> None:
    assert focal_row([0.9, 0.5, 0.1], gamma).loss == pytest.approx(expected, abs=5e-7)


@given(probabilities, gammas, weights)
def test_loss_and_slope_against_autograd(p: float, gamma: float, weight: float) -> None:
    """With the logit in the probability's own place: z = log(p / (1 - p)) moves p at the rate p (1 - p)."""
    z = torch.tensor(log(p) - log(1 - p), dtype=torch.float64, requires_grad=True)
    share = torch.sigmoid(z)
    loss = -weight * torch.sigmoid(-z) ** gamma * torch.log(share)
    (slope,) = torch.autograd.grad(loss, z)
    row = focal_row([p], gamma, weight)
    assert row.loss[0] == pytest.approx(loss.item(), rel=1e-8, abs=1e-300)
    assert row.gradient[0] == pytest.approx(slope.item(), rel=1e-8, abs=1e-300)
    exact = focal_row([share.item()], gamma, weight)
    if 0.001 < p < 0.999:
        assert exact.loss[0] == pytest.approx(loss.item(), rel=1e-12)
        assert exact.gradient[0] == pytest.approx(slope.item(), rel=1e-12)


def slope_of(loss: Tensor, logits: Tensor) -> Tensor:
    (slope,) = torch.autograd.grad(loss, logits)
    return slope


@given(st.lists(st.floats(-5, 5), min_size=2, max_size=6), st.floats(0, 5), st.data())
def test_both_forms_of_the_trainer(values: list[float], gamma: float, data: st.DataObject) -> None:
    true = data.draw(st.integers(0, len(values) - 1))
    logits, label = torch.tensor([values], dtype=torch.float64, requires_grad=True), torch.tensor([true])
    loss = focal_softmax(logits, label, gamma)
    row = focal_row([torch.softmax(logits, 1)[0, true].item()], gamma)
    assert row.loss[0] == pytest.approx(loss.item(), rel=1e-9)
    assert row.gradient[0] == pytest.approx(slope_of(loss, logits)[0, true].item(), rel=1e-9)
    signs = torch.tensor([1.0 if at == true else -1.0 for at in range(len(values))], dtype=torch.float64)
    terms = focal_row(torch.sigmoid(signs * logits[0]).tolist(), gamma)
    loss = focal_sigmoid(logits, label, gamma)
    assert sum(filter(None, terms.loss)) == pytest.approx(loss.item(), rel=1e-9)
    slopes = torch.tensor(terms.gradient, dtype=torch.float64) * signs
    assert slopes.tolist() == pytest.approx(slope_of(loss, logits)[0].tolist(), rel=1e-8)


@given(st.lists(st.floats(0.001, 1), min_size=1, max_size=9))
def test_gamma_zero_is_cross_entropy_exactly(p: list[float]) -> None:
    target = torch.tensor(p, dtype=torch.float64)
    row = focal_row(p, 0)
    assert row.loss == pytest.approx((-torch.log(target)).tolist(), rel=1e-15, abs=0)
    assert row.gradient == tuple(value - 1 for value in p)
    assert row.factors == row.slope_ratios == (1,) * len(p)


@given(probabilities, gammas, weights)
def test_ratios_to_cross_entropy(p: float, gamma: float, weight: float) -> None:
    row, entropy = focal_row([p], gamma, weight), focal_row([p], 0)
    assert row.loss[0] is not None
    assert entropy.loss[0] is not None
    assert isclose(row.factors[0] * entropy.loss[0], row.loss[0], rel_tol=1e-12)
    assert isclose(row.slope_ratios[0] * entropy.gradient[0], row.gradient[0], rel_tol=1e-12)
    assert row.slope_ratios[0] >= row.factors[0]


@pytest.mark.parametrize("gamma", [0, 0.5, 1, 2, 20])
def test_the_ends(gamma: float) -> None:
    row = focal_row([0, 1], gamma, 3)
    assert row.loss == (None, 0)
    assert row.gradient == (-3, 0)
    assert row.slope_ratios == (3, 3 if gamma == 0 else 0)


def test_a_power_below_one_has_a_slope_close_to_one() -> None:
    near, limit = focal_row([1 - 1e-12], 0.5).gradient[0], -1.5 * (1e-12) ** 1.5
    assert near == pytest.approx(limit, rel=1e-3)


@given(probabilities, st.sampled_from([0.0, 1.0, 2.0]), st.sampled_from([1.0, 0.25]))
def test_the_derivation_ends_at_the_figures(p: float, gamma: float, weight: float) -> None:
    row, lines = focal_row([p], gamma, weight), focal_lines(p, gamma, weight)
    assert f"{row.loss[0]:.6g}" in lines[2].text
    assert f"{row.gradient[0]:.6g}" in lines[4].text
    assert ("cross-entropy" in lines[1].text) == (gamma == 0)


def test_words_and_derivation_of_an_infinite_loss() -> None:
    assert "infinite" in focal_lines(0, 2)[2].text
    assert r"\infty" in focal_lines(0, 2)[2].numbers
    assert "by 0.01, and the gradient by" in gamma_words(0.9, 2)
    assert "with the class weight 2" in gamma_words(0.9, 2, 2)
    assert "is cross-entropy" in gamma_words(0.9, 0)


@pytest.mark.parametrize(
    ("read", "values", "path", "said"),
    [
        (read_probabilities, [0.5, 1.5], "p[1]", "between 0 and 1"),
        (read_probabilities, [-0.1], "p[0]", "between 0 and 1"),
        (read_probabilities, [], "p", "at least one"),
        (read_probabilities, 0.5, "p", "list"),
        (read_probabilities, [0.5] * 1001, "p", "at most 1000"),
        (read_gammas, [-1], "gammas[0]", "easy images count most"),
        (read_gammas, [2, "two"], "gammas[1]", "must be a number"),
        (partial(read_weight), 0, "weight", "above 0"),
        (partial(read_weight), "x", "weight", "must be a number"),
    ],
)
def test_bad_input_is_named(read: partial[object], values: object, path: str, said: str) -> None:
    with pytest.raises(TheoryError) as refused:
        read(values)
    (problem,) = refused.value.fields
    assert problem.path == path
    assert said in problem.message


def test_what_is_typed_is_read() -> None:
    assert read_probabilities(["1/2", 0.1]) == (0.5, 0.1)
    assert read_gammas([0, "1.5"]) == (0, 1.5)
    assert read_weight("2") == 2
    assert focal_losses([0.5], 1, 2)[0] == pytest.approx(log(2))
