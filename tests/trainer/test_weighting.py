"""Which weights a loss configuration means, and the advice where they cannot matter."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from trainer.class_balance import class_balanced_weights
from trainer.config import LossConfig
from trainer.config_sections import Reduction
from trainer.weighting import applied_weights, class_weights, mean_weight, weighting_advice

SHAPES10 = [1000, 599, 359, 215, 129, 77, 46, 27, 16, 10]
"""Images by class at ratio 100."""


def balanced(beta: float, reduction: Reduction = "batch_mean") -> LossConfig:
    return LossConfig(weighting="class_balanced", beta=beta, reduction=reduction)


def test_no_weighting_has_no_weights() -> None:
    assert class_weights([120, 30], LossConfig()) is None


def test_class_balanced_focal_of_120_and_30_images() -> None:
    loss = LossConfig(name="focal", weighting="class_balanced", beta=0.999)
    assert class_weights([120, 30], loss) == pytest.approx((0.4144, 1.5856), abs=5e-5)


def test_inverse_frequency() -> None:
    assert class_weights([300, 100], LossConfig(weighting="inverse_frequency")) == pytest.approx((0.5, 1.5))


def test_weights_follow_class_order_whatever_the_ranks() -> None:
    counts = [10, 1000, 100]
    assert class_weights(counts, balanced(0.99)) == tuple(class_balanced_weights(counts, 0.99))


@given(st.lists(st.integers(1, 10**6), min_size=1, max_size=20), st.floats(0, 1, exclude_max=True))
def test_an_average_image_weighs_one_under_mean_one(counts: list[int], beta: float) -> None:
    """Over the images one by one; and the classes keep the proportions of the published weights."""
    published, applied = (
        np.array(applied_weights(counts, balanced(beta, word))) for word in ("batch_mean", "mean_one")
    )
    assert np.average(applied, weights=counts) == pytest.approx(1, rel=1e-12)
    assert applied / applied[0] == pytest.approx(published / published[0], rel=1e-12)
    assert mean_weight(counts, balanced(beta, "mean_one")) == 1
    mean = mean_weight(counts, balanced(beta))
    assert published == pytest.approx(mean * applied, rel=1e-12)
    assert mean <= 1 + 1e-12, "large classes have the small weights"


@pytest.mark.parametrize("reduction", ["batch_mean", "weighted_mean"])
def test_other_reductions_apply_the_published_weights(reduction: Reduction) -> None:
    loss = balanced(0.99, reduction)
    assert applied_weights(SHAPES10, loss) == class_weights(SHAPES10, loss)


@pytest.mark.parametrize(("beta", "mean"), [(0.9, 0.927), (0.99, 0.382), (0.997, 0.222), (0.9999, 0.162)])
def test_mean_weight_of_a_long_tail(beta: float, mean: float) -> None:
    assert mean_weight(SHAPES10, balanced(beta)) == pytest.approx(mean, abs=6e-4)


def test_mean_weight_is_one_where_no_weight_scales_the_loss() -> None:
    assert mean_weight(SHAPES10, LossConfig()) == 1
    assert mean_weight(SHAPES10, balanced(0.997, "weighted_mean")) == 1
    assert mean_weight([300, 100], LossConfig(weighting="inverse_frequency")) == pytest.approx(0.75)


def test_a_class_without_images_is_named() -> None:
    with pytest.raises(ValueError, match="class 1 has 0 images"):
        class_weights([5, 0], balanced(0.9))


@pytest.mark.parametrize(("beta", "useless"), [(0.0, True), (0.9, True), (0.99, False), (0.999, False)])
def test_advice_where_beta_cannot_matter(beta: float, useless: bool) -> None:
    advice = weighting_advice([8000, 400], balanced(beta))
    assert (advice is not None) == useless
    if advice:
        assert "no effect for these counts" in advice


def test_advice_for_counts_that_are_alike_blames_no_beta() -> None:
    advice = weighting_advice([1000, 1005], balanced(0.9999999))
    assert advice is not None
    assert advice.startswith("beta 0.9999999 has no effect for these counts: they are alike")
    assert "closer to 1" not in advice


@pytest.mark.parametrize("loss", [LossConfig(), LossConfig(weighting="inverse_frequency")])
def test_no_advice_without_a_beta(loss: LossConfig) -> None:
    assert weighting_advice([8000, 400], loss) is None


@pytest.mark.parametrize("counts", [[5], [7, 7, 7]])
def test_no_advice_where_no_weighting_could_matter(counts: list[int]) -> None:
    assert weighting_advice(counts, balanced(0.9)) is None


@given(st.lists(st.integers(1, 5000), min_size=2, max_size=10), st.floats(0, 0.9999))
def test_what_is_drawn_decides_what_an_average_image_weighs(counts: list[int], beta: float) -> None:
    """Classes alike: weights sum to their number, so the mean is 1. Images alike: as without shares."""
    alike, images = [1 / len(counts)] * len(counts), [n / sum(counts) for n in counts]
    published, one = balanced(beta), balanced(beta, "mean_one")
    assert mean_weight(counts, published, alike) == pytest.approx(1)
    assert mean_weight(counts, published, images) == pytest.approx(mean_weight(counts, published))
    for shares in (alike, images):
        applied = applied_weights(counts, one, shares)
        assert applied is not None
        assert sum(p * w for p, w in zip(shares, applied, strict=True)) == pytest.approx(1)
