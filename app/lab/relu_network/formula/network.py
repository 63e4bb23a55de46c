"""A fully connected ReLU network in exact numbers, and what the calculators say of it.

h(x) = W_L a_(L-1) + b_L with a_k = relu(W_k a_(k-1) + b_k) and a_0 = x: the last layer has no activation.
A leaky ReLU multiplies what lies below zero by a slope. Layers and units count from 1 in sentences and
results, and from 0 in the names of fields (weights[1] is layer 2). Within one pattern every layer is affine
in x: z_1 = W_1 x + b_1 and z_(k+1) = W_(k+1) D_k z_k + b_(k+1), with D_k = diag(1 where the unit is on, the
slope where it is off). Reading and walking stand here; what can be said of a network is in `results`.
"""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from fractions import Fraction
from functools import cached_property
from itertools import chain, pairwise
from math import lcm

from app.lab.base.formula.exact import Matrix, Vector, is_list, matrix, number, refuse, vector
from app.lab.relu_network.formula.integer_map import (
    IntegerMap,
    after,
    constant,
    identity,
    integers,
    scaled,
)
from app.lab.relu_network.formula.results import AffineMap, Pattern

MOST_LAYERS = 12
MOST_UNITS = 64
MOST_WEIGHTS = 10_000
MOST_POINTS = 20
MOST_BITS = 1000
MOST_STEPS = 1_000_000
Chooser = Callable[[int, IntegerMap], tuple[int, ...]]


@dataclass(frozen=True)
class Network:
    """Layer k is weights[k] (units x units before) and biases[k]; `slope` acts below zero, 0 for ReLU."""

    weights: tuple[Matrix, ...]
    biases: tuple[Vector, ...]
    slope: Fraction = Fraction(0)

    @property
    def inputs(self) -> int:
        """How many numbers x has."""
        return len(self.weights[0][0])

    @property
    def outputs(self) -> int:
        """How many numbers h(x) has."""
        return len(self.biases[-1])

    @property
    def layers(self) -> int:
        """How many layers there are, the last one, which has no activation, among them."""
        return len(self.weights)

    @property
    def size(self) -> int:
        """How many weights there are, without biases."""
        return sum(len(layer) * len(layer[0]) for layer in self.weights)

    @cached_property
    def maps(self) -> tuple[IntegerMap, ...]:
        """The layers as integers."""
        pairs = zip(self.weights, self.biases, strict=True)
        return tuple(integers(weight, bias) for weight, bias in pairs)

    @property
    def hidden(self) -> int:
        """How many layers have an activation."""
        return self.layers - 1

    def activations(self, z: Vector) -> Vector:
        """What a hidden layer gives on."""
        return tuple(value if value > 0 else self.slope * value for value in z)

    def part(self, first: int, last: int) -> "Network":
        """Layers `first` to `last` (from 0) as a network of their own."""
        return Network(self.weights[first : last + 1], self.biases[first : last + 1], self.slope)

    def without_bias(self, dropped: Sequence[int]) -> "Network":
        """The same with a bias of zero in the layers `dropped` (from 0)."""
        zero = Fraction(0)
        biases = [(zero,) * len(b) if at in dropped else b for at, b in enumerate(self.biases)]
        return Network(self.weights, tuple(biases), self.slope)


def walk(network: Network, start: IntegerMap, choose: Chooser) -> tuple[tuple[IntegerMap, ...], Pattern]:
    """Pre-activations of every layer after `start`, and the pattern that `choose(layer, z)` gave, from 0."""
    found: list[IntegerMap] = []
    pattern: list[tuple[int, ...]] = []
    inner = start
    for index, layer in enumerate(network.maps):
        found.append(after(layer, inner))
        if index < network.hidden:
            pattern.append(choose(index, found[-1]))
            inner = masked(network, found[-1], pattern[-1])
    return tuple(found), tuple(pattern)


def masked(network: Network, z: IntegerMap, on: Sequence[int]) -> IntegerMap:
    """Activations: D z."""
    return scaled(z, [Fraction(1) if unit else network.slope for unit in on])


def deeper(network: Network, index: int, z: IntegerMap, on: Sequence[int]) -> IntegerMap:
    """Pre-activations of the layer behind `index` (from 0), whose own are z with the units `on`."""
    return after(network.maps[index + 1], masked(network, z, on))


def with_pattern(network: Network, pattern: Pattern) -> tuple[IntegerMap, ...]:
    """Pre-activations of every layer as maps of x, under a given pattern."""
    return walk(network, identity(network.inputs), lambda index, _: pattern[index])[0]


def forward(network: Network, x: Vector) -> tuple[tuple[IntegerMap, ...], Pattern]:
    """Pre-activations at x (rows of one number) and the pattern, a unit at zero counting as off."""
    return walk(network, constant(x), lambda _, z: tuple(int(row[-1] > 0) for row in z.rows))


def affine(rows: IntegerMap) -> AffineMap:
    """The map in fractions."""
    return AffineMap(*rows.fractions())


