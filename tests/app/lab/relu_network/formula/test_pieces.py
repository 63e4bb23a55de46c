"""The whole line: pieces reproduce h everywhere, join, cover the line, and bend at every kink."""

import time
from fractions import Fraction
from itertools import pairwise
from random import Random

import pytest
from hypothesis import given, settings

from app.lab.relu_network.formula.network import Network, read_network
from app.lab.relu_network.formula.pieces import on_line
from app.lab.relu_network.formula.point import at_point
from app.lab.relu_network.formula.results import Interval
from tests.app.lab.relu_network.nets import WRITE_UP, apply, coarse, networks, scalars, value
from trainer.errors import TheoryError

pytestmark = pytest.mark.slow

TINY = Fraction(1, 10**12)
lines = networks(inputs=1)


def test_the_write_ups_network_has_three_pieces_and_two_kinks() -> None:
    found = on_line(WRITE_UP)
    assert found.kinks == (Fraction(-2), Fraction(0))
    assert [piece.interval for piece in found.pieces] == [
        Interval(None, Fraction(-2)),
        Interval(Fraction(-2), Fraction(0)),
        Interval(Fraction(0), None),
    ]
    assert [piece.map for piece in found.pieces] == [scalars(0, 0), scalars("3/2", 3), scalars(6, 3)]


@settings(deadline=None)
@given(lines)
def test_pieces_cover_the_line_join_and_reproduce_h(network: Network) -> None:
    found = on_line(network)
    assert (found.pieces[0].interval.start, found.pieces[-1].interval.end) == (None, None)
    for piece in found.pieces:
        for x in _within(piece.interval):
            assert apply(piece.map.weight, piece.map.bias, (x,)) == value(network, (x,))
    for left, right in pairwise(found.pieces):
        assert left.interval.end == right.interval.start
        assert left.map != right.map
    assert found.kinks == tuple(piece.interval.start for piece in found.pieces[1:])


@settings(deadline=None)
@given(networks(inputs=1, entries=coarse))
def test_kinks_are_where_the_slopes_on_both_sides_differ(network: Network) -> None:
    found = on_line(network)
    marks = {Fraction(n, 6) for n in range(-12, 13)} | set(found.kinks)
    for x in marks:
        back, here, on = (value(network, (x + step,)) for step in (-TINY, Fraction(0), TINY))
        bends = any(a - 2 * b + c != 0 for a, b, c in zip(back, here, on, strict=True))
        assert bends is (x in found.kinks)
        assert at_point(network, (x,), found).on_kink is bends


@settings(deadline=None)
@given(lines)
def test_units_pre_activations_are_those_at_each_point(network: Network) -> None:
    units = dict(on_line(network).units)
    for x in (Fraction(-5), Fraction(-1, 3), Fraction(0), Fraction(7, 2)):
        at = at_point(network, (x,))
        for unit, pieces in units.items():
            held = next(piece for piece in pieces if piece.interval.holds(x))
            assert held.slope * x + held.offset == at.pre_activations[unit.layer - 1][unit.unit - 1]


@settings(deadline=None)
@given(lines)
def test_h_and_every_unit_are_straight_between_the_bends_that_are_named(network: Network) -> None:
    start, end = Fraction(-3), Fraction(3)
    found = on_line(network)
    kinks = [x for x in found.kinks if start < x < end]
    for x, further in pairwise((start, *kinks, end)):
        h, there, middle = (value(network, (at,)) for at in (x, further, (x + further) / 2))
        assert middle == tuple((a + b) / 2 for a, b in zip(h, there, strict=True))
    for unit, pieces in found.units:
        bends = [piece.interval.end for piece in pieces]
        for x, further in pairwise((start, *(x for x in bends if x is not None and start < x < end), end)):
            first, last, between = (
                at_point(network, (at,)).pre_activations[unit.layer - 1][unit.unit - 1]
                for at in (x, further, (x + further) / 2)
            )
            assert between == (first + last) / 2


def test_too_many_parts_are_refused_soon() -> None:
    """x -> a tooth of 2^12 bends: each pair of units folds the line once more."""
    fold = [[2, -4]]
    weights = [[[1], [1]], *([[2, -4], [2, -4]] for _ in range(10)), fold]
    biases = [[0, "-1/2"], *([0, "-1/2"] for _ in range(10)), [0]]
    started = time.process_time()
    with pytest.raises(TheoryError) as refused:
        on_line(read_network(weights, biases))
    assert "more than 500 parts" in refused.value.fields[0].message
    assert time.process_time() - started < 10


def test_a_layer_of_too_many_parts_is_refused_before_it_is_composed() -> None:
    """64 teeth, cut by 64 units each, into a layer whose numbers have 25 digits: 4096 maps, if composed."""
    draw = Random(0)
    long = [[f"{draw.randint(1, 10**25)}/{10**25 + 1}" for _ in range(64)] for _ in range(65)]
    teeth = [[1, *(-2 if unit % 2 else 2 for unit in range(1, 64))]] * 64
    weights = [[[1]] * 64, teeth, long[:64], long[64:]]
    biases = [[-unit for unit in range(64)], [f"-{unit + 1}/65" for unit in range(64)], [0] * 64, [0]]
    network = read_network(weights, biases)
    started = time.process_time()
    with pytest.raises(TheoryError) as refused:
        on_line(network)
    assert "more than 120 parts" in refused.value.fields[0].message
    assert time.process_time() - started < 10


def test_the_widest_network_does_not_hang() -> None:
    draw = Random(0)
    widths = [1, 64, 64, 1]
    weights = [[[draw.gauss(0, 1) for _ in range(a)] for _ in range(b)] for a, b in pairwise(widths)]
    biases = [[draw.gauss(0, 1) for _ in range(b)] for b in widths[1:]]
    started = time.process_time()
    found = on_line(read_network(weights, biases))
    assert time.process_time() - started < 10
    assert len(found.pieces) > 64


def test_a_line_needs_one_input() -> None:
    with pytest.raises(TheoryError, match=r"weights\[0\]"):
        on_line(read_network([[[1, 2]]], [[0]]))


def _within(interval: Interval) -> list[Fraction]:
    ends = [end for end in (interval.start, interval.end) if end is not None]
    middle = interval.inside()
    return [middle, *ends, *((middle + end) / 2 for end in ends)]
