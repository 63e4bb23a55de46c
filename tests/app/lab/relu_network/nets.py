"""Random networks of small dyadic numbers, exact in float64 too, with torch as an oracle for them."""

from collections.abc import Sequence
from fractions import Fraction
from itertools import pairwise

import torch
from hypothesis import strategies as st

from app.lab.base.formula.exact import Matrix, Vector, number
from app.lab.relu_network.formula.network import Network, read_network
from app.lab.relu_network.formula.results import AffineMap

WRITE_UP = read_network([[[1.5], [0.5]], [[1, 2], [2, 1]], [[1, 1]]], [[0, 1], [0, 1], [-1]])

dyadic = st.integers(-12, 12).map(lambda n: Fraction(n, 4))
coarse = st.integers(-2, 2).map(Fraction)
slopes = st.sampled_from([Fraction(0), Fraction(1, 4), Fraction(-1, 2)])


@st.composite
def networks(
    draw: st.DrawFn,
    inputs: int | None = None,
    outputs: int | None = None,
    entries: st.SearchStrategy[Fraction] = dyadic,
    slope: st.SearchStrategy[Fraction] = slopes,
    most_hidden: int = 3,
    most_units: int = 4,
) -> Network:
    hidden = draw(st.lists(st.integers(1, most_units), max_size=most_hidden))
    widths = [inputs or draw(st.integers(1, 3)), *hidden, outputs or draw(st.integers(1, 2))]
    weights = tuple(
        tuple(tuple(draw(entries) for _ in range(before)) for _ in range(units))
        for before, units in pairwise(widths)
    )
    biases = tuple(tuple(draw(entries) for _ in range(units)) for units in widths[1:])
    return Network(weights, biases, draw(slope))


def scalars(weight: float | str, bias: float | str) -> AffineMap:
    """The map weight x + bias of one input and one output."""
    return AffineMap(((number(weight, "W"),),), (number(bias, "b"),))


def value(network: Network, x: Vector) -> Vector:
    """h(x) by the definition, in fractions: no code of the calculator."""
    for index, (weight, bias) in enumerate(zip(network.weights, network.biases, strict=True)):
        z = apply(weight, bias, x)
        last = index == network.layers - 1
        x = z if last else tuple(entry if entry > 0 else network.slope * entry for entry in z)
    return x


def apply(weight: Matrix, bias: Vector, x: Vector) -> Vector:
    """weight x + bias."""
    rows = zip(weight, bias, strict=True)
    return tuple(sum((a * b for a, b in zip(row, x, strict=True)), add) for row, add in rows)


def jacobian(network: Network, x: Vector) -> Matrix:
    """What torch's autograd returns in float64, read back exactly."""
    point = torch.tensor([float(entry) for entry in x], dtype=torch.float64, requires_grad=True)
    at = point
    for index, (weight, bias) in enumerate(zip(network.weights, network.biases, strict=True)):
        at = _tensor(weight) @ at + _tensor(bias)
        if index < network.layers - 1:
            at = torch.nn.functional.leaky_relu(at, float(network.slope))
    rows = [torch.autograd.grad(output, point, retain_graph=True)[0] for output in at]
    return tuple(tuple(Fraction(entry) for entry in row.tolist()) for row in rows)


def shifted(x: Vector, direction: Sequence[Fraction], step: Fraction) -> Vector:
    """x + step direction."""
    return tuple(a + step * b for a, b in zip(x, direction, strict=True))


def _tensor(values: Matrix | Vector) -> torch.Tensor:
    nested = [[float(e) for e in row] if isinstance(row, tuple) else float(row) for row in values]
    return torch.tensor(nested, dtype=torch.float64)