def read_network(
    weights: object, biases: object, activation: str = "relu", negative_slope: object = None
) -> Network:
    """The network that was typed. Raises TheoryError naming the field: weights[1], biases[0][2], ...

    activation is "relu" or "leaky_relu"; the latter has the slope 1/100 where none is given, as torch has.
    """
    many = _listed(weights, "weights")
    if not 1 <= len(many) <= MOST_LAYERS:
        raise refuse("weights", f"has {len(many)} layers; 1 to {MOST_LAYERS} are allowed")
    _check_sizes(many)
    layers = tuple(matrix(layer, f"weights[{index}]") for index, layer in enumerate(many))
    _check_chain(layers)
    offsets = _listed(biases, "biases")
    if len(offsets) != len(many):
        raise refuse("biases", f"has {len(offsets)} vectors, but weights has {len(many)} layers")
    adds = tuple(_bias(layer, index, layers[index]) for index, layer in enumerate(offsets))
    network = Network(layers, adds, _slope(activation, negative_slope))
    _check_digits(network)
    return network


def read_points(points: object, network: Network) -> tuple[Vector, ...]:
    """Points as vectors: a number each for one input, else a list each. Raises TheoryError: points[0]."""
    many = _listed(points, "points")
    if len(many) > MOST_POINTS:
        raise refuse("points", f"has {len(many)} points; at most {MOST_POINTS} are allowed")
    if len(many) * network.size * network.inputs > MOST_STEPS:
        fitting = MOST_STEPS // (network.size * network.inputs)
        raise refuse("points", f"has {len(many)} points; at most {fitting} for a network of this size")
    return tuple(read_point(point, network, f"points[{index}]") for index, point in enumerate(many))


def read_point(point: object, network: Network, path: str) -> Vector:
    """One point. Raises TheoryError naming `path`."""
    if network.inputs == 1 and not is_list(point):
        read: Vector = (number(point, path),)
    else:
        size = len(_listed(point, path))
        if size != network.inputs:
            raise refuse(path, f"has {size} numbers, but the network has {network.inputs} inputs")
        read = vector(point, path)
    _bits(read, path, MOST_BITS)
    return read


def _listed(value: object, path: str) -> Sequence[object]:
    if not is_list(value):
        raise refuse(path, f"must be a list, got {type(value).__name__}")
    return value


def _check_sizes(layers: Sequence[object]) -> None:
    """Counts before any number is read, so that a flood is refused at once."""
    total = 0
    for index, layer in enumerate(layers):
        rows = _listed(layer, f"weights[{index}]")
        widest = max((len(row) for row in rows if isinstance(row, Sequence)), default=0)
        if len(rows) > MOST_UNITS or widest > MOST_UNITS:
            said = f"is {len(rows)} x {widest}; at most {MOST_UNITS} units a layer are allowed"
            raise refuse(f"weights[{index}]", said)
        total += len(rows) * widest
    if total > MOST_WEIGHTS:
        raise refuse("weights", f"holds {total} numbers; at most {MOST_WEIGHTS} are allowed")


def _bias(values: object, index: int, weight: Matrix) -> Vector:
    path = f"biases[{index}]"
    if len(_listed(values, path)) != len(weight):
        said = f"has {len(_listed(values, path))} numbers, but weights[{index}] has {len(weight)} rows"
        raise refuse(path, said)
    return vector(values, path)


def _check_chain(layers: Sequence[Matrix]) -> None:
    for index, (before, layer) in enumerate(pairwise(layers), start=1):
        if len(layer[0]) != len(before):
            said = (
                f"is {len(layer)} x {len(layer[0])}, but weights[{index - 1}] is "
                f"{len(before)} x {len(before[0])}: it needs {len(before)} columns, one a unit of that layer"
            )
            raise refuse(f"weights[{index}]", said)


def _slope(activation: str, negative_slope: object) -> Fraction:
    if activation == "relu":
        if negative_slope is not None:
            raise refuse("negative_slope", 'has a meaning for the activation "leaky_relu" only')
        return Fraction(0)
    if activation != "leaky_relu":
        raise refuse("activation", f'must be "relu" or "leaky_relu", got {activation!r:.60}')
    return Fraction(1, 100) if negative_slope is None else number(negative_slope, "negative_slope")


def _check_digits(network: Network) -> None:
    """Bounds what any result can need: its denominator divides the product of the layers' denominators."""
    bits = 0
    for index, (weight, bias) in enumerate(zip(network.weights, network.biases, strict=True)):
        bits += _bits(chain(bias, *weight, (network.slope,)), f"weights[{index}]", MOST_BITS - bits)


def _bits(numbers: Iterable[Fraction], path: str, most: int) -> int:
    """Bits of the common denominator and of the largest numerator. Raises TheoryError above `most`."""
    common, largest = 1, 0
    for entry in numbers:
        common, largest = lcm(common, entry.denominator), max(largest, abs(entry.numerator))
        if common.bit_length() + largest.bit_length() > most:
            said = f"makes exact results of more than {MOST_BITS} bits possible; use rounder numbers"
            raise refuse(path, said)
    return common.bit_length() + largest.bit_length()
