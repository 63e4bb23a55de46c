"""A window of the plane: polygons tile it exactly, and each has the map that its pattern gives."""

import time
from contextlib import suppress
from fractions import Fraction
from itertools import pairwise
from random import Random

import pytest
from hypothesis import given, settings

from app.lab.relu_network.formula.network import Network, read_network
from app.lab.relu_network.formula.point import at_point
from app.lab.relu_network.formula.regions import Window, regions
from tests.app.lab.relu_network.nets import apply, coarse, networks, value
from trainer.errors import TheoryError

WINDOW: Window = ((Fraction(-3), Fraction(3)), (Fraction(-2), Fraction(5, 2)))
Corners = tuple[tuple[Fraction, Fraction], ...]


def test_two_crossing_lines_make_four_regions() -> None:
    found = regions(read_network([[[1, 0], [0, 1]], [[1, 2]]], [[0, 0], [3]]), WINDOW)
    assert {region.pattern[0]: region.area for region in found} == {
        (1, 1): Fraction(15, 2),
        (0, 1): Fraction(15, 2),
        (1, 0): Fraction(6),
        (0, 0): Fraction(6),
    }
    both = next(region for region in found if region.pattern == ((1, 1),))
    assert (both.map.weight, both.map.bias) == (((Fraction(1), Fraction(2)),), (Fraction(3),))


@pytest.mark.slow
@settings(deadline=None)
@given(networks(inputs=2))
def test_polygons_tile_the_window_and_reproduce_h(network: Network) -> None:
    _check(network)


@settings(deadline=None)
@given(networks(inputs=2, entries=coarse))
def test_lines_that_meet_in_corners_and_coincide_leave_no_gap(network: Network) -> None:
    _check(network)


def _check(network: Network) -> None:
    found = regions(network, WINDOW)
    assert sum(region.area for region in found) == 27
    assert len({region.pattern for region in found}) == len(found)
    for region in found:
        assert region.area > 0
        assert _turns_left(region.corners)
        middle = tuple(sum(axis, Fraction(0)) / len(axis) for axis in zip(*region.corners, strict=True))
        for x in (middle, *region.corners):
            assert apply(region.map.weight, region.map.bias, x) == value(network, x)
        at = at_point(network, middle)
        assert at.pattern == region.pattern
        assert at.map == region.map


def _turns_left(corners: Corners) -> bool:
    following = zip(corners, corners[1:] + corners[:1], corners[2:] + corners[:2], strict=True)
    return all((b[0] - a[0]) * (c[1] - b[1]) >= (b[1] - a[1]) * (c[0] - b[0]) for a, b, c in following)


@pytest.mark.slow
@pytest.mark.parametrize("widths", [[2, 64, 64, 1], [2, 24, 24, 1], [2, 16, 16, 1], [2, 6, 6, 6, 6, 1]])
def test_a_map_is_made_or_refused_without_hanging(widths: list[int]) -> None:
    draw = Random(3)
    weights = [[[draw.gauss(0, 1) for _ in range(a)] for _ in range(b)] for a, b in pairwise(widths)]
    network = read_network(weights, [[draw.gauss(0, 1) for _ in range(b)] for b in widths[1:]])
    started = time.process_time()
    with suppress(TheoryError):
        regions(network, WINDOW)
    assert time.process_time() - started < 10


def test_too_many_regions_are_refused_with_the_reason() -> None:
    fan = [[n, 30 - n] for n in range(30)] + [[n, n - 30] for n in range(30)]
    with pytest.raises(TheoryError) as refused:
        regions(read_network([fan, [[1] * 60]], [list(range(-30, 30)), [0]]), WINDOW)
    assert "too many regions" in refused.value.fields[0].message


def test_a_map_needs_two_inputs_and_a_window() -> None:
    with pytest.raises(TheoryError, match=r"weights\[0\]"):
        regions(read_network([[[1]]], [[0]]), WINDOW)
    with pytest.raises(TheoryError, match="window"):
        regions(read_network([[[1, 1]]], [[0]]), (WINDOW[0], (Fraction(1), Fraction(1))))
