"""The losses of the tasks by formula, what outputs say, and the best answer for all images."""

import math

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from trainer.transfer.tasks.objectives import CROSS_ENTROPY, DIRECTION, PIXEL_CROSS_ENTROPY, squared_error

PLACEMENT = squared_error(centre=(0.0, 1.0), scale=(2.0, 4.0))
logits = st.floats(-20, 20)


def of_numpy(values: NDArray[np.floating] | NDArray[np.int64]) -> torch.Tensor:
    return torch.from_numpy(values)


def test_squared_error_by_hand() -> None:
    """Outputs 1 and 2 say 2 and 9; the targets are 4 and 1, in units of the outputs 2 and 0."""
    outputs, targets = np.array([[1.0, 2.0]], np.float32), np.array([[4.0, 1.0]], np.float32)
    assert PLACEMENT.predict(outputs).tolist() == [[2, 9]]
    assert PLACEMENT.per_image(of_numpy(outputs), of_numpy(targets)).tolist() == [(1 + 4) / 2]
    assert DIRECTION.per_image(of_numpy(outputs), of_numpy(targets)).tolist() == [(9 + 1) / 2]


@given(st.lists(st.floats(-9, 9), min_size=16, max_size=16))
def test_what_is_predicted_right_costs_nothing(values: list[float]) -> None:
    """Also of maps, channel by channel."""
    outputs = np.reshape(values, (2, 2, 2, 2)).astype(np.float32)
    loss = PLACEMENT.per_image(of_numpy(outputs), of_numpy(PLACEMENT.predict(outputs)))
    assert loss.shape == (2,)
    assert loss.max() < 1e-9


def test_angles_a_turn_apart_are_the_same() -> None:
    """The square of a chord is 2 - 2 cos of the angle; the mean is over the two numbers."""
    for angle in (0.0, 0.5, math.pi, 2 * math.pi):
        ends = [
            torch.tensor([[math.cos(end), math.sin(end)]], dtype=torch.double) for end in (1.0, 1.0 + angle)
        ]
        assert DIRECTION.per_image(*ends).item() == pytest.approx(1 - math.cos(angle), abs=1e-12)


@given(st.lists(st.tuples(logits, logits, logits, st.integers(0, 2)), min_size=1, max_size=5))
def test_cross_entropy_by_formula(rows: list[tuple[float, float, float, int]]) -> None:
    outputs = np.array([row[:3] for row in rows])
    targets = np.array([row[3] for row in rows])
    expected = [math.log(sum(math.exp(other) for other in row[:3])) - row[row[3]] for row in rows]
    found = CROSS_ENTROPY.per_image(of_numpy(outputs), of_numpy(targets))
    assert found.tolist() == pytest.approx(expected, abs=1e-9)
    picked = np.take_along_axis(outputs, CROSS_ENTROPY.predict(outputs)[:, None], 1)
    assert np.array_equal(picked[:, 0], outputs.max(1))


@given(st.lists(st.tuples(logits, st.integers(0, 1)), min_size=8, max_size=8))
def test_cross_entropy_of_pixels_by_formula(pixels: list[tuple[float, int]]) -> None:
    outputs = np.array([output for output, _ in pixels]).reshape(2, 1, 2, 2)
    targets = np.array([target for _, target in pixels], float).reshape(2, 1, 2, 2)
    costs = np.array([math.log(1 + math.exp(-output if target else output)) for output, target in pixels])
    found = PIXEL_CROSS_ENTROPY.per_image(of_numpy(outputs), of_numpy(targets))
    assert found.tolist() == pytest.approx(costs.reshape(2, 4).mean(1).tolist(), abs=1e-9)
    shares = [1 / (1 + math.exp(-output)) for output, _ in pixels]
    assert PIXEL_CROSS_ENTROPY.predict(outputs).ravel().tolist() == pytest.approx(shares)


def test_a_certain_pixel_overflows_nothing() -> None:
    assert PIXEL_CROSS_ENTROPY.predict(np.array([-1e4, 0, 1e4], np.float32)).tolist() == [0, 0.5, 1]


@settings(deadline=None)
@given(st.lists(st.floats(-9, 9), min_size=6, max_size=6), st.floats(-1, 1), st.floats(-1, 1))
def test_no_other_constant_costs_less(values: list[float], right: float, down: float) -> None:
    targets = np.reshape(values, (3, 2)).astype(np.float32)
    best = PLACEMENT.constant(targets)
    costs = []
    for answer in (best, best + np.array([[right, down]], np.float32)):
        outputs = np.repeat((answer - [0.0, 1.0]) / [2.0, 4.0], 3, axis=0)
        costs.append(PLACEMENT.per_image(of_numpy(outputs), of_numpy(targets)).mean().item())
    assert costs[0] <= costs[1] + 1e-6


@given(st.lists(st.integers(0, 3), min_size=1, max_size=30))
def test_the_best_class_for_all_is_right_most_often(labels: list[int]) -> None:
    [constant] = CROSS_ENTROPY.constant(np.array(labels))
    assert labels.count(constant) == max(map(labels.count, labels))


@given(st.lists(st.booleans(), min_size=5, max_size=5), st.floats(0.01, 0.99))
def test_the_best_probability_is_the_share(so: list[bool], other: float) -> None:
    targets = np.array(so, np.float32).reshape(5, 1, 1, 1)
    share = PIXEL_CROSS_ENTROPY.constant(targets).item()
    costs = [
        np.mean([-math.log(max(p if one else 1 - p, 1e-12)) for one in so]) for p in (float(share), other)
    ]
    assert costs[0] <= costs[1] + 1e-6
