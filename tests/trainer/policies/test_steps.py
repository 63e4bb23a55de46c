"""Policies: each image draws for itself, from the given generator, what the published recipe holds."""

from collections import Counter
from collections.abc import Sequence

import pytest
import torch
from scipy.stats import chisquare
from torch import Tensor

from tests.trainer.policies.made import GREY, alike, applied, chosen
from trainer.config import parse_config
from trainer.policies import policy_of
from trainer.policies.autoaugment import PAIRS
from trainer.policies.operations import OPERATIONS, SIGNED, Operation, operate


@pytest.mark.parametrize("name", ["cutout", "randaugment", "autoaugment"])
def test_each_image_draws_for_itself_from_the_generator_alone(name: str) -> None:
    policy, pixels = chosen(name=name), alike(64)
    torch.manual_seed(0)
    first, state = applied(policy, pixels), torch.get_rng_state()
    assert len({image.numpy().tobytes() for image in first}) > 25
    assert torch.equal(first, applied(policy, pixels))
    assert not torch.equal(first, applied(policy, pixels, seed=1))
    assert torch.equal(torch.get_rng_state(), state)


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
    drawn = applied(chosen(name="randaugment", operations=1, magnitude=15), pixels)
    found = Counter(image.numpy().tobytes() for image in drawn)
    assert found.keys() == expected.keys()
    assert chisquare([found[made] for made in expected], [100 * n for n in expected.values()]).pvalue > 1e-4


def test_randaugment_goes_on_from_what_it_has_made() -> None:
    pixels = alike(900)
    single = {image.numpy().tobytes() for image in applied(chosen(name="randaugment", operations=1), pixels)}
    double = {image.numpy().tobytes() for image in applied(chosen(name="randaugment", operations=2), pixels)}
    assert len(single) <= 23
    assert len(double) > 100


def test_autoaugment_makes_what_its_pairs_make() -> None:
    """Every image is one that some pair makes, by both, one or none of its operations."""
    pixels = alike(1500)
    ways: list[list[tuple[Operation, float]]] = [[]]
    for first, second in PAIRS:
        options = [
            [None, *((name, sign * step / 9) for sign in (1, -1))]
            if name in SIGNED
            else [None, (name, step / 9)]
            for name, _, step in (first, second)
        ]
        ways += [[done for done in (one, two) if done] for one in options[0] for two in options[1]]
    possible = made_of(ways, pixels[0])
    found = Counter(image.numpy().tobytes() for image in applied(chosen(name="autoaugment"), pixels))
    assert found.keys() <= possible.keys()
    assert len(found) > 60


def test_without_a_policy_there_is_nothing_to_do() -> None:
    assert policy_of(parse_config({}).policy, GREY) is None
