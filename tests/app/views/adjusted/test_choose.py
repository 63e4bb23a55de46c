"""The best number on a split: against a search by hand and golden values, and what chooses it."""

from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import special
from scipy.optimize import minimize_scalar
from sklearn.metrics import balanced_accuracy_score

from app.views.adjusted.choose import curve, grid, resolved, temperature, without
from app.views.adjusted.kept import FileSeen
from app.views.adjusted.point import Point
from tests.app.logits import learnt
from tests.app.predictions import last_layer
from tests.toolbox_cases import toolbox_case
from trainer.posthoc import Adjustment
from trainer.prediction_file import Answers, LastLayer, encode

COUNTS = (100, 30, 10)
NONE = Adjustment()


def stored(folder: Path, answers: Answers, layer: LastLayer | None = None) -> FileSeen:
    path = folder / "test-last.npz"
    path.write_bytes(encode(answers, layer or last_layer(answers.logits.shape[1]), 1, "f", "made/1"))
    return FileSeen.at(path)


def by_hand(answers: Answers, tau: float, prior: tuple[float, ...] = ()) -> float:
    logits = answers.logits.astype(np.float16).astype(float) - tau * np.log(np.array(COUNTS) / sum(COUNTS))
    shares = prior or (1 / 3, 1 / 3, 1 / 3)
    guesses = (logits + np.log(shares)).argmax(axis=1)
    recall = [(guesses[answers.labels == at] == at).mean() for at in range(3)]
    return float(np.dot(recall, shares))


@pytest.mark.slow
@given(st.integers(0, 2**31))
def test_the_curve_is_the_accuracy_at_each_tau(tmp_path_factory: pytest.TempPathFactory, seed: int) -> None:
    answers = learnt(seed, 30)
    file = stored(tmp_path_factory.mktemp("kept"), answers)
    found = curve(file, COUNTS, NONE, "tau")
    wanted = [by_hand(answers, tau) for tau in grid("tau")]
    # what ties in float16 is the answer of before at tau 0 and the first class by hand: a few images at most
    assert np.abs(np.subtract(found, wanted)).max() <= 2 / 30
    assert np.mean(np.abs(np.subtract(found, wanted)) > 1e-12) < 0.1
    assert found[0] == pytest.approx(balanced_accuracy_score(answers.labels, answers.predicted))


def test_the_curve_at_a_prior_counts_classes_by_it(tmp_path: Path) -> None:
    answers, prior = learnt(3, 200), (0.7, 0.2, 0.1)
    found = curve(stored(tmp_path, answers), COUNTS, Adjustment(prior=prior), "tau")
    assert found[10] == pytest.approx(by_hand(answers, 1.0, prior), abs=1e-3)


def test_tau_of_a_network_that_learnt_its_prior_is_near_1(tmp_path: Path) -> None:
    file = stored(tmp_path, learnt(0, 4000))
    numbers, by = resolved(lambda _: file, COUNTS, Point(tau="validation"), ())
    assert 0.8 <= by.tau <= 1.2
    assert (numbers["tau"].on, numbers["tau"].at_edge) == ("validation", False)
    figures = curve(file, COUNTS, without(by, "tau"), "tau")
    assert figures[grid("tau").index(by.tau)] == max(figures)


@pytest.mark.slow
def test_norm_is_chosen_by_the_lengths_of_the_weights(tmp_path: Path) -> None:
    """Where large classes have long weights, dividing by the length is what helps; by hand at each norm."""
    answers, norms = learnt(1, 500), np.array([4.0, 1.0, 0.5], np.float32)
    long = Answers(answers.logits * norms, (answers.logits * norms).argmax(axis=1), answers.labels)
    layer = LastLayer(np.zeros(3, np.float32), norms)
    file = stored(tmp_path, long, layer)
    figures = curve(file, COUNTS, NONE, "norm")
    half = long.logits.astype(np.float16).astype(float)
    wanted = [
        balanced_accuracy_score(long.labels, (half / norms**norm).argmax(axis=1)) for norm in grid("norm")
    ]
    assert figures == pytest.approx(wanted, abs=2e-3)
    numbers, by = resolved(lambda _: file, COUNTS, Point(norm="test"), ())
    assert by.norm == grid("norm")[int(np.argmax(figures))]
    assert numbers["norm"].on == "test"


def test_golden_temperature(tmp_path: Path) -> None:
    case = toolbox_case("temperature_scaling")
    logits, labels = np.array(case["input"]["logits"], np.float32), np.array(case["input"]["labels"])
    file = stored(tmp_path, Answers(logits, logits.argmax(axis=1), labels))
    # kept as float16, so as near as that
    assert temperature(file, (1, 1, 1), NONE) == pytest.approx(case["expected"]["T"], rel=2e-4)


@pytest.mark.parametrize("prior", [(), (0.6, 0.3, 0.1)])
def test_temperature_has_the_least_loss(tmp_path: Path, prior: tuple[float, ...]) -> None:
    answers = learnt(5, 300)
    sharp = Answers(3 * answers.logits, answers.predicted, answers.labels)
    file, by = stored(tmp_path, sharp), Adjustment(tau=0.7, prior=prior)
    logits = sharp.logits.astype(np.float16).astype(float) - 0.7 * np.log(np.array(COUNTS) / 140)
    logits += np.log(prior) if prior else 0.0
    weights = np.array(prior or [1 / 3] * 3)[sharp.labels]

    def loss(log_t: float) -> float:
        p = special.log_softmax(logits / np.exp(log_t), axis=1)
        return float(-np.average(p[np.arange(len(p)), sharp.labels], weights=weights))

    wanted = np.exp(minimize_scalar(loss, bounds=(-3, 3), method="bounded", options={"xatol": 1e-10}).x)
    assert temperature(file, COUNTS, by) == pytest.approx(wanted, rel=1e-5)


def test_temperature_stays_within_its_bounds(tmp_path: Path) -> None:
    logits = np.array([[9.0, 0.0], [0.0, 9.0]], np.float32)
    right = stored(tmp_path, Answers(logits, np.array([0, 1]), np.array([0, 1])))
    assert temperature(right, (1, 1), NONE) == 0.05
    wrong = stored(tmp_path, Answers(logits, np.array([0, 1]), np.array([1, 0])))
    assert temperature(wrong, (1, 1), NONE) == 20


def test_a_file_that_changes_is_read_again(tmp_path: Path) -> None:
    first = curve(stored(tmp_path, learnt(1, 50)), COUNTS, NONE, "tau")
    (tmp_path / "test-last.npz").unlink()
    assert curve(stored(tmp_path, learnt(2, 50)), COUNTS, NONE, "tau") != first
