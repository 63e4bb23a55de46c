"""At a point: torch's autograd off kinks, exact one-sided differences on them, half-spaces that hold."""

from collections.abc import Sequence
from fractions import Fraction
from itertools import product

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from scipy.optimize import linprog

from app.lab.base.formula.exact import Vector
from app.lab.relu_network.formula.network import Network, read_network
from app.lab.relu_network.formula.pieces import on_line
from app.lab.relu_network.formula.point import at_point
from app.lab.relu_network.formula.results import Interval, Polytope, Unit
from tests.app.lab.relu_network.nets import (
    WRITE_UP,
    apply,
    coarse,
    dyadic,
    jacobian,
    networks,
    scalars,
    shifted,
    value,
)

TINY = Fraction(1, 10**9)


@pytest.mark.parametrize(("x", "w", "b", "h"), [(2, 6, 3, 15), (-1, "3/2", 3, "3/2"), (1, 6, 3, 9)])
def test_the_write_ups_network(x: int, w: int | str, b: int, h: int | str) -> None:
    found = at_point(WRITE_UP, (Fraction(x),))
    assert found.map == scalars(w, b)
    assert found.value == scalars(0, h).bias
    assert (found.on_kink, found.zero_units) == (False, ())


def test_a_unit_at_zero_that_changes_nothing_is_no_kink() -> None:
    found = at_point(WRITE_UP, (Fraction(-3),), on_line(WRITE_UP))
    assert (found.zero_units, found.on_kink) == ((Unit(2, 1),), False)
    assert found.map == scalars(0, 0)
    assert found.region == Interval(None, Fraction(-2))


def test_on_a_kink_both_sides_and_autograd_are_told() -> None:
    found = at_point(WRITE_UP, (Fraction(0),), on_line(WRITE_UP))
    assert (found.on_kink, found.map, found.region) == (True, None, None)
    assert (found.left, found.right) == (scalars("3/2", 3), scalars(6, 3))
    assert found.autograd == found.left


def test_units_that_switch_together_may_hide_that_anything_happens() -> None:
    """x = relu(x) - relu(-x): no kink at 0, though autograd returns 0 there and the slope is 1."""
    network = read_network([[[1], [-1]], [[1, -1]]], [[0, 0], [0]])
    found = at_point(network, (Fraction(0),), on_line(network))
    assert found.on_kink is False
    assert found.map == scalars(1, 0)
    assert found.autograd == scalars(0, 0)
    assert found.region == Interval(None, None)


@settings(deadline=None)
@given(networks(), st.data())
def test_w_is_the_jacobian_and_h_the_forward_pass(network: Network, data: st.DataObject) -> None:
    x = tuple(data.draw(dyadic) for _ in range(network.inputs))
    found = at_point(network, x)
    assert found.value == value(network, x)
    assert found.autograd.weight == jacobian(network, x)
    assert apply(found.autograd.weight, found.autograd.bias, x) == found.value
    assume(not found.zero_units)
    assert found.map == found.autograd
    assert found.pattern == found.region_pattern


@pytest.mark.slow
@settings(deadline=None)
@given(networks(entries=coarse, most_hidden=2, most_units=3), st.data())
def test_a_kink_is_where_no_one_map_fits_all_directions(network: Network, data: st.DataObject) -> None:
    """Small whole numbers put many units at zero. The map that fits the axes is tried along a fan."""
    x = tuple(Fraction(data.draw(st.integers(-1, 1))) for _ in range(network.inputs))
    found = at_point(network, x)
    assert found.decided
    axes = [_change(network, x, way) for way in _units(network.inputs)]
    fan = product(map(Fraction, (-9, -4, -2, -1, 0, 1, 3, 7)), repeat=network.inputs)
    fits = all(_change(network, x, way) == _mixed(axes, way) for way in fan)
    assert found.on_kink is not fits
    if found.map is not None:
        assert found.map.weight == tuple(zip(*axes, strict=True))
        assert apply(found.map.weight, found.map.bias, x) == found.value


