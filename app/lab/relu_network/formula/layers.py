"""A ReLU network walked layer by layer: the pre-activations as affine maps of x, once a pattern is chosen.

Within one pattern every layer is affine in x: z_1 = W_1 x + b_1 and z_(k+1) = W_(k+1) D_k z_k + b_(k+1),
with D_k = diag(1 where the unit is on, the slope where it is off). How patterns are chosen is the caller's.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from fractions import Fraction

from app.lab.base.formula.exact import Vector
from app.lab.relu_network.formula.integer_map import IntegerMap, after, constant, identity, scaled
from app.lab.relu_network.formula.network import Network
from app.lab.relu_network.formula.results import AffineMap, Pattern

Chooser = Callable[[int, IntegerMap], tuple[int, ...]]


@dataclass(frozen=True)
class Layers:
    """A network ready for walking."""

    maps: tuple[IntegerMap, ...]
    slope: Fraction
    inputs: int

    @property
    def hidden(self) -> int:
        """How many layers have an activation."""
        return len(self.maps) - 1

    def part(self, first: int, last: int) -> "Layers":
        """Layers `first` to `last` (from 0) as a network of their own."""
        chosen = self.maps[first : last + 1]
        return Layers(chosen, self.slope, len(chosen[0].rows[0]) - 1)

    def without_bias(self, dropped: Sequence[int]) -> "Layers":
        """The same with a bias of zero in the layers `dropped` (from 0)."""
        maps = tuple(
            IntegerMap(tuple((*row[:-1], 0) for row in layer.rows), layer.common)
            if index in dropped
            else layer
            for index, layer in enumerate(self.maps)
        )
        return Layers(maps, self.slope, self.inputs)


def layers_of(network: Network) -> Layers:
    """The network's layers as integers."""
    return Layers(network.maps, network.slope, network.inputs)


def walk(layers: Layers, start: IntegerMap, choose: Chooser) -> tuple[tuple[IntegerMap, ...], Pattern]:
    """Pre-activations of every layer after `start`, and the pattern that `choose(layer, z)` gave, from 0."""
    found: list[IntegerMap] = []
    pattern: list[tuple[int, ...]] = []
    inner = start
    for index, layer in enumerate(layers.maps):
        found.append(after(layer, inner))
        if index < layers.hidden:
            pattern.append(choose(index, found[-1]))
            inner = masked(layers, found[-1], pattern[-1])
    return tuple(found), tuple(pattern)


def masked(layers: Layers, z: IntegerMap, on: Sequence[int]) -> IntegerMap:
    """Activations: D z."""
    return scaled(z, [Fraction(1) if unit else layers.slope for unit in on])


def with_pattern(layers: Layers, pattern: Pattern) -> tuple[IntegerMap, ...]:
    """Pre-activations of every layer as maps of x, under a given pattern."""
    return walk(layers, identity(layers.inputs), lambda index, _: pattern[index])[0]


def forward(layers: Layers, x: Vector) -> tuple[tuple[IntegerMap, ...], Pattern]:
    """Pre-activations at x (rows of one number) and the pattern, a unit at zero counting as off."""
    return walk(layers, constant(x), lambda _, z: tuple(int(row[-1] > 0) for row in z.rows))


def affine(rows: IntegerMap) -> AffineMap:
    """The map in fractions."""
    return AffineMap(*rows.fractions())
