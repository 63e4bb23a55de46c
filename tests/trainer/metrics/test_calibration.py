"""Metrics of probabilities against golden values and scikit-learn, and where they are not defined."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray
from sklearn.metrics import brier_score_loss, roc_auc_score

from tests.toolbox_cases import toolbox_case
from trainer.metrics import calibration
from trainer.metrics.outcome import Outcome, confusion_matrix
from trainer.metrics.table import METRICS

OF_PROBABILITIES = ("auroc", "ece", "classwise_ece", "brier")


def outcome(probabilities: object, labels: object) -> Outcome:
    """Logits are logarithms: their softmax is what is given."""
    p, truth = np.asarray(probabilities, dtype=np.float64), np.asarray(labels, dtype=np.int64)
    confusion = confusion_matrix(truth, p.argmax(axis=1), p.shape[1])
    return Outcome(confusion, [1] * p.shape[1], logits=np.log(p), labels=truth)


def golden(name: str) -> tuple[Outcome, dict[str, float]]:
    case = toolbox_case(name)
    return outcome(case["input"]["probabilities"], case["input"]["labels"]), case["expected"]


@pytest.mark.parametrize("name", ["ece_15_bins_small", "ece_15_bins_40"])
def test_golden_calibration_error(name: str) -> None:
    case = toolbox_case(name)
    found = calibration.reliability(
        np.array(case["input"]["confidences"]), np.array(case["input"]["correct"], dtype=bool)
    )
    assert found.error == pytest.approx(case["expected"]["ece"], rel=1e-9)


def test_golden_errors_by_class() -> None:
    case = toolbox_case("classwise_ece")
    p, labels = np.array(case["input"]["probabilities"]), np.array(case["input"]["labels"])
    found = calibration.class_errors(p, labels)
    assert found.tolist() == pytest.approx(case["expected"]["by_class"], rel=1e-9)
    seen, expected = golden("classwise_ece")  # a softmax rounds .2 and .4, which lie on edges
    assert METRICS["classwise_ece"].of(seen) == pytest.approx(expected["mean"], abs=0.2)


def test_golden_brier_and_auroc() -> None:
    seen, expected = golden("brier_nll")
    assert METRICS["brier"].of(seen) == pytest.approx(expected["brier"], rel=1e-9)
    seen, expected = golden("auroc_macro")
    assert METRICS["auroc"].of(seen) == pytest.approx(expected["ovr"], rel=1e-9)


@st.composite
def answers(draw: st.DrawFn) -> tuple[NDArray[np.float64], NDArray[np.int64]]:
    """Probabilities with ties, and labels among which each class is."""
    classes, extra = draw(st.integers(2, 4)), draw(st.integers(1, 20))
    labels = [*range(classes), *draw(st.lists(st.integers(0, classes - 1), min_size=extra, max_size=extra))]
    parts = st.lists(st.integers(1, 4), min_size=classes, max_size=classes)
    rows = np.array([draw(parts) for _ in labels], dtype=float)
    return rows / rows.sum(axis=1, keepdims=True), np.array(labels)


@given(answers())
def test_auroc_and_brier_are_those_of_scikit_learn(
    drawn: tuple[NDArray[np.float64], NDArray[np.int64]],
) -> None:
    p, labels = drawn
    seen = outcome(p, labels)
    assert seen.probabilities is not None
    p = seen.probabilities  # which round, so that some ties are none
    theirs = [roc_auc_score(labels == at, p[:, at]) for at in range(p.shape[1])]
    assert METRICS["auroc"].of(seen) == pytest.approx(np.mean(theirs))
    of_classes = [brier_score_loss(labels == at, p[:, at]) for at in range(p.shape[1])]
    assert METRICS["brier"].of(seen) == pytest.approx(sum(of_classes))


@pytest.mark.parametrize("name", OF_PROBABILITIES)
def test_undefined_without_probabilities(name: str) -> None:
    of = METRICS[name].of
    confusion, labels = np.diag([2, 1]), np.array([0, 0, 1])
    assert of(Outcome(confusion, [1, 1])) is None
    assert (
        of(Outcome(np.zeros((2, 2), dtype=np.int64), [1, 1], logits=np.empty((0, 2)), labels=labels[:0]))
        is None
    )
    broken = np.array([[0.0, 1.0], [np.inf, 0.0], [0.0, np.nan]])
    assert of(Outcome(confusion, [1, 1], logits=broken, labels=labels)) is None


def test_of_one_class_alone_no_curve_can_be_drawn() -> None:
    assert METRICS["auroc"].of(outcome([[0.6, 0.4], [0.5, 0.5]], [0, 0])) is None