@settings(deadline=None)
@given(networks(entries=coarse, outputs=2), st.data())
def test_slopes_along_the_axes_are_one_sided_differences(network: Network, data: st.DataObject) -> None:
    x = tuple(Fraction(data.draw(st.integers(-1, 1))) for _ in range(network.inputs))
    found = at_point(network, x)
    for slopes in found.axes:
        way = _units(network.inputs)[slopes.axis - 1]
        back = tuple(-entry for entry in way)
        assert slopes.right == _change(network, x, way)
        assert slopes.left == tuple(-entry for entry in _change(network, x, back))
    if network.inputs == 1:
        assert found.left is not None
        assert found.right is not None
        assert tuple(row[0] for row in found.right.weight) == _change(network, x, (Fraction(1),))
        assert tuple(-row[0] for row in found.left.weight) == _change(network, x, (Fraction(-1),))
        assert found.on_kink is (found.left != found.right)
    elif found.on_kink:
        assert [slopes.axis for slopes in found.axes] == list(range(1, network.inputs + 1))


@settings(deadline=None)
@given(networks(), st.data())
def test_half_spaces_hold_exactly_where_the_pattern_does(network: Network, data: st.DataObject) -> None:
    assume(network.inputs > 1)
    x, other = (tuple(data.draw(dyadic) for _ in range(network.inputs)) for _ in range(2))
    found = at_point(network, x)
    assume(not found.zero_units)
    assert isinstance(found.region, Polytope)
    assert found.map is not None
    there = at_point(network, other)
    assume(not there.zero_units)
    inside = all(_dot(half.normal, other) <= half.limit for half in found.region.half_spaces)
    assert inside is (there.pattern == found.pattern)
    assert not inside or there.map == found.map


@settings(deadline=None)
@given(networks(inputs=2, most_units=6), st.data())
def test_no_half_space_follows_from_the_others(network: Network, data: st.DataObject) -> None:
    """scipy's linear programs say how far each half-space's normal reaches without it."""
    x = tuple(data.draw(dyadic) for _ in range(2))
    found = at_point(network, x)
    assume(not found.zero_units)
    assert isinstance(found.region, Polytope)
    assert found.region.minimal
    halves = found.region.half_spaces
    for half in halves:
        others = [other for other in halves if other != half]
        reached = linprog(
            [-float(entry) for entry in half.normal],
            A_ub=[list(map(float, other.normal)) for other in others] or None,
            b_ub=[float(other.limit) for other in others] or None,
            bounds=[(None, None)] * 2,
        )
        assert reached.status == 3 or -reached.fun > half.limit + 1e-9


def test_a_region_of_many_half_spaces_says_that_it_is_not_minimal() -> None:
    inputs = 10
    planes = [[(i * j) % 11 - 5 for j in range(1, inputs + 1)] for i in range(1, 41)]
    found = at_point(read_network([planes, [[1] * 40]], [list(range(1, 41)), [0]]), (Fraction(0),) * inputs)
    assert isinstance(found.region, Polytope)
    assert not found.region.minimal
    assert found.region.half_spaces


def test_where_too_many_patterns_meet_it_is_said_that_not_all_were_compared() -> None:
    fan = [[1, i] for i in range(40)]
    flat = read_network([fan, [[0] * 40]], [[0] * 40, [1]])
    found = at_point(flat, (Fraction(0), Fraction(0)))
    assert (found.on_kink, found.decided) == (False, False)


def _units(inputs: int) -> list[Vector]:
    return [tuple(Fraction(i == j) for j in range(inputs)) for i in range(inputs)]


def _change(network: Network, x: Vector, way: Vector) -> Vector:
    """One-sided derivative of h along `way`: exact, since h is affine for such a short step."""
    ends = zip(value(network, shifted(x, way, TINY)), value(network, x), strict=True)
    return tuple((there - here) / TINY for there, here in ends)


def _mixed(axes: list[Vector], way: Vector) -> Vector:
    return tuple(_dot(slopes, way) for slopes in zip(*axes, strict=True))


def _dot(a: Sequence[Fraction | int], b: Vector) -> Fraction:
    return sum((p * q for p, q in zip(a, b, strict=True)), Fraction(0))
