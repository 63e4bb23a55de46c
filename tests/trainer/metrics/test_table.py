"""Figures from a confusion matrix, against scikit-learn and by hand."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray
from sklearn import metrics as sk

from tests.toolbox_cases import toolbox_case
from trainer.metrics.outcome import Outcome, confusion_matrix
from trainer.metrics.table import METRICS, PRIORS, names_on

Labels = NDArray[np.int64]


class Found(Outcome):
    """An outcome whose metrics are read by name."""

    def __getitem__(self, name: str) -> float | None:
        return METRICS[name].of(self)


@st.composite
def predictions(draw: st.DrawFn) -> tuple[Labels, Labels, int]:
    """True and predicted labels of 1 to 60 images in 1 to 7 classes; classes may be absent from either."""
    classes, images = draw(st.integers(1, 7)), draw(st.integers(1, 60))
    labels = st.lists(st.integers(0, classes - 1), min_size=images, max_size=images)
    return np.array(draw(labels), np.int64), np.array(draw(labels), np.int64), classes


@pytest.mark.slow
@pytest.mark.filterwarnings("ignore:A single label was found:UserWarning")
@settings(deadline=None)  # scikit-learn imports what it needs in its first call
@given(predictions())
def test_every_figure_against_scikit_learn(drawn: tuple[Labels, Labels, int]) -> None:
    truth, predicted, classes = drawn
    confusion = confusion_matrix(truth, predicted, classes)
    everything = list(range(classes))
    assert (confusion == sk.confusion_matrix(truth, predicted, labels=everything)).all()
    found = Found(confusion, [1] * classes)
    present = sorted(set(truth.tolist()))
    recall = sk.recall_score(truth, predicted, labels=everything, average=None, zero_division=np.nan)
    assert found["accuracy"] == pytest.approx(sk.accuracy_score(truth, predicted))
    assert found["balanced_accuracy"] == pytest.approx(np.mean(recall[present]))
    assert found["macro_f1"] == pytest.approx(
        sk.f1_score(truth, predicted, labels=present, average="macro", zero_division=0)
    )
    assert found.recall == pytest.approx(recall, nan_ok=True)
    assert found["worst_class"] == pytest.approx(recall[present].min())
    assert found["geometric_mean"] == pytest.approx(np.prod(recall[present]) ** (1 / len(present)))
    assert found["mcc"] == pytest.approx(sk.matthews_corrcoef(truth, predicted))
    if len({*truth.tolist(), *predicted.tolist()}) > 1:
        assert found["kappa"] == pytest.approx(sk.cohen_kappa_score(truth, predicted))


def test_golden_values() -> None:
    found = Found(np.array([[90, 10, 0], [30, 60, 10], [20, 30, 50]]), [3, 2, 1])
    assert found["balanced_accuracy"] == pytest.approx(0.666667, abs=5e-7)
    assert found["geometric_mean"] == pytest.approx(0.646330, abs=5e-7)
    assert found["macro_f1"] == pytest.approx(0.658333, abs=5e-7)
    assert found["worst_class"] == 0.5
    expected = toolbox_case("confusion_metrics")["expected"]
    assert (found["mcc"], found["kappa"]) == pytest.approx((expected["mcc"], expected["kappa"]), rel=1e-9)
    told = [counts.tolist() for counts in (found.support, found.correct, found.predicted)]
    assert told == [[100] * 3, [90, 60, 50], [140, 100, 60]]


def test_rows_are_truth_and_a_class_never_predicted_has_an_f1_of_zero() -> None:
    truth, cat_always = np.array([0] * 90 + [1] * 10), np.zeros(100, np.int64)
    confusion = confusion_matrix(truth, cat_always, 2)
    assert confusion.tolist() == [[90, 0], [10, 0]]
    found = Found(confusion, [9, 1])
    assert found.recall.tolist() == [1.0, 0.0]
    assert found["macro_f1"] == pytest.approx((1.8 / 1.9) / 2)


def test_a_class_absent_from_test_is_left_out_of_means() -> None:
    found = Found(np.array([[0, 0, 0], [0, 8, 2], [0, 1, 4]]), [50, 10, 1])
    assert found.recall == pytest.approx([np.nan, 0.8, 0.8], nan_ok=True)
    assert found["balanced_accuracy"] == pytest.approx(0.8)
    assert found["worst_class"] == pytest.approx(0.8)
    assert found["geometric_mean"] == pytest.approx(0.8)
    assert found["head"] is None
    assert found["tail"] == pytest.approx(0.8)


def test_nothing_to_test_on() -> None:
    nothing = Found(np.zeros((2, 2), np.int64), [5, 5])
    assert {name: nothing[name] for name in METRICS} == dict.fromkeys(METRICS)


@settings(deadline=None)
@given(predictions(), st.lists(st.sampled_from([5, 19, 20, 100, 101, 500]), min_size=7, max_size=7))
def test_shares_of_the_classes_are_those_of_the_mean(
    drawn: tuple[Labels, Labels, int], counts: list[int]
) -> None:
    """What statistics weigh the images by is what the metric itself is the mean of."""
    truth, predicted, classes = drawn
    found = Found(confusion_matrix(truth, predicted, classes), counts[:classes])
    for name, metric in METRICS.items():
        if metric.shares is None:
            continue
        shares, value = metric.shares(found.counts, found.support), found[name]
        if value is None:
            assert not shares.any(), name
        else:
            assert shares.sum() == pytest.approx(1), name
            assert (shares * np.nan_to_num(found.recall)).sum() == pytest.approx(value), name


def test_names_are_those_that_boards_hold() -> None:
    """Databases, journals and scripts know them: a metric may come, none may go."""
    assert {"accuracy", "loss"} == set(names_on("train"))
    assert set(names_on("validation")) >= {"accuracy", "balanced_accuracy", "loss"}
    assert set(names_on("test")) >= {
        "accuracy", "balanced_accuracy", "geometric_mean", "macro_f1", "head", "medium", "tail",
        "worst_class", "many_shot", "medium_shot", "few_shot", "loss",
    }  # fmt: skip


def test_shot_groups_by_training_count() -> None:
    recalls = [0.9, 0.7, 0.5, 0.3, 0.1]
    confusion = np.array([[round(100 * r) if c == k else 0 for c in range(5)] for k, r in enumerate(recalls)])
    confusion[:, 0] += 100 - confusion.sum(axis=1)
    groups = Found(confusion, [500, 101, 100, 20, 19])
    assert groups["many_shot"] == pytest.approx((1.0 + 0.7) / 2)
    assert groups["medium_shot"] == pytest.approx(0.4)
    assert groups["few_shot"] == pytest.approx(0.1)


def test_empty_groups_are_none() -> None:
    groups = Found(np.eye(3, dtype=np.int64) * 5, [500, 400, 300])
    assert (groups["medium_shot"], groups["few_shot"]) == (None, None)
    assert groups["many_shot"] == 1.0
    assert Found(np.array([[4]]), [5])["head"] is None


def test_a_thousand_classes_do_not_underflow() -> None:
    confusion = np.eye(1000, dtype=np.int64)
    confusion[:, 0] += 1
    assert Found(confusion, list(range(1000)))["geometric_mean"] == pytest.approx(0.5, abs=1e-3)


@pytest.mark.parametrize("way", ["forward", "backward"])
def test_golden_accuracy_under_another_prior(way: str) -> None:
    case = toolbox_case(f"prior_shift_{way}_50")
    hits = [round(10 * recall) for recall in case["input"]["recall"]]
    confusion = np.array([[hits[0], 5, 5], [0, hits[1], 4], [5, 0, hits[2]]])
    confusion[0, 1:] = 10 - hits[0], 0
    found = Found(confusion, [5000, 500, 50])
    assert found[f"{way}_50"] == pytest.approx(case["expected"], rel=1e-9)
    turned = Found(confusion[::-1, ::-1], [50, 500, 5000])  # by training counts, whatever the classes' order
    assert turned[f"{way}_50"] == pytest.approx(case["expected"], rel=1e-9)


@given(predictions())
def test_priors_lie_between_the_recalls_and_leave_out_classes_without_images(
    drawn: tuple[Labels, Labels, int],
) -> None:
    truth, predicted, classes = drawn
    found = Found(confusion_matrix(truth, predicted, classes), list(range(1, classes + 1)))
    seen = found.recall[found.support > 0]
    for ratio in PRIORS:
        for way in ("forward", "backward"):
            value = found[f"{way}_{ratio}"]
            assert value is not None
            assert seen.min() - 1e-9 <= value <= seen.max() + 1e-9
    assert Found(np.zeros((2, 2), dtype=np.int64), [1, 1])["forward_50"] is None
