"""Losses against golden values and torch, and their gradients where naive forms break."""

import math

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import Tensor
from torch.nn import functional as F

from tests.toolbox_cases import toolbox_case
from tests.trainer.losses.made import criterion_of
from trainer.config import LossConfig
from trainer.losses.criterion import Criterion
from trainer.losses.cross_entropy import cross_entropy
from trainer.losses.focal import focal_sigmoid, focal_softmax
from trainer.mixing import MixedLabels
from trainer.weighting import applied_weights, mean_weight

THREE_LOGITS = torch.tensor([[2.0, -1.0, 0.5]])
CLASS_0 = torch.tensor([0])


def logits_with_probability(p: float) -> Tensor:
    """Two logits whose softmax gives class 0 the probability p."""
    return torch.tensor([[math.log(p / (1 - p)), 0.0]], dtype=torch.float64)


@pytest.mark.parametrize(
    ("gamma", "expected"),
    [
        (0.0, (0.105361, 0.693147, 2.302585)),
        (1.0, (0.010536, 0.346574, 2.072327)),
        (1.5, (0.003332, 0.245065, 1.965982)),
        (2.0, (0.001054, 0.173287, 1.865094)),
    ],
)
def test_softmax_focal_at_p_of_9_5_and_1_tenth(gamma: float, expected: tuple[float, ...]) -> None:
    for p, value in zip((0.9, 0.5, 0.1), expected, strict=True):
        assert focal_softmax(logits_with_probability(p), CLASS_0, gamma).item() == pytest.approx(
            value, abs=1e-6
        )


@pytest.mark.parametrize(("gamma", "softmax", "sigmoid"), [
    (0.0, 0.241311, 1.414267), (1.0, 0.051738, 0.705703), (2.0, 0.011093, 0.401873),
])  # fmt: skip
def test_golden_values_of_three_logits(gamma: float, softmax: float, sigmoid: float) -> None:
    assert focal_softmax(THREE_LOGITS, CLASS_0, gamma).item() == pytest.approx(softmax, abs=1e-6)
    assert focal_sigmoid(THREE_LOGITS, CLASS_0, gamma).item() == pytest.approx(sigmoid, abs=1e-6)


@st.composite
def batches(draw: st.DrawFn) -> tuple[Tensor, Tensor]:
    """Float64 logits [N, C] within +-30 and labels [N]."""
    size, classes = draw(st.integers(1, 6)), draw(st.integers(1, 6))
    row = st.lists(st.floats(-30, 30), min_size=classes, max_size=classes)
    logits = draw(st.lists(row, min_size=size, max_size=size))
    labels = draw(st.lists(st.integers(0, classes - 1), min_size=size, max_size=size))
    return torch.tensor(logits, dtype=torch.float64), torch.tensor(labels)


@given(batches())
@settings(deadline=None)
def test_gamma_zero_is_cross_entropy(batch: tuple[Tensor, Tensor]) -> None:
    logits, labels = batch
    one_hot = F.one_hot(labels, logits.shape[1]).double()
    summed = F.binary_cross_entropy_with_logits(logits, one_hot, reduction="none").sum(dim=1)
    torch.testing.assert_close(
        focal_softmax(logits, labels, 0.0), F.cross_entropy(logits, labels, reduction="none")
    )
    torch.testing.assert_close(focal_sigmoid(logits, labels, 0.0), summed)


@given(batches(), st.floats(0, 5))
@settings(deadline=None)
def test_focal_against_its_definition(batch: tuple[Tensor, Tensor], gamma: float) -> None:
    logits, labels = batch
    one_hot = F.one_hot(labels, logits.shape[1]).bool()
    softmax = logits.softmax(dim=1)
    rest = softmax.masked_fill(one_hot, 0).sum(dim=1)
    log_p = logits.log_softmax(dim=1)[one_hot]
    torch.testing.assert_close(focal_softmax(logits, labels, gamma), -(rest**gamma) * log_p)
    right = torch.where(one_hot, logits.sigmoid(), (-logits).sigmoid())
    wrong = torch.where(one_hot, (-logits).sigmoid(), logits.sigmoid())
    torch.testing.assert_close(focal_sigmoid(logits, labels, gamma), -(wrong**gamma * right.log()).sum(dim=1))


@pytest.mark.parametrize("focal", [focal_softmax, focal_sigmoid])
@pytest.mark.parametrize("gamma", [0.0, 0.3, 0.5, 1.0, 1.5, 2.0, 20.0])
@pytest.mark.parametrize("scale", [0.0, 20.0, 200.0, 3e4])
def test_gradients_are_finite_at_certainty_both_ways(focal: object, gamma: float, scale: float) -> None:
    assert callable(focal)
    logits = torch.tensor([[scale, -scale, 0.0], [-scale, scale, 0.0]], requires_grad=True)
    losses = focal(logits, torch.tensor([0, 0]), gamma)
    losses.sum().backward()
    assert torch.isfinite(losses).all()
    assert logits.grad is not None
    assert torch.isfinite(logits.grad).all()


