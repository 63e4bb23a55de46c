"""Each loss of the toolbox against golden values, its special cases, and its gradient."""

import math
from collections.abc import Callable, Mapping, Sequence
from functools import partial
from typing import Any

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import Tensor
from torch.nn import functional as F

from tests.toolbox_cases import toolbox_case
from tests.trainer.losses.made import criterion_of
from trainer.class_balance import class_balanced_weights
from trainer.config import LossConfig
from trainer.errors import ConfigError, DataError
from trainer.losses import LOSSES, numbers_by_class
from trainer.losses.cross_entropy import cross_entropy
from trainer.losses.label_aware import Shape, label_aware, smoothings
from trainer.losses.ldam import margins
from trainer.losses.vs import scaled_and_shifted

near = partial(pytest.approx, rel=1e-9, abs=1e-12)
PerImage = Callable[[Tensor, Tensor], Tensor]
BY_COUNTS = ("balanced_softmax", "logit_adjusted", "vs", "ldam", "label_aware_smoothing")


def double(numbers: Any) -> Tensor:
    return torch.tensor(numbers, dtype=torch.float64)


def loss_of(name: str, counts: Sequence[int], **fields: Any) -> PerImage:
    """The loss of an image as a run has it, its numbers by class in float64."""
    config = LossConfig.model_validate({"name": name, **fields})
    numbers = {key: double(value) for key, value in numbers_by_class(config, counts).items()}
    return partial(criterion_of(config, None, counts).per_image, **numbers)


def by_label(loss: PerImage, logits: Sequence[float]) -> list[float]:
    """The loss of these logits under each label."""
    found: list[float] = loss(double(logits).expand(len(logits), -1), torch.arange(len(logits))).tolist()
    return found


CASES = [
    *((f"logit_adjusted_loss_tau_{tau}", "logit_adjusted", {"tau": tau}) for tau in (0.5, 1.0, 1.5, 2.0)),
    *(
        (f"vs_loss_gamma_{gamma}_tau_{tau}", "vs", {"vs_gamma": gamma, "tau": tau})
        for gamma, tau in ((0.3, 1.0), (0.15, 1.25), (0.05, 0.75))
    ),
    *((f"cdt_gamma_{gamma}", "vs", {"vs_gamma": gamma, "tau": 0.0}) for gamma in (0.2, 0.3)),
    ("balanced_softmax", "balanced_softmax", {}),
]


@pytest.mark.parametrize(("case", "name", "fields"), CASES)
def test_losses_with_factors_and_offsets(case: str, name: str, fields: dict[str, float]) -> None:
    known = toolbox_case(case)
    loss = loss_of(name, known["input"]["counts"], **fields)
    assert by_label(loss, known["input"]["logits"]) == near(known["expected"])


def test_gradient_of_balanced_softmax() -> None:
    known = toolbox_case("balanced_softmax_gradient_label_2")
    logits = double([known["input"]["logits"]]).requires_grad_()
    loss = loss_of("balanced_softmax", known["input"]["counts"])(logits, torch.tensor([2])).sum()
    assert torch.autograd.grad(loss, logits)[0][0].tolist() == near(known["expected"])


@pytest.mark.parametrize("case", ["ldam_margins_counts_100_10_1", "ldam_margins_cifar10_lt_100"])
def test_margins(case: str) -> None:
    known = toolbox_case(case)
    assert margins(known["input"]["counts"], known["input"]["max_m"]) == near(known["expected"])


@pytest.mark.parametrize("label", [0, 1, 2])
def test_ldam_of_scaled_cosines(label: int) -> None:
    known = toolbox_case(f"ldam_loss_label_{label}")
    given = known["input"]
    loss = loss_of("ldam", given["counts"], max_margin=given["max_m"], scale=float(given["scale"]))
    scaled = [given["scale"] * cosine for cosine in given["cosines"]]
    assert by_label(loss, scaled)[label] == near(known["expected"])


