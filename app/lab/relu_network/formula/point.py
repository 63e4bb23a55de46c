"""A ReLU network at a point: pre-activations, pattern, the affine map around it, and what happens on a kink.

W = W_L D_(L-1) ... D_1 W_1, and b likewise, with the 0/1 masks D of the pattern. Where units are exactly at
zero, every pattern that meets at x is composed: x is a kink only where their maps differ.
"""

from collections.abc import Sequence

from app.lab.base.formula.exact import Vector
from app.lab.relu_network.formula.integer_map import Row
from app.lab.relu_network.formula.linear_program import polytope
from app.lab.relu_network.formula.network import Network, affine, forward, with_pattern
from app.lab.relu_network.formula.results import (
    AffineMap,
    AtPoint,
    AxisSlopes,
    Interval,
    OnLine,
    Polytope,
    Unit,
)
from app.lab.relu_network.formula.sides import Side, beside, map_is_one, ray


def at_point(network: Network, x: Vector, line: OnLine | None = None) -> AtPoint:
    """Everything about the network at x. line: its pieces, from which one input's region is read."""
    z, pattern = forward(network, x)
    values = tuple(rows.fractions()[1] for rows in z)
    signs = tuple(tuple(row[-1] for row in rows.rows) for rows in z)
    zero_units = tuple(_zero_units(signs[:-1]))
    side = beside(network, signs)
    one_map = map_is_one(network, signs, x, side) if zero_units else True
    on_kink = one_map is False
    first = affine(side.layers[-1])
    return AtPoint(
        x=x,
        pre_activations=values,
        pattern=pattern,
        zero_units=zero_units,
        value=values[-1],
        on_kink=on_kink,
        map=None if on_kink else first,
        autograd=affine(with_pattern(network, pattern)[-1]) if zero_units else first,
        left=_one_sided(network, x, -1),
        right=_one_sided(network, x, 1),
        axes=_axes(network, x) if on_kink and network.inputs > 1 else (),
        region=None if on_kink else _region(side, x, line),
        region_pattern=side.pattern,
        decided=one_map is not None,
    )


def _zero_units(signs: Sequence[Row]) -> list[Unit]:
    return [
        Unit(layer, unit)
        for layer, row in enumerate(signs, start=1)
        for unit, value in enumerate(row, start=1)
        if value == 0
    ]


def _one_sided(network: Network, x: Vector, direction: int) -> AffineMap | None:
    """One input: slope on one side, and b = h(x) - W x, since the ray starts at h(x)."""
    if network.inputs > 1:
        return None
    seen = ray(network, x, (direction,))
    weight = tuple((direction * row[0],) for row in seen.weight)
    return AffineMap(weight, tuple(h - row[0] * x[0] for row, h in zip(weight, seen.bias, strict=True)))


def _axes(network: Network, x: Vector) -> tuple[AxisSlopes, ...]:
    return tuple(
        AxisSlopes(axis + 1, _slopes(network, x, axis, -1), _slopes(network, x, axis, 1))
        for axis in range(network.inputs)
    )


def _slopes(network: Network, x: Vector, axis: int, direction: int) -> Vector:
    step = tuple(direction * int(index == axis) for index in range(network.inputs))
    return tuple(direction * row[0] for row in ray(network, x, step).weight)


def _region(side: Side, x: Vector, line: OnLine | None) -> Interval | Polytope | None:
    if len(x) > 1:
        return polytope(side.layers[:-1], side.pattern, x)
    if line is None:
        return None
    return next(piece.interval for piece in line.pieces if piece.interval.holds(x[0]))