@pytest.mark.parametrize("gamma", [0.5, 1.0, 2.0])
def test_the_worst_mistakes_keep_their_loss(gamma: float) -> None:
    """A modulator that overflows in float32 would be 0 there, and the loss with it."""
    certain_and_wrong = torch.tensor([[-200.0, 200.0]])
    assert focal_softmax(certain_and_wrong, CLASS_0, gamma).item() == pytest.approx(400)
    assert focal_sigmoid(certain_and_wrong, CLASS_0, gamma).item() == pytest.approx(400)


@pytest.mark.parametrize("focal", [focal_softmax, focal_sigmoid])
def test_gradient_against_finite_differences(focal: object) -> None:
    assert callable(focal)
    logits = torch.tensor([[1.5, -0.5, 0.2], [0.1, 2.0, -1.0]], dtype=torch.float64, requires_grad=True)
    labels = torch.tensor([0, 2])
    assert torch.autograd.gradcheck(lambda z: focal(z, labels, 0.7), (logits,))


def test_one_class_has_no_softmax_loss() -> None:
    logits = torch.tensor([[3.0]], requires_grad=True)
    loss = focal_softmax(logits, CLASS_0, 1.5).sum() + cross_entropy(logits, CLASS_0).sum()
    (gradient,) = torch.autograd.grad(loss, logits)
    assert (loss.item(), gradient.item()) == (0, 0)


def test_loss_at_the_start_of_training() -> None:
    """Ten classes: log 10 for softmax; for sigmoids 10 log 2 at bias 0, far less at bias -log 9."""
    labels = torch.tensor([4])
    assert cross_entropy(torch.zeros(1, 10), labels).item() == pytest.approx(2.303, abs=1e-3)
    assert focal_sigmoid(torch.zeros(1, 10), labels, 0.0).item() == pytest.approx(6.931, abs=1e-3)
    assert focal_sigmoid(torch.full((1, 10), -math.log(9)), labels, 0.0).item() == pytest.approx(
        3.251, abs=1e-3
    )


TWO_IMAGES = torch.tensor([[2.0, 0.0, 0.0], [0.0, 1.0, 0.0]])
TWO_LABELS = torch.tensor([0, 2])
WEIGHTS = (1.0, 1.0, 8.0)


def weighted(reduction: str) -> LossConfig:
    return LossConfig.model_validate({"weighting": "inverse_frequency", "reduction": reduction})


@pytest.mark.parametrize(
    ("reduction", "both", "second_alone"),
    [("weighted_mean", 1.4057, 1.5514), ("batch_mean", 6.3256, 12.4116)],
)
def test_reductions_say_what_they_divide_by(reduction: str, both: float, second_alone: float) -> None:
    criterion = criterion_of(weighted(reduction), WEIGHTS)
    assert criterion(TWO_IMAGES, TWO_LABELS).item() == pytest.approx(both, abs=5e-5)
    assert criterion(TWO_IMAGES[1:], TWO_LABELS[1:]).item() == pytest.approx(second_alone, abs=5e-5)


@given(batches())
@settings(deadline=None)
def test_weighted_mean_is_torchs_weighted_cross_entropy(batch: tuple[Tensor, Tensor]) -> None:
    logits, labels = batch[0].float(), batch[1]
    weights = torch.arange(1.0, logits.shape[1] + 1)
    ours = criterion_of(weighted("weighted_mean"), weights.tolist())(logits, labels)
    torch.testing.assert_close(ours, F.cross_entropy(logits, labels, weight=weights))


def test_mean_one_is_batch_mean_on_a_scale_of_its_own() -> None:
    """Its loss is that of the published weights over their mean; a short batch is divided by its own size."""
    counts, logits, labels = [8, 1, 1], TWO_IMAGES, TWO_LABELS
    one, published = weighted("mean_one"), weighted("batch_mean")
    for batch in (slice(None), slice(1)):
        ours = criterion_of(one, applied_weights(counts, one))(logits[batch], labels[batch])
        theirs = criterion_of(published, applied_weights(counts, published))(logits[batch], labels[batch])
        assert ours.item() == pytest.approx(theirs.item() / mean_weight(counts, published), rel=1e-6)


def test_a_certain_image_has_a_loss_of_exactly_zero() -> None:
    logits = torch.tensor([[40.0, 0.0]], requires_grad=True)
    loss = focal_softmax(logits, CLASS_0, 0.5)
    (gradient,) = torch.autograd.grad(loss.sum(), logits)
    assert loss.item() == 0
    assert torch.isfinite(gradient).all()


def test_the_weight_multiplies_the_finished_focal_loss() -> None:
    """Not a power of p_t: at p_t = 0.5 a weight of 4 makes exactly four times the loss."""
    focal = {"name": "focal", "gamma": 2.0, "weighting": "inverse_frequency"}
    logits = logits_with_probability(0.5).float()
    plain = criterion_of(LossConfig.model_validate(focal), (1.0, 1.0))(logits, CLASS_0)
    heavy = criterion_of(LossConfig.model_validate(focal), (4.0, 1.0))(logits, CLASS_0)
    assert heavy.item() == pytest.approx(4 * plain.item())


