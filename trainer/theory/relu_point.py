"""A ReLU network at a point: pre-activations, pattern, the affine map around it, and what happens on a kink.

W = W_L D_(L-1) ... D_1 W_1, and b likewise, with the 0/1 masks D of the pattern. Where units are exactly at
zero, every pattern that meets at x is composed: x is a kink only where their maps differ.
"""

from collections.abc import Sequence

from trainer.theory.exact import Vector
from trainer.theory.integer_map import Row
from trainer.theory.relu_half_spaces import polytope
from trainer.theory.relu_layers import Layers, affine, forward, layers_of, with_pattern
from trainer.theory.relu_network import Network
from trainer.theory.relu_results import AffineMap, AtPoint, AxisSlopes, Interval, OnLine, Polytope, Unit
from trainer.theory.relu_sides import Side, TooMany, along, sides


def at_point(network: Network, x: Vector, line: OnLine | None = None) -> AtPoint:
    """Everything about the network at x. line: its pieces, from which one input's region is read."""
    layers = layers_of(network)
    z, pattern = forward(layers, x)
    values = tuple(rows.fractions()[1] for rows in z)
    signs = tuple(tuple(row[-1] for row in rows.rows) for rows in z)
    zero_units = tuple(_zero_units(signs[:-1]))
    met, all_sides = _met(layers, signs, bool(zero_units))
    on_kink = any(side.layers[-1] != met[0].layers[-1] for side in met)
    first = affine(met[0].layers[-1])
    return AtPoint(
        x=x,
        pre_activations=values,
        pattern=pattern,
        zero_units=zero_units,
        value=values[-1],
        on_kink=on_kink,
        map=None if on_kink else first,
        autograd=affine(with_pattern(layers, pattern)[-1]) if zero_units else first,
        left=_one_sided(layers, signs, -1),
        right=_one_sided(layers, signs, 1),
        axes=_axes(layers, signs) if on_kink and network.inputs > 1 else (),
        region=None if on_kink else _region(met[0], x, line),
        region_pattern=met[0].pattern,
        sides_compared=len(met),
        all_sides=all_sides,
    )


def _zero_units(signs: Sequence[Row]) -> list[Unit]:
    return [
        Unit(layer, unit)
        for layer, row in enumerate(signs, start=1)
        for unit, value in enumerate(row, start=1)
        if value == 0
    ]


def _met(layers: Layers, signs: Sequence[Row], any_zero: bool) -> tuple[list[Side], bool]:
    """Sides at x up to the first whose map differs; False where the search had to stop before the last."""
    if not any_zero:
        return [along(layers, signs, (0,) * layers.inputs)], True
    found: list[Side] = []
    try:
        for side in sides(layers, signs):
            found.append(side)
            if side.layers[-1] != found[0].layers[-1]:
                break
    except TooMany:
        return found, False
    return found, True


def _one_sided(layers: Layers, signs: Sequence[Row], direction: int) -> AffineMap | None:
    if layers.inputs > 1:
        return None
    return affine(along(layers, signs, (direction,)).layers[-1])


def _axes(layers: Layers, signs: Sequence[Row]) -> tuple[AxisSlopes, ...]:
    return tuple(
        AxisSlopes(axis + 1, _slope(layers, signs, axis, -1), _slope(layers, signs, axis, 1))
        for axis in range(layers.inputs)
    )


def _slope(layers: Layers, signs: Sequence[Row], axis: int, direction: int) -> Vector:
    step = tuple(direction * int(index == axis) for index in range(layers.inputs))
    return tuple(row[axis] for row in _last(along(layers, signs, step)).weight)


def _last(side: Side) -> AffineMap:
    return affine(side.layers[-1])


def _region(side: Side, x: Vector, line: OnLine | None) -> Interval | Polytope | None:
    if len(x) > 1:
        return polytope(side.layers[:-1], side.pattern, x)
    if line is None:
        return None
    return next(piece.interval for piece in line.pieces if piece.interval.holds(x[0]))
