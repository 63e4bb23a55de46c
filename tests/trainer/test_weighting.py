"""Which weights a loss configuration means, and the advice where they cannot matter."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.toolbox_cases import toolbox_case
from trainer.class_balance import class_balanced_weights
from trainer.config import LossConfig
from trainer.config_sections import Reduction
from trainer.errors import ConfigError
from trainer.weighting import applied_weights, class_weights, mean_weight, weighting_advice
from trainer.weighting_words import WEIGHTINGS

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


def weights_of(counts: list[int], **loss: object) -> tuple[float, ...]:
    found = class_weights(counts, LossConfig.model_validate(loss))
    assert found is not None
    return found


@pytest.mark.parametrize("counts", ["counts_100_10_1", "cifar10_lt_100", "shapes10_100"])
@pytest.mark.parametrize("weighting", ["inverse_frequency", "inverse_sqrt"])
def test_inverse_weights_are_the_golden_ones(weighting: str, counts: str) -> None:
    known = toolbox_case(f"weights_{weighting}_{counts}")
    assert weights_of(known["input"]["counts"], weighting=weighting) == pytest.approx(
        known["expected"], rel=1e-9
    )


@pytest.mark.parametrize("counts", ["counts_100_10_1", "cifar10_lt_100", "shapes10_100"])
@pytest.mark.parametrize("beta", [0.9, 0.99, 0.997, 0.999, 0.9999])
def test_class_balanced_weights_are_the_golden_ones(beta: float, counts: str) -> None:
    known = toolbox_case(f"weights_effective_number_{counts}_beta_{beta}")
    found = weights_of(known["input"]["counts"], weighting="class_balanced", beta=beta)
    assert found == pytest.approx(known["expected"], rel=1e-9)


@pytest.mark.parametrize("power", [1.0, 0.5])
def test_weights_of_a_power_are_the_published_ones_on_the_scale_of_the_others(power: float) -> None:
    """Published with the smallest class at 1; here they sum to the number of classes."""
    known = toolbox_case(f"weights_cost_sensitive_power_{power}")
    found = weights_of(known["input"]["counts"], weighting="power", power=power)
    assert [weight / max(found) for weight in found] == pytest.approx(known["expected"], rel=1e-9)
    assert sum(found) == pytest.approx(10)


def test_powers_meet_the_other_weights() -> None:
    for power, other in ((1.0, "inverse_frequency"), (0.5, "inverse_sqrt")):
        by_power = weights_of(SHAPES10, weighting="power", power=power)
        assert by_power == pytest.approx(weights_of(SHAPES10, weighting=other))
    assert weights_of(SHAPES10, weighting="power", power=0.0) == pytest.approx((1,) * 10)


def test_the_mean_weight_of_a_training_image() -> None:
    known = toolbox_case("mean_weight_of_a_training_image")
    counts = known["input"]["counts"]
    assert [mean_weight(counts, balanced(beta)) for beta in known["input"]["betas"]] == pytest.approx(
        known["expected"], rel=1e-9
    )


def test_weights_by_hand_are_as_given_until_a_reduction_scales_them() -> None:
    by_hand = LossConfig(weighting="by_hand", class_weights=(1.0, 4.0))
    assert applied_weights([30, 10], by_hand) == (1, 4)
    assert mean_weight([30, 10], by_hand) == pytest.approx(1.75)
    scaled = applied_weights([30, 10], by_hand.model_copy(update={"reduction": "mean_one"}))
    assert scaled == pytest.approx((1 / 1.75, 4 / 1.75))


@pytest.mark.parametrize("given", [(), (1.0,), (1.0, 2.0, 3.0)])
def test_weights_by_hand_are_as_many_as_classes(given: tuple[float, ...]) -> None:
    with pytest.raises(ConfigError) as caught:
        class_weights([5, 5], LossConfig(weighting="by_hand", class_weights=given))
    [problem] = caught.value.fields
    assert problem.path == "loss.class_weights"
    assert problem.message == f"holds {len(given)} numbers, but the data set has 2 classes"


@pytest.mark.parametrize("weighting", ["class_balanced", "inverse_frequency", "inverse_sqrt", "power"])
def test_a_class_without_images_has_no_weight(weighting: str) -> None:
    with pytest.raises(ValueError, match="class 1 has 0 images"):
        weights_of([3, 0], weighting=weighting)


def test_only_the_chosen_weights_keep_their_numbers() -> None:
    """What has no effect is null, so that equal runs are equal."""
    given = {"power": 0.7, "class_weights": [1, 2], "beta": 0.9}
    kept = {
        weighting: LossConfig.model_validate({"weighting": weighting, **given}) for weighting in WEIGHTINGS
    }
    assert {name for name, loss in kept.items() if loss.power is not None} == {"power"}
    assert {name for name, loss in kept.items() if loss.class_weights is not None} == {"by_hand"}
    assert {name for name, loss in kept.items() if loss.beta is not None} == {"class_balanced"}


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