def test_weights_are_float32_and_move_with_the_criterion() -> None:
    criterion = criterion_of(weighted("batch_mean"), WEIGHTS)
    assert criterion.weights is not None
    assert criterion.weights.dtype == torch.float32
    assert "weights" in dict(criterion.named_buffers())
    assert not list(criterion.parameters())


def test_unweighted_is_the_plain_mean() -> None:
    assert criterion_of(LossConfig(), None)(TWO_IMAGES, TWO_LABELS).item() == pytest.approx(
        F.cross_entropy(TWO_IMAGES, TWO_LABELS).item()
    )


def test_bfloat16_logits_are_reduced_in_float32() -> None:
    loss = criterion_of(LossConfig(), None)(TWO_IMAGES.bfloat16(), TWO_LABELS)
    assert loss.dtype == torch.float32


def test_weights_apply_from_a_chosen_epoch_on() -> None:
    """Deferred re-weighting: after epoch 160 of 200, so 161 is the first that is weighted."""
    case = toolbox_case("drw_switch_200_at_160")
    first = case["input"]["at"] + 1
    plain, weights = criterion_of(LossConfig(), None), (0.5, 1.0, 1.5)
    loss = LossConfig(weighting="class_balanced", beta=0.9999, weights_from=first)
    deferred, weighted = criterion_of(loss, weights), Criterion(cross_entropy, weights, by_weight=False)
    logits, labels = torch.tensor([[2.0, -1.0, 0.5], [0.0, 1.0, 0.0]]), torch.tensor([0, 2])
    for epoch, kind in zip(case["input"]["ask"], case["expected"], strict=True):
        expected = weighted if kind == "class_balanced" else plain
        assert deferred.for_epoch(epoch)(logits, labels) == expected(logits, labels)
    assert plain(logits, labels) != weighted(logits, labels)


def mixed_case(name: str) -> tuple[Tensor, Tensor, MixedLabels, float]:
    """Logits, first labels, second labels with shares, and the golden loss."""
    case = toolbox_case(name)
    given = case["input"]
    others = MixedLabels(torch.tensor([given["label_j"]]), torch.tensor([given["lam"]]))
    return torch.tensor([given["logits"]]), torch.tensor([given["label_i"]]), others, case["expected"]


def test_golden_loss_of_mixed_labels() -> None:
    logits, labels, others, expected = mixed_case("mixup_loss")
    assert criterion_of(LossConfig(), None)(logits, labels, others).item() == pytest.approx(
        expected, rel=1e-6
    )


def test_each_of_two_labels_is_weighted_as_its_class() -> None:
    logits, labels, others, expected = mixed_case("mixup_weighted_loss_batch_mean")
    weights = toolbox_case("mixup_weighted_loss_batch_mean")["input"]["weights"]
    by_size = criterion_of(weighted("batch_mean"), weights)(logits, labels, others)
    assert by_size.item() == pytest.approx(expected, rel=1e-6)
    by_weight = criterion_of(weighted("weighted_mean"), weights)(logits, labels, others)
    weight = 0.3 * weights[0] + 0.7 * weights[2]
    assert by_weight.item() == pytest.approx(expected / weight, rel=1e-6)


@given(batches(), st.floats(0, 1), st.sampled_from(["batch_mean", "weighted_mean"]))
@settings(deadline=None)
def test_mixed_losses_are_torchs_of_probabilities(
    batch: tuple[Tensor, Tensor], share: float, reduction: str
) -> None:
    """With probability targets torch weights each class by its own weight, and divides by the batch size."""
    logits, labels = batch[0].float(), batch[1]
    others, classes = labels.flip(0), logits.shape[1]
    weights = torch.arange(1.0, classes + 1)
    targets = share * F.one_hot(labels, classes) + (1 - share) * F.one_hot(others, classes)
    expected = F.cross_entropy(logits, targets.float(), weight=weights)
    if reduction == "weighted_mean":
        expected = expected * len(labels) / (targets.float() @ weights).sum()
    mixed = MixedLabels(others, torch.full((len(labels),), share))
    ours = criterion_of(weighted(reduction), weights.tolist())(logits, labels, mixed)
    torch.testing.assert_close(ours, expected, rtol=1e-4, atol=1e-5)


@pytest.mark.parametrize("name", ["cross_entropy", "focal"])
@pytest.mark.parametrize("reduction", ["batch_mean", "weighted_mean"])
def test_a_share_of_1_or_0_is_the_plain_loss_of_one_label(name: str, reduction: str) -> None:
    loss = LossConfig.model_validate({"name": name, "weighting": "inverse_frequency", "reduction": reduction})
    criterion, others = criterion_of(loss, WEIGHTS), TWO_LABELS.flip(0)
    whole = criterion(TWO_IMAGES, TWO_LABELS, MixedLabels(others, torch.ones(2)))
    assert whole == criterion(TWO_IMAGES, TWO_LABELS)
    none = criterion(TWO_IMAGES, TWO_LABELS, MixedLabels(others, torch.zeros(2)))
    assert none == criterion(TWO_IMAGES, others)