def test_gradient_of_ldam_with_respect_to_cosines() -> None:
    known = toolbox_case("ldam_gradient_label_0")
    cosines = double([known["input"]["cosines"]]).requires_grad_()
    loss = loss_of("ldam", known["input"]["counts"])(30 * cosines, torch.tensor([0])).sum()
    assert torch.autograd.grad(loss, cosines)[0][0].tolist() == near(known["expected"])


def test_ldam_by_class_balanced_weights_as_published() -> None:
    """The second stage of LDAM-DRW, under the reduction of the published code."""
    known = toolbox_case("ldam_drw_second_stage_weighted_mean")
    given = known["input"]
    weights = class_balanced_weights(given["counts"], given["beta"]).tolist()
    config = LossConfig.model_validate(
        {"name": "ldam", "weighting": "class_balanced", "beta": given["beta"], "reduction": "weighted_mean"}
    )
    logits = 30 * torch.tensor(given["cosines"])
    loss = criterion_of(config, weights, given["counts"])(logits, torch.tensor(given["labels"]))
    assert loss.item() == pytest.approx(known["expected"], rel=1e-5)


@pytest.mark.parametrize(
    ("case", "reduction"),
    [
        ("label_smoothing_weighted_torch", "weighted_mean"),
        ("label_smoothing_weighted_per_image_batch_mean", "batch_mean"),
        ("label_smoothing_unweighted", None),
    ],
)
def test_label_smoothing_under_each_reduction(case: str, reduction: str | None) -> None:
    known = toolbox_case(case)
    given = known["input"]
    weighted = {"weighting": "inverse_frequency", "reduction": reduction} if reduction else {}
    config = LossConfig.model_validate({"label_smoothing": given["epsilon"], **weighted})
    criterion = criterion_of(config, given.get("weights"))
    loss = criterion(torch.tensor(given["logits"]), torch.tensor(given["labels"]))
    assert loss.item() == pytest.approx(known["expected"], rel=1e-5)


def test_smoothing_is_not_weighted_before_the_weights_are() -> None:
    given = toolbox_case("label_smoothing_weighted_torch")["input"]
    logits, labels = torch.tensor(given["logits"]), torch.tensor(given["labels"])
    late = {"label_smoothing": 0.1, "weighting": "inverse_frequency", "reduction": "weighted_mean",
            "weights_from": 2}  # fmt: skip
    criterion = criterion_of(LossConfig.model_validate(late), given["weights"])
    plain = toolbox_case("label_smoothing_unweighted")["expected"]
    weighted = toolbox_case("label_smoothing_weighted_torch")["expected"]
    assert criterion.for_epoch(1)(logits, labels).item() == pytest.approx(plain, rel=1e-5)
    assert criterion.for_epoch(2)(logits, labels).item() == pytest.approx(weighted, rel=1e-5)


@pytest.mark.parametrize("shape", ["concave", "linear", "convex"])
def test_smoothings_by_class(shape: Shape) -> None:
    known = toolbox_case("label_aware_smoothing_epsilons")
    given = known["input"]
    found = smoothings(given["counts"], given["head"], given["tail"], shape)
    assert found == near(known["expected"][shape])


def test_label_aware_smoothing() -> None:
    known = toolbox_case("label_aware_smoothing_loss")
    loss = partial(label_aware, smoothings=double(known["input"]["epsilons"]))
    assert by_label(loss, known["input"]["logits"]) == near(known["expected"])


def test_extreme_logits_are_exact() -> None:
    known = toolbox_case("extreme_logits_cross_entropy")
    for row, expected in zip(known["input"]["logits"], known["expected"], strict=True):
        assert by_label(cross_entropy, row) == near(expected)


rows = st.lists(st.floats(-30, 30), min_size=3, max_size=3)
sizes = st.lists(st.integers(1, 10_000), min_size=3, max_size=3)


