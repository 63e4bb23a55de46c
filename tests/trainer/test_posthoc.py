"""Logits adjusted after training: golden values, scipy, and the layers of second stages that do the same."""

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from scipy import special
from torch import nn

from tests.toolbox_cases import toolbox_case
from trainer.errors import DataError
from trainer.posthoc import Adjustment, adjusted_logits, answers_to, length_factors, log_shares
from trainer.prediction_file import LastLayer
from trainer.second_stages.heads import adjusted, shortened

seeds = st.integers(0, 2**31)


def plain(classes: int) -> LastLayer:
    return LastLayer(np.zeros(classes, np.float32), np.ones(classes, np.float32))


@pytest.mark.parametrize("tau", [0.5, 1.0, 1.5, 2.0])
def test_logit_adjustment_as_published(tau: float) -> None:
    case = toolbox_case(f"post_hoc_logit_adjustment_tau_{tau}")
    asked, wanted = case["input"], case["expected"]
    logits = np.array([asked["logits"]])
    found = adjusted_logits(logits, plain(3), asked["counts"], Adjustment(tau=tau))
    assert found[0].tolist() == pytest.approx(wanted["logits"], rel=1e-9)
    assert special.softmax(found[0]).tolist() == pytest.approx(wanted["probabilities"], rel=1e-9)
    assert answers_to(found, logits.argmax(axis=1)).tolist() == [wanted["argmax"]]


@pytest.mark.parametrize("tau", [0.0, 0.5, 1.0])
def test_tau_normalisation_as_published(tau: float) -> None:
    case = toolbox_case(f"tau_norm_{tau}")
    asked, wanted = case["input"], case["expected"]
    weights, bias = np.array(asked["weight_rows"]), np.array(asked["bias"])
    layer = LastLayer(bias, np.linalg.norm(weights, axis=1))
    logits = (weights @ np.array(asked["features"]) + bias)[None]
    found = adjusted_logits(logits, layer, (1, 1, 1), Adjustment(norm=tau))
    assert found[0].tolist() == pytest.approx(wanted["logits"], rel=1e-9)
    assert found.argmax() == wanted["argmax"]


@given(seeds, st.floats(0, 4), st.floats(0, 4))
def test_kept_logits_say_what_the_second_stage_would(seed: int, tau: float, norm: float) -> None:
    """Within what float16 keeps: logits of a layer here, and the layer that the stage puts in its place."""
    torch.manual_seed(seed)
    old, features = nn.Linear(12, 5), torch.randn(40, 12)
    counts = torch.tensor([500, 180, 60, 20, 7])
    logits = old(features).detach().numpy().astype(np.float16)
    layer = LastLayer(old.bias.detach().numpy(), old.weight.detach().norm(dim=1).numpy())
    for by, new in (
        (Adjustment(tau=tau), adjusted(old, counts, tau)),
        (Adjustment(norm=norm), shortened(old, norm)),
    ):
        found = adjusted_logits(logits, layer, counts.tolist(), by)
        scale = 1 if by.norm is None else length_factors(layer.weight_norms, norm).max()
        assert np.abs(found - new(features).detach().numpy()).max() < 4e-3 * scale


@given(seeds, st.lists(st.integers(1, 1000), min_size=2, max_size=6))
def test_tau_1_and_a_prior_re_weight_the_posterior(seed: int, counts: list[int]) -> None:
    """p q / pi, made up to 1 (Saerens et al. 2002)."""
    random = np.random.default_rng(seed)
    logits = random.normal(0, 3, (20, len(counts)))
    prior = random.dirichlet(np.ones(len(counts)) * 5) + 1e-3
    prior /= prior.sum()
    by = Adjustment(tau=1.0, prior=tuple(prior))
    found = special.softmax(adjusted_logits(logits, plain(len(counts)), counts, by), axis=1)
    ratio = special.softmax(logits, axis=1) * prior / (np.array(counts) / sum(counts))
    assert found == pytest.approx(ratio / ratio.sum(axis=1, keepdims=True), rel=1e-9, abs=1e-12)


def test_the_prior_of_training_undoes_tau_1() -> None:
    logits, counts = np.random.default_rng(0).normal(0, 3, (20, 3)), (100, 10, 1)
    shares = tuple(count / 111 for count in counts)
    found = adjusted_logits(logits, plain(3), counts, Adjustment(tau=1.0, prior=shares))
    assert found == pytest.approx(logits, abs=1e-12)


@given(seeds, st.floats(0.05, 20))
def test_temperature_changes_no_answer_and_comes_last(seed: int, heat: float) -> None:
    logits = np.random.default_rng(seed).normal(0, 3, (50, 4)).astype(np.float16)
    cold = adjusted_logits(logits, plain(4), (9, 5, 2, 1), Adjustment(tau=1.3))
    found = adjusted_logits(logits, plain(4), (9, 5, 2, 1), Adjustment(tau=1.3, temperature=heat))
    assert found == pytest.approx(cold / heat, rel=1e-12)
    before = logits.argmax(axis=1)
    assert answers_to(found, before).tolist() == answers_to(cold, before).tolist()


def test_what_ties_in_float16_keeps_its_answer() -> None:
    logits = np.array([[1.0, 1.0, 0.0], [1.0, 1.0, 0.0], [0.0, 1.0, 0.5]])
    assert answers_to(logits, np.array([1, 0, 2])).tolist() == [1, 0, 1]


def test_a_class_without_training_images_is_named() -> None:
    with pytest.raises(DataError, match="Class 1 has no training images"):
        log_shares((5, 0, 2))


def test_a_class_of_no_weights_keeps_its_logits() -> None:
    assert length_factors(np.array([0.0, 4.0]), 0.5).tolist() == [1.0, 0.5]
