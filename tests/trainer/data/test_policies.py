"""Policies: each image draws for itself, from the given generator; cutout erases at most its square."""

from collections import Counter
from collections.abc import Sequence

import pytest
import torch
from scipy.stats import chisquare
from torch import Tensor

from tests.trainer.data.test_operations import pictures
from trainer.config import parse_config
from trainer.data.operations import CIFAR10_PAIRS, OPERATIONS, SIGNED, Operation, operate
from trainer.data.policies import Policy, policy_of

GREY = torch.tensor([120, 121, 122], dtype=torch.uint8)


def chosen(**data: object) -> Policy:
    policy = policy_of(parse_config({"data": data}).data, GREY)
    assert policy is not None
    return policy


def applied(policy: Policy, pixels: Tensor, seed: int = 0) -> Tensor:
    changed = pixels.clone()
    policy(changed, torch.Generator().manual_seed(seed))
    return changed


def alike(count: int, size: int = 32) -> Tensor:
    """One picture so many times: uint8 [count, size, size, 3]."""
    return pictures(1, size).permute(0, 2, 3, 1).repeat(count, 1, 1, 1)


@pytest.mark.parametrize("name", ["cutout", "randaugment", "autoaugment"])
def test_each_image_draws_for_itself_from_the_generator_alone(name: str) -> None:
    policy, pixels = chosen(policy=name), alike(64)
    torch.manual_seed(0)
    first, state = applied(policy, pixels), torch.get_rng_state()
    assert len({image.numpy().tobytes() for image in first}) > 25
    assert torch.equal(first, applied(policy, pixels))
    assert not torch.equal(first, applied(policy, pixels, seed=1))
    assert torch.equal(torch.get_rng_state(), state)


@pytest.mark.parametrize(("size", "side"), [(1, 9), (5, 9), (16, 32), (99, 8)])
def test_cutout_erases_a_square_that_the_edges_cut(size: int, side: int) -> None:
    pixels = torch.zeros(300, side, side, 3, dtype=torch.uint8)
    erased = applied(chosen(policy="cutout", cutout_size=size), pixels)
    assert set(map(tuple, erased.flatten(0, 2).tolist())) <= {(0, 0, 0), tuple(GREY.tolist())}
    gone = erased[..., 0] == GREY[0]
    tall, wide = gone.any(dim=2).sum(dim=1), gone.any(dim=1).sum(dim=1)
    assert torch.equal(gone.sum(dim=(1, 2)), tall * wide)
    assert tall.max() == wide.max() == min(size, side)
    assert tall.min() >= min((size + 1) // 2, side)
    if size == 1:
        assert chisquare(gone.sum(dim=0).flatten()).pvalue > 1e-4


def made_of(ways: Sequence[Sequence[tuple[Operation, float]]], picture: Tensor) -> dict[bytes, int]:
    """What a way, a list of operations with amounts, makes of the picture [H, W, 3] -> how many ways do."""
    found: Counter[bytes] = Counter()
    for way in ways:
        image = picture.permute(2, 0, 1).unsqueeze(0)
        for name, amount in way:
            image = operate(name, amount, image)
        found[image[0].permute(1, 2, 0).contiguous().numpy().tobytes()] += 1
    return found


def test_randaugment_does_each_operation_alike_often_and_both_ways() -> None:
    pixels = alike(2800)
    ways = [
        [(name, sign * 0.5)]
        for name in OPERATIONS
        if name != "Invert"
        for sign in ((1, -1) if name in SIGNED else (1, 1))
    ]
    expected = made_of(ways, pixels[0])
    drawn = applied(chosen(policy="randaugment", operations=1, magnitude=15), pixels)
    found = Counter(image.numpy().tobytes() for image in drawn)
    assert found.keys() == expected.keys()
    assert chisquare([found[made] for made in expected], [100 * n for n in expected.values()]).pvalue > 1e-4


def test_randaugment_goes_on_from_what_it_has_made() -> None:
    pixels = alike(900)
    single = {
        image.numpy().tobytes() for image in applied(chosen(policy="randaugment", operations=1), pixels)
    }
    double = {
        image.numpy().tobytes() for image in applied(chosen(policy="randaugment", operations=2), pixels)
    }
    assert len(single) <= 23
    assert len(double) > 100


def test_autoaugment_makes_what_its_pairs_make() -> None:
    """Every image is one that some pair makes, by both, one or none of its operations."""
    pixels = alike(1500)
    ways: list[list[tuple[Operation, float]]] = [[]]
    for first, second in CIFAR10_PAIRS:
        options = [
            [None, *((name, sign * step / 9) for sign in (1, -1))]
            if name in SIGNED
            else [None, (name, step / 9)]
            for name, _, step in (first, second)
        ]
        ways += [[done for done in (one, two) if done] for one in options[0] for two in options[1]]
    possible = made_of(ways, pixels[0])
    found = Counter(image.numpy().tobytes() for image in applied(chosen(policy="autoaugment"), pixels))
    assert found.keys() <= possible.keys()
    assert len(found) > 60


def test_without_a_policy_there_is_nothing_to_do() -> None:
    for data in ({}, {"augment": False, "policy": "cutout"}):
        assert policy_of(parse_config({"data": data}).data, GREY) is None