@given(rows, sizes)
@settings(deadline=None)
def test_special_cases_of_vs(logits: list[float], counts: list[int]) -> None:
    balanced = by_label(loss_of("balanced_softmax", counts), logits)
    plain = by_label(loss_of("cross_entropy", counts), logits)
    for tau, wanted in ((1.0, balanced), (0.0, plain)):
        adjusted = by_label(loss_of("logit_adjusted", counts, tau=tau), logits)
        scaled = by_label(loss_of("vs", counts, vs_gamma=0.0, tau=tau), logits)
        assert adjusted == near(wanted)
        assert scaled == near(wanted)


@given(rows, st.integers(1, 10_000))
@settings(deadline=None)
def test_equal_counts_leave_cross_entropy(logits: list[float], count: int) -> None:
    """LDAM's one margin stays: it is cross-entropy where that is 0."""
    counts = [count] * 3
    plain = by_label(loss_of("cross_entropy", counts), logits)
    for name, fields in (("balanced_softmax", {}), ("logit_adjusted", {"tau": 1.7}),
                         ("vs", {"vs_gamma": 0.4, "tau": 1.3}), ("ldam", {"max_margin": 0.0})):  # fmt: skip
        assert by_label(loss_of(name, counts, **fields), logits) == near(plain)


@given(rows, sizes, st.floats(0, 0.9))
@settings(deadline=None)
def test_equal_smoothings_are_label_smoothing(logits: list[float], counts: list[int], share: float) -> None:
    fixed = label_aware(double([logits] * 3), torch.arange(3), double([share] * 3)).tolist()
    smoothed = partial(F.cross_entropy, reduction="none", label_smoothing=share)
    assert fixed == near(by_label(smoothed, logits))
    own = by_label(loss_of("balanced_softmax", counts, label_smoothing=share), logits)
    shifted = [logit + math.log(count) for logit, count in zip(logits, counts, strict=True)]
    assert own == near(by_label(smoothed, shifted))


@pytest.mark.parametrize("name", BY_COUNTS)
def test_gradients_against_finite_differences(name: str) -> None:
    loss = loss_of(name, [100, 10, 1])
    logits = double([[1.5, -0.5, 0.2], [0.1, 2.0, -1.0], [0.3, 0.4, 0.5]]).requires_grad_()
    assert torch.autograd.gradcheck(lambda z: loss(z, torch.tensor([0, 2, 1])), (logits,))


@pytest.mark.parametrize("name", BY_COUNTS)
@pytest.mark.parametrize("scale", [0.0, 200.0, 3e4])
def test_losses_and_gradients_are_finite_at_certainty_both_ways(name: str, scale: float) -> None:
    config = LossConfig.model_validate({"name": name})
    criterion = criterion_of(config, None, [10**6, 1000, 1])
    logits = torch.tensor([[scale, -scale, 0.0], [-scale, scale, 0.0]], requires_grad=True)
    loss = criterion(logits, torch.tensor([0, 0]))
    (gradient,) = torch.autograd.grad(loss, logits)
    assert torch.isfinite(loss)
    assert torch.isfinite(gradient).all()


@pytest.mark.parametrize("name", BY_COUNTS)
def test_a_class_without_images_is_refused(name: str) -> None:
    with pytest.raises(DataError, match="Class 1 has no training images"):
        numbers_by_class(LossConfig.model_validate({"name": name}), [5, 0, 1])


def test_label_aware_smoothing_refuses_equal_counts() -> None:
    with pytest.raises(ConfigError) as caught:
        smoothings([7, 7], 0.3, 0.0, "concave")
    assert caught.value.fields[0].path == "loss.name"
    assert "label_smoothing" in caught.value.hint


def test_numbers_by_class_move_with_the_criterion_and_are_no_weights() -> None:
    criterion = criterion_of(LossConfig(name="vs"), None, [3, 1])
    numbers: Mapping[str, Tensor] = dict(criterion.by_class.named_buffers())
    assert numbers.keys() == scaled_and_shifted([3, 1], 0.3, 1.0).keys()
    assert {number.dtype for number in numbers.values()} == {torch.float32}
    assert not list(criterion.parameters())


def test_each_says_its_formula_and_where_it_was_published() -> None:
    assert all(entry.formula for entry in LOSSES)
    assert all(LOSSES[name].source for name in BY_COUNTS)
