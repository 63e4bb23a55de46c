"""Effective numbers and class weights: published golden values, limits, and exact rational arithmetic."""

from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from trainer.class_balance import class_balanced_weights, effective_numbers, inverse_frequency_weights

CIFAR10_RATIO_100 = [5000, 2997, 1796, 1077, 645, 387, 232, 139, 83, 50]

counts_lists = st.lists(st.integers(1, 10_000), min_size=1, max_size=40)
betas = st.floats(0, 1)


@pytest.mark.parametrize(
    ("beta", "expected"),
    [
        (0.9999, [49.8777, 487.7295, 3934.8450]),
        (0.999, [48.7944, 393.6211, 993.2789]),
        (0.99, [39.4994, 99.3430, 100.0000]),
    ],
)
def test_effective_numbers_of_50_500_and_5000_images(beta: float, expected: list[float]) -> None:
    assert effective_numbers([50, 500, 5000], beta) == pytest.approx(expected, abs=5e-5)


@pytest.mark.parametrize(
    ("beta", "expected"),
    [
        (0.997, [0.429368, 0.429420, 0.431323, 0.446944, 0.501601,
                 0.624650, 0.855407, 1.257697, 1.945378, 3.078212]),
        (0.9999, [0.050611, 0.076900, 0.121134, 0.195037, 0.318805,
                  0.524590, 0.868349, 1.442627, 2.409223, 3.992724]),
    ],
)  # fmt: skip
def test_weights_of_cifar10_at_ratio_100(beta: float, expected: list[float]) -> None:
    assert class_balanced_weights(CIFAR10_RATIO_100, beta) == pytest.approx(expected, abs=5e-7)


@pytest.mark.parametrize(
    ("beta", "expected"),
    [
        (0, [1, 1]),
        (0.9, [1, 1]),
        (0.99, [0.9909, 1.0091]),
        (0.999, [0.4962, 1.5038]),
        (0.9999, [0.1329, 1.8671]),
        (1, [0.0952, 1.9048]),
    ],
)
def test_beta_from_uniform_to_inverse_frequency(beta: float, expected: list[float]) -> None:
    assert class_balanced_weights([8000, 400], beta) == pytest.approx(expected, abs=5e-5)


@given(st.integers(1, 400), st.integers(1, 10**12))
def test_effective_number_against_exact_fractions(n: int, volume: int) -> None:
    beta = 1 - 1 / volume
    exact = (1 - Fraction(beta) ** n) / (1 - Fraction(beta)) if beta < 1 else Fraction(n)
    assert effective_numbers([n], beta)[0] == pytest.approx(float(exact), rel=1e-12)


@given(counts_lists, betas)
def test_weights_are_positive_sum_to_classes_and_favour_small_ones(counts: list[int], beta: float) -> None:
    weights = class_balanced_weights(counts, beta)
    assert weights.dtype == np.float64
    assert np.isfinite(weights).all()
    assert (weights > 0).all()
    assert weights.sum() == pytest.approx(len(counts))
    by_count = weights[np.argsort(counts, kind="stable")]
    assert (np.diff(by_count) <= 1e-12 * by_count[0]).all()


@given(counts_lists)
def test_beta_one_is_inverse_frequency_and_the_limit_of_beta(counts: list[int]) -> None:
    inverse = inverse_frequency_weights(counts)
    assert inverse * np.array(counts) == pytest.approx(np.full(len(counts), inverse[0] * counts[0]))
    assert class_balanced_weights(counts, 1 - 1e-12) == pytest.approx(inverse, rel=1e-6)


def test_a_thousand_classes() -> None:
    assert class_balanced_weights(list(range(1, 1001)), 0.9999).sum() == pytest.approx(1000)


@pytest.mark.parametrize("beta", [-0.1, 1.2, float("nan"), float("inf")])
def test_beta_outside_0_to_1_is_refused(beta: float) -> None:
    with pytest.raises(ValueError, match="between 0 and 1"):
        effective_numbers([10], beta)


@pytest.mark.parametrize("beta", [0, 0.999, 1])
def test_a_class_without_images_is_named(beta: float) -> None:
    with pytest.raises(ValueError, match="class 2 has 0 images"):
        class_balanced_weights([120, 30, 0], beta)


def test_no_classes_are_refused() -> None:
    with pytest.raises(ValueError, match="at least one"):
        class_balanced_weights([], 0.9)
