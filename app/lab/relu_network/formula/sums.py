"""Layers of a ReLU network added or set side by side where they should be composed: what comes of it.

Layers may be composed in runs whose results are then added, entry by entry: W2 W1 + W3. Or one stops at an
early layer and gives one W and one b for each of its units.
"""

from collections.abc import Iterator, Sequence
from fractions import Fraction
from operator import mul

from app.lab.base.formula.exact import Vector
from app.lab.relu_network.formula.marks import column
from app.lab.relu_network.formula.network import Network, affine, with_pattern
from app.lab.relu_network.formula.results import AffineMap, AtPoint, Mistake, Pattern
from app.lab.relu_network.formula.words import vector_text

MOST_LAYERS = 6
MOST_WEIGHTS = 500
"""Larger networks are not added up by hand."""
Run = tuple[int, ...]


def sums_of_layers(network: Network, at: AtPoint) -> Iterator[Mistake]:
    """All sums of runs of layers that fit each other, then the units of early layers side by side."""
    all_on: Pattern = tuple(tuple(1 for _ in layer) for layer in at.pattern)
    patterns = tuple(dict.fromkeys((at.region_pattern, all_on)))
    if 1 < network.layers <= MOST_LAYERS and network.size <= MOST_WEIGHTS:
        for runs in _runs(network.layers):
            for pattern in patterns:
                yield from _added(network, pattern, runs)
    for pattern in patterns:
        yield from _stopped(network, at, pattern)


def _runs(layers: int) -> Iterator[tuple[Run, ...]]:
    """The ways to cut 1 ... layers into two or more runs, the fewest runs first."""
    ways = sorted(range(1, 2 ** (layers - 1)), key=int.bit_count)
    for way in ways:
        runs: list[Run] = [(0,)]
        for layer in range(1, layers):
            if way >> (layer - 1) & 1:
                runs.append((layer,))
            else:
                runs[-1] = (*runs[-1], layer)
        yield tuple(runs)


def _added(network: Network, pattern: Pattern, runs: Sequence[Run]) -> Iterator[Mistake]:
    sizes = {len(network.biases[run[-1]]) * len(network.weights[run[0]][0]) for run in runs}
    if len(sizes) > 1:
        return
    parts = [_composed(network, pattern, run) for run in runs]
    weights = [tuple(entry for row in part.weight for entry in row) for part in parts]
    total = _sum(weights)
    bias = _sum(_stretched([part.bias for part in parts]))
    names = " + ".join(" ".join(f"W{layer + 1}" for layer in reversed(run)) for run in runs)
    numbers = " + ".join(vector_text(weight) for weight in weights)
    yield Mistake(
        "layers_added",
        AffineMap(column(total), bias),
        f"This W is {names} = {numbers} = {vector_text(total)}: layers were added side by side. They are "
        f"composed: {_right_product(network)}.",
    )


def _composed(network: Network, pattern: Pattern, run: Run) -> AffineMap:
    """The run's layers as a network of their own, with the pattern's part."""
    part = network.part(run[0], run[-1])
    return affine(with_pattern(part, pattern[run[0] : run[-1]])[-1])


def _stretched(biases: Sequence[Vector]) -> list[Vector]:
    """A single number is added to every entry; vectors of other lengths than the longest are left out."""
    longest = max(map(len, biases))
    same = [bias * longest if len(bias) == 1 else bias for bias in biases]
    return [bias for bias in same if len(bias) == longest]


def _sum(vectors: Sequence[Vector]) -> Vector:
    return tuple(sum(entries, Fraction(0)) for entries in zip(*vectors, strict=True))


def _stopped(network: Network, at: AtPoint, pattern: Pattern) -> Iterator[Mistake]:
    """The units of each layer before the last hidden one: their slopes, with b as composed or from a(x)."""
    for index, rows in enumerate(with_pattern(network, pattern)[:-2]):
        found, layer = affine(rows), index + 1
        units = len(found.bias)
        message = (
            f"These are the slopes of the {units} unit{'s' * (units > 1)} of layer {layer}, side by side. "
            f"They go on through layers {layer + 1} to {network.layers}, composed: {_right_product(network)}."
        )
        active = network.activations(at.pre_activations[index])
        reached = (sum(map(mul, row, at.x), Fraction(0)) for row in found.weight)
        through_point = tuple(a - wx for a, wx in zip(active, reached, strict=True))
        for bias in dict.fromkeys((found.bias, through_point)):
            yield Mistake("layers_added", AffineMap(found.weight, bias), message)


def _right_product(network: Network) -> str:
    factors = " ".join(f"W{layer} D{layer - 1}" for layer in range(network.layers, 1, -1))
    return f"W = {factors} W1"
