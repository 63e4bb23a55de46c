"""Figures from a confusion matrix, against scikit-learn and by hand."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray
from sklearn import metrics as sk

from trainer.metrics import confusion_matrix, rank_groups, summarise

Labels = NDArray[np.int64]


@st.composite
def predictions(draw: st.DrawFn) -> tuple[Labels, Labels, int]:
    """True and predicted labels of 1 to 60 images in 1 to 7 classes; classes may be absent from either."""
    classes, images = draw(st.integers(1, 7)), draw(st.integers(1, 60))
    labels = st.lists(st.integers(0, classes - 1), min_size=images, max_size=images)
    return np.array(draw(labels), np.int64), np.array(draw(labels), np.int64), classes


@pytest.mark.filterwarnings("ignore:A single label was found:UserWarning")
@settings(deadline=None)  # scikit-learn imports what it needs in its first call
@given(predictions())
def test_every_figure_against_scikit_learn(drawn: tuple[Labels, Labels, int]) -> None:
    truth, predicted, classes = drawn
    confusion = confusion_matrix(truth, predicted, classes)
    everything = list(range(classes))
    assert (confusion == sk.confusion_matrix(truth, predicted, labels=everything)).all()
    found = summarise(confusion, [1] * classes)
    present = sorted(set(truth.tolist()))
    recall = sk.recall_score(truth, predicted, labels=everything, average=None, zero_division=np.nan)
    precision = sk.precision_score(truth, predicted, labels=everything, average=None, zero_division=np.nan)
    assert found.accuracy == pytest.approx(sk.accuracy_score(truth, predicted))
    assert found.balanced_accuracy == pytest.approx(np.mean(recall[present]))
    assert found.macro_f1 == pytest.approx(
        sk.f1_score(truth, predicted, labels=present, average="macro", zero_division=0)
    )
    assert np.array(found.recall, float) == pytest.approx(recall, nan_ok=True)
    assert np.array(found.precision, float) == pytest.approx(precision, nan_ok=True)
    assert found.worst_class == pytest.approx(recall[present].min())
    assert found.geometric_mean == pytest.approx(np.prod(recall[present]) ** (1 / len(present)))


def test_golden_values() -> None:
    found = summarise(np.array([[90, 10, 0], [30, 60, 10], [20, 30, 50]]), [3, 2, 1])
    assert found.balanced_accuracy == pytest.approx(0.666667, abs=5e-7)
    assert found.geometric_mean == pytest.approx(0.646330, abs=5e-7)
    assert found.macro_f1 == pytest.approx(0.658333, abs=5e-7)
    assert found.worst_class == 0.5
    assert (found.support, found.correct, found.predicted) == ((100,) * 3, (90, 60, 50), (140, 100, 60))


def test_rows_are_truth_and_a_class_never_predicted_has_no_precision() -> None:
    truth, cat_always = np.array([0] * 90 + [1] * 10), np.zeros(100, np.int64)
    confusion = confusion_matrix(truth, cat_always, 2)
    assert confusion.tolist() == [[90, 0], [10, 0]]
    found = summarise(confusion, [9, 1])
    assert found.recall == (1.0, 0.0)
    assert found.precision == (0.9, None)


def test_a_class_absent_from_test_is_left_out_of_means() -> None:
    found = summarise(np.array([[0, 0, 0], [0, 8, 2], [0, 1, 4]]), [50, 10, 1])
    assert found.recall == (None, 0.8, 0.8)
    assert found.balanced_accuracy == pytest.approx(0.8)
    assert found.worst_class == pytest.approx(0.8)
    assert found.geometric_mean == pytest.approx(0.8)
    assert found.groups.head is None
    assert found.groups.tail == pytest.approx(0.8)


def test_nothing_to_test_on() -> None:
    found = summarise(np.zeros((2, 2), np.int64), [5, 5])
    assert found.accuracy is None
    assert found.balanced_accuracy is None
    assert found.geometric_mean is None
    assert found.worst_class is None
    assert found.macro_f1 is None


def test_ranks_of_ten_classes_are_3_4_3_and_follow_counts() -> None:
    counts = [50, 83, 139, 232, 387, 645, 1077, 1796, 2997, 5000]
    head, medium, tail = (group.tolist() for group in rank_groups(counts))
    assert (head, medium, tail) == ([9, 8, 7], [6, 5, 4, 3], [2, 1, 0])


@pytest.mark.parametrize(
    ("classes", "sizes"),
    [(2, (1, 0, 1)), (3, (1, 1, 1)), (4, (1, 2, 1)), (5, (2, 1, 2)), (100, (30, 40, 30))],
)
def test_group_sizes(classes: int, sizes: tuple[int, int, int]) -> None:
    groups = rank_groups(range(classes, 0, -1))
    assert tuple(len(group) for group in groups) == sizes
    assert np.concatenate(groups).tolist() == list(range(classes))


@pytest.mark.parametrize("counts", [[7], [7, 7], [7] * 10])
def test_equal_counts_have_no_head_and_no_tail(counts: list[int]) -> None:
    assert [len(group) for group in rank_groups(counts)] == [0, 0, 0]
    groups = summarise(np.eye(len(counts), dtype=np.int64), counts).groups
    assert (groups.head, groups.medium, groups.tail) == (None, None, None)


@pytest.mark.parametrize(
    ("counts", "names"),
    [
        ([5000] * 5 + [50] * 5, "hhhhhttttt"),
        ([50, 5000] * 5, "thththththth"[:10]),
        ([9, 9, 9, 9, 8, 7, 6, 5, 4, 3], "hhhhmmmttt"),
        ([9, 9, 8, 8, 8, 7, 6, 5, 4, 3], "hhmmmmmttt"),
        ([9, 8, 7, 6, 5, 4, 3, 3, 2, 1], "hhhmmmtttt"),
        ([9] + [5] * 8 + [1], "hmmmmmmmmt"),
        ([9] + [5] * 9, "httttttttt"),
        ([9] * 9 + [1], "hhhhhhhhht"),
        ([9, 5, 5, 5, 1], "hmmmt"),
    ],
)
def test_equal_counts_stay_together(counts: list[int], names: str) -> None:
    groups = rank_groups(counts)
    found = {index: name for name, group in zip("hmt", groups, strict=True) for index in group.tolist()}
    assert "".join(found[index] for index in range(len(counts))) == names


@given(st.lists(st.integers(1, 12), min_size=1, max_size=30))
def test_groups_fall_by_count_and_never_cut_through_it(counts: list[int]) -> None:
    """By sets of counts: they are disjoint, in order, whole; distinct counts keep the plain ranks."""
    head, medium, tail = (group.tolist() for group in rank_groups(counts))
    if len(set(counts)) == 1:
        assert (head, medium, tail) == ([], [], [])
        return
    assert sorted(head + medium + tail) == list(range(len(counts)))
    held = [{counts[index] for index in group} for group in (head, medium, tail)]
    flat = [level for levels in held for level in sorted(levels, reverse=True)]
    assert flat == sorted(set(counts), reverse=True)
    assert max(counts) in held[0]
    assert min(counts) in held[2]
    if len(set(counts)) == len(counts):
        assert len(head) == len(tail) == (3 * len(counts) + 5) // 10


def test_shot_groups_by_training_count() -> None:
    recalls = [0.9, 0.7, 0.5, 0.3, 0.1]
    confusion = np.array([[round(100 * r) if c == k else 0 for c in range(5)] for k, r in enumerate(recalls)])
    confusion[:, 0] += 100 - confusion.sum(axis=1)
    groups = summarise(confusion, [500, 101, 100, 20, 19]).groups
    assert groups.many_shot == pytest.approx((1.0 + 0.7) / 2)
    assert groups.medium_shot == pytest.approx(0.4)
    assert groups.few_shot == pytest.approx(0.1)


def test_empty_groups_are_none() -> None:
    groups = summarise(np.eye(3, dtype=np.int64) * 5, [500, 400, 300]).groups
    assert (groups.medium_shot, groups.few_shot) == (None, None)
    assert groups.many_shot == 1.0
    assert summarise(np.array([[4]]), [5]).groups.head is None


def test_a_thousand_classes_do_not_underflow() -> None:
    confusion = np.eye(1000, dtype=np.int64)
    confusion[:, 0] += 1
    assert summarise(confusion, list(range(1000))).geometric_mean == pytest.approx(0.5, abs=1e-3)
