"""The measures against other libraries, numbers worked out by hand, and complex numbers."""

import cmath

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sklearn.metrics import accuracy_score, jaccard_score, mean_absolute_error, root_mean_squared_error

from trainer.transfer.tasks.measures import (
    ACCURACY,
    MEAN_ANGLE,
    OVERLAP,
    mean_absolute,
    mean_length,
    root_mean_square,
)

numbers = st.lists(st.floats(-100, 100), min_size=12, max_size=12).map(lambda row: np.reshape(row, (4, 3)))


@given(numbers, numbers)
def test_errors_by_another_library(one: np.ndarray, other: np.ndarray) -> None:
    assert mean_absolute("").of(one, other) == pytest.approx(mean_absolute_error(other, one))
    assert root_mean_square("").of(one, other) == pytest.approx(
        root_mean_squared_error(other.ravel(), one.ravel())
    )


def test_the_length_of_an_error_by_hand() -> None:
    predictions, targets = np.array([[3.0, 0.0], [1.0, 1.0]]), np.array([[0.0, 4.0], [1.0, 1.0]])
    assert mean_length("").of(predictions, targets) == 2.5


@given(st.lists(st.tuples(*[st.floats(-3, 3)] * 2, st.floats(0.1, 9)), min_size=1, max_size=5))
def test_angles_by_complex_numbers(pairs: list[tuple[float, float, float]]) -> None:
    ones = [cmath.rect(length, angle) for angle, _, length in pairs]
    others = [cmath.rect(1, angle) for _, angle, _ in pairs]
    expected = [abs(np.degrees(cmath.phase(one / other))) for one, other in zip(ones, others, strict=True)]
    vectors = [np.array([[z.real, z.imag] for z in side]) for side in (ones, others)]
    assert MEAN_ANGLE.of(*vectors) == pytest.approx(np.mean(expected), abs=1e-6)
    maps = [np.stack([side, side], axis=2)[..., None] for side in vectors]
    assert MEAN_ANGLE.of(*maps) == pytest.approx(np.mean(expected), abs=1e-6)


def test_no_direction() -> None:
    up = np.array([[0.0, 1.0]])
    assert MEAN_ANGLE.of(0 * up, up) == 90
    assert MEAN_ANGLE.of(np.array([[1.0, 0.0], [0.0, -2.0]]), np.array([[0.0, 0.0], [0.0, 1.0]])) == 180


@given(st.lists(st.tuples(st.integers(0, 1), st.floats(0, 1)), min_size=8, max_size=8))
def test_overlap_by_another_library(pixels: list[tuple[int, float]]) -> None:
    targets = np.array([target for target, _ in pixels], np.float32).reshape(2, 1, 2, 2)
    predictions = np.array([share for _, share in pixels]).reshape(2, 1, 2, 2)
    expected = [
        jaccard_score(target.ravel() > 0.5, found.ravel() > 0.5, zero_division=1.0)
        for target, found in zip(targets, predictions, strict=True)
    ]
    assert OVERLAP.of(predictions, targets) == pytest.approx(np.mean(expected))


@given(st.lists(st.tuples(st.integers(0, 2), st.integers(0, 2)), min_size=1))
def test_accuracy_by_another_library(pairs: list[tuple[int, int]]) -> None:
    predictions, targets = np.array(pairs).T
    assert ACCURACY.of(predictions, targets) == pytest.approx(accuracy_score(targets, predictions))
