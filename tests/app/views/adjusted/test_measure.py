"""Figures of adjusted logits: against sklearn, scipy and a test set that really has the prior's shares."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import special
from sklearn.metrics import confusion_matrix, log_loss

from app.views.adjusted.kept import KeptLogits
from app.views.adjusted.measure import Seen, measured
from tests.app.logits import learnt
from tests.app.predictions import last_layer
from trainer.metrics.outcome import Outcome
from trainer.metrics.table import METRICS
from trainer.posthoc import Adjustment
from trainer.prediction_file import Answers

COUNTS = (100, 30, 10)


def kept(answers: Answers) -> KeptLogits:
    half = answers.logits.astype(np.float16)
    return KeptLogits(1, half, answers.predicted, answers.labels, last_layer(half.shape[1]), "made/1", "f")


def seen(answers: Answers, by: Adjustment) -> Seen:
    return measured(kept(answers), COUNTS, by, by.prior)


def test_without_an_adjustment_the_answers_are_the_networks_own() -> None:
    """Also where float16 ties what float32 told apart."""
    logits = np.array([[1.0, 1.0001], [1.0001, 1.0]], np.float32)
    answers = Answers(logits, logits.argmax(axis=1), np.array([1, 0]))
    found = measured(kept(answers), (2, 1), Adjustment(), ())
    assert found.outcome.confusion.tolist() == [[1, 0], [0, 1]]


@pytest.mark.slow
@given(st.integers(0, 2**31), st.floats(0, 4))
def test_figures_are_those_of_other_libraries(seed: int, tau: float) -> None:
    answers = learnt(seed, 20)
    found = seen(answers, Adjustment(tau=tau))
    logits = answers.logits.astype(np.float16).astype(float) - tau * np.log(np.array(COUNTS) / 140)
    p, labels = special.softmax(logits, axis=1), answers.labels
    assert found.loss == pytest.approx(log_loss(labels, p), rel=1e-9)
    assert found.brier == pytest.approx(((p - np.eye(3)[labels]) ** 2).sum(axis=1).mean(), rel=1e-9)
    assert found.class_means == pytest.approx(p.mean(axis=0), rel=1e-9)
    matrix = found.outcome.confusion
    if tau:  # at 0 what ties in float16 is the network's own answer
        assert matrix.tolist() == confusion_matrix(labels, p.argmax(axis=1), labels=[0, 1, 2]).tolist()
    whole = Outcome(matrix, COUNTS, found.loss, logits, labels)
    for name in ("ece", "classwise_ece", "brier"):
        value = {"ece": found.reliability.error, "brier": found.brier,
                 "classwise_ece": float(found.class_errors.mean())}[name]  # fmt: skip
        assert value == pytest.approx(METRICS[name].of(whole), abs=1e-9), name
    assert found.metrics["accuracy"] == pytest.approx((matrix.trace()) / matrix.sum())


def test_a_prior_gives_the_figures_of_a_test_set_that_has_it() -> None:
    """Each class's images taken 6, 3 and 1 times over are a test set of these shares."""
    answers, prior = learnt(7, 50), (0.6, 0.3, 0.1)
    by = Adjustment(tau=1.0, prior=prior)
    often = np.repeat(np.arange(len(answers.labels)), np.array([6, 3, 1])[answers.labels])
    real = Answers(answers.logits[often], answers.predicted[often], answers.labels[often])
    found, wanted = seen(answers, by), measured(kept(real), COUNTS, by, ())
    assert found.loss == pytest.approx(wanted.loss, rel=1e-9)
    assert found.brier == pytest.approx(wanted.brier, rel=1e-9)
    assert found.reliability.error == pytest.approx(wanted.reliability.error, rel=1e-9)
    assert found.class_errors == pytest.approx(wanted.class_errors, rel=1e-9, abs=1e-12)
    assert found.class_means == pytest.approx(wanted.class_means, rel=1e-9)
    assert found.at_shares == pytest.approx(wanted.metrics["accuracy"], rel=1e-9)


def test_a_class_without_images_is_left_out_of_the_shares() -> None:
    answers = learnt(8, 30)
    rows = answers.labels != 1
    some = Answers(answers.logits[rows], answers.predicted[rows], answers.labels[rows])
    found = seen(some, Adjustment(tau=1.0, prior=(0.6, 0.3, 0.1)))
    assert found.shares == pytest.approx([0.6 / 0.7, 0.0, 0.1 / 0.7])
    assert np.isfinite([found.loss, found.brier, found.at_shares, found.reliability.error]).all()


@pytest.mark.slow
def test_the_adjustment_to_the_prior_that_is_there_is_the_best_of_its_kind() -> None:
    """Bayes: of z - tau log pi + log q, tau 1 has the least loss at q where the network knows its classes."""
    answers, prior = learnt(9, 6000, signal=1.0), (0.2, 0.2, 0.6)
    losses = [seen(answers, Adjustment(tau=tau, prior=prior)).loss for tau in (0.0, 0.5, 1.0, 1.5, 2.0)]
    assert int(np.argmin(losses)) == 2
