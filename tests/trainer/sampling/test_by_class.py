"""The samplers that draw by class: their shares against golden values, and draws against the shares."""

import itertools
from typing import Any

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import chisquare

from tests.toolbox_cases import toolbox_case
from trainer.config import parse_config
from trainer.sampling import Sampling, sampling_of
from trainer.sampling.by_class import power_shares
from trainer.sampling.effective_number import effective_number_shares
from trainer.sampling.progressive import progressive_shares

POWERS = ("100_10_1", "cifar10_lt_100", "shapes10_100")
counts = st.lists(st.integers(1, 6000), min_size=1, max_size=12)


def chosen(given_counts: tuple[int, ...], epochs: int = 10, **sampling: Any) -> Sampling:
    """The sampling of a configuration."""
    config = parse_config({"sampling": sampling, "optim": {"epochs": epochs, "milestones": []}})
    return sampling_of(config.sampling, given_counts, epochs)


@pytest.mark.parametrize("of", POWERS)
@pytest.mark.parametrize("power", ["1.0", "0.5", "0.0", "-1.0"])
def test_golden_shares_and_views_of_a_power(power: str, of: str) -> None:
    case = toolbox_case(
        f"sampler_power_{power}_counts_{of}" if of[0] == "1" else f"sampler_power_{power}_{of}"
    )
    given_counts, q = case["input"]["counts"], case["input"]["q"]
    assert power_shares(given_counts, q) == pytest.approx(case["expected"]["probabilities"], rel=1e-9)
    views = chosen(tuple(given_counts), 1, name="power", power=q).views(given_counts, [1])
    assert views == pytest.approx(case["expected"]["views"], rel=1e-9)


@pytest.mark.parametrize("of", ["counts_100_10_1", "cifar10_lt_100", "shapes10_100"])
def test_golden_shares_of_effective_numbers(of: str) -> None:
    case = toolbox_case(f"sampler_effective_number_{of}")
    shares = effective_number_shares(case["input"]["counts"], case["input"]["beta"])
    assert shares == pytest.approx(case["expected"], rel=1e-9)
    assert parse_config({"sampling": {"name": "effective_number"}}).sampling.beta == case["defaults"]["beta"]  # type: ignore[attr-defined]


@pytest.mark.parametrize("epoch", [0, 1, 2, 4])
def test_golden_shares_of_progress(epoch: int) -> None:
    case = toolbox_case(f"sampler_progressive_{epoch}_of_4")
    given_counts = tuple(case["input"]["counts"])
    assert progressive_shares(given_counts, epoch / 4) == pytest.approx(case["expected"], rel=1e-9)
    if epoch:  # epochs count from 1, so that the last one draws classes alike
        assert chosen(given_counts, 4, name="progressive").shares(epoch) == pytest.approx(case["expected"])


@given(counts, st.floats(-1, 1), st.integers(1, 10))
def test_shares_sum_to_one_and_keep_the_order_of_the_classes(n: list[int], q: float, epoch: int) -> None:
    of: dict[str, Any] = {
        "power": {"power": q},
        "class_balanced": {},
        "square_root": {},
        "progressive": {},
        "effective_number": {"beta": 0.99},
        "instance": {},
    }
    for name, fields in of.items():
        shares = chosen(tuple(n), name=name, **fields).shares(epoch)
        assert shares is not None
        assert sum(shares) == pytest.approx(1)
        assert min(shares) > 0
        rising = sorted(zip(n, shares, strict=True), reverse=name == "power" and q < 0)
        assert all(a <= b * (1 + 1e-9) for (_, a), (_, b) in itertools.pairwise(rising))


@pytest.mark.parametrize(
    "sampling",
    [
        {"name": "class_balanced"},
        {"name": "square_root"},
        {"name": "power", "power": -1.0},
        {"name": "progressive"},
        {"name": "effective_number", "beta": 0.9},
        {"name": "instance"},
    ],
)
def test_draws_follow_the_shares_and_the_generator_alone(sampling: dict[str, Any]) -> None:
    n = (60, 30, 9, 1)
    labels = torch.arange(4).repeat_interleave(torch.tensor(n))[torch.randperm(100)]
    drawing = chosen(n, 4, **sampling)
    orders = [drawing.order(labels, 3, torch.Generator().manual_seed(seed)) for seed in range(60)]
    assert all(len(order) == drawing.images == 100 for order in orders)
    assert torch.equal(orders[7], drawing.order(labels, 3, torch.Generator().manual_seed(7)))
    assert not torch.equal(orders[7], orders[8])
    shares = drawing.shares(3)
    assert shares is not None
    found = labels[torch.cat(orders)].bincount(minlength=4)
    assert chisquare(found, [6000 * share for share in shares]).pvalue > 1e-4
    within = torch.cat(orders)[labels[torch.cat(orders)] == 1].bincount(minlength=100)
    assert chisquare(within[labels == 1]).pvalue > 1e-4


def test_from_a_chosen_epoch_on() -> None:
    labels = torch.tensor([0] * 8 + [1, 1])
    drawing = chosen((8, 2), name="class_balanced", from_epoch=4)
    generator = torch.Generator()
    assert [drawing.shares(epoch) for epoch in (1, 3)] == [(0.8, 0.2)] * 2
    assert [drawing.shares(epoch) for epoch in (4, 10)] == [(0.5, 0.5)] * 2
    assert drawing.order(labels, 3, generator.manual_seed(0)).sort().values.tolist() == list(range(10))
    assert len(set(drawing.order(labels, 4, generator.manual_seed(0)).tolist())) < 10
    assert drawing.views((8, 2), range(1, 11)) == pytest.approx((0.3 + 0.7 * 0.625, 0.3 + 0.7 * 2.5))
    assert drawing.mean_shares(range(4, 11)) == pytest.approx((0.5, 0.5))


@pytest.mark.parametrize(
    "name", ["class_balanced", "square_root", "effective_number", "progressive", "power"]
)
def test_a_class_without_images_is_named(name: str) -> None:
    with pytest.raises(ValueError, match=r"class 1 has (no|0) images"):
        chosen((5, 0, 3), name=name)
