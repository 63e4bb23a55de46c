"""Which weights a loss configuration means, and the advice where they cannot matter."""

import pytest

from trainer.config import LossConfig
from trainer.theory.class_balance import class_balanced_weights
from trainer.weighting import class_weights, weighting_advice


def balanced(beta: float) -> LossConfig:
    return LossConfig(weighting="class_balanced", beta=beta)


def test_no_weighting_has_no_weights() -> None:
    assert class_weights([120, 30], LossConfig()) is None


def test_class_balanced_focal_of_120_and_30_images() -> None:
    loss = LossConfig(name="focal", gamma=2.0, weighting="class_balanced", beta=0.999)
    assert class_weights([120, 30], loss) == pytest.approx((0.4144, 1.5856), abs=5e-5)


def test_inverse_frequency() -> None:
    assert class_weights([300, 100], LossConfig(weighting="inverse_frequency")) == pytest.approx((0.5, 1.5))


def test_weights_follow_class_order_whatever_the_ranks() -> None:
    counts = [10, 1000, 100]
    assert class_weights(counts, balanced(0.99)) == tuple(class_balanced_weights(counts, 0.99))


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
