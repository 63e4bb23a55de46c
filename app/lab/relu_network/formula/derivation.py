r"""W, b and h(x) of a ReLU network at a point, derived line by line with the network's own numbers.

Forward: z_k = W_k a_(k-1) + b_k with a_0 = x, and a_k = D_k z_k with D_k = diag(1 on, slope off). Composed:
A_1 = W_1, c_1 = b_1, A_k = W_k D_(k-1) A_(k-1), c_k = W_k D_(k-1) c_(k-1) + b_k; W = A_L and b = c_L.
"""

from collections.abc import Iterator
from fractions import Fraction

from app.lab.base.formula.derivation import Line
from app.lab.base.formula.exact import Matrix, Vector
from app.lab.relu_network.formula.network import Network, affine, with_pattern
from app.lab.relu_network.formula.results import AffineMap, AtPoint, Pattern
from app.lab.relu_network.formula.words import (
    addend_latex,
    diagonal_latex,
    factor_latex,
    listed,
    matrix_latex,
    matrix_text,
    plus,
    times,
    units_text,
    vector_latex,
    vector_text,
)


def derivation(network: Network, at: AtPoint) -> tuple[Line, ...]:
    """Lines in reading order: each layer and its pattern, the composed map, and the check at x."""
    pattern = at.pattern if at.on_kink else at.region_pattern
    return (
        *_forward(network, at),
        *_remarks(at),
        *_composed(network, pattern),
        *_result(network, at),
    )


def _forward(network: Network, at: AtPoint) -> Iterator[Line]:
    before, name = at.x, "x"
    for index, z in enumerate(at.pre_activations):
        layer, last = index + 1, index == network.layers - 1
        weight, bias = network.weights[index], network.biases[index]
        left = f"h(x) = z{layer}" if last else f"z{layer}"
        said = f"Layer {layer}: {left} = W{layer} {name} + b{layer} = {vector_text(z)}."
        symbol = "x" if index == 0 else f"a_{{{index}}}"
        yield Line(
            said + (" The last layer has no activation." if last else ""),
            rf"z_{{{layer}}} = W_{{{layer}}} {symbol} + b_{{{layer}}}",
            rf"{matrix_latex(weight)} {factor_latex(before)} {addend_latex(bias)} = {vector_latex(z)}",
        )
        if not last:
            before, name = network.activations(z), f"a{layer}"
            yield _pattern_line(layer, _diagonal(network, at.pattern[index]), z, before)


def _diagonal(network: Network, on: tuple[int, ...]) -> Vector:
    """Of D_k."""
    return tuple(Fraction(1) if state else network.slope for state in on)


def _pattern_line(layer: int, diagonal: Vector, z: Vector, a: Vector) -> Line:
    return Line(
        f"{_states(z)} So D{layer} has the diagonal {vector_text(diagonal)}, and "
        f"a{layer} = D{layer} z{layer} = {vector_text(a)}.",
        rf"a_{{{layer}}} = D_{{{layer}}} z_{{{layer}}}",
        rf"{diagonal_latex(diagonal)} {factor_latex(z)} = {vector_latex(a)}",
    )


def _states(z: Vector) -> str:
    """Which units of a layer are on, off, and exactly at zero."""
    states = ["on" if value > 0 else "off" if value < 0 else "exactly at zero" for value in z]
    if len(z) > 1 and len(set(states)) == 1:
        return f"{'Both' if len(z) == 2 else f'All {len(z)}'} units are {states[0]}."
    parts = []
    for state in ("on", "off", "exactly at zero"):
        units = [unit for unit, own in enumerate(states, start=1) if own == state]
        noun, verb = ("units", "are") if len(units) > 1 else ("unit", "is")
        parts += [f"{noun} {listed(units)} {verb} {state}"] if units else []
    said = "; ".join(parts)
    return f"{said[0].upper()}{said[1:]}."


def _remarks(at: AtPoint) -> Iterator[Line]:
    """What units at zero mean for W and b."""
    if not at.zero_units:
        return
    said = units_text(at.zero_units)
    opening = f"{said[0].upper()}{said[1:]} {'sits' if len(at.zero_units) == 1 else 'sit'} exactly at zero."
    if at.on_kink:
        yield Line(f"{opening} The maps on the sides of x differ: x is on a kink, and h has no derivative.")
        yield Line("Autograd takes the slope below zero at zero, so it composes this pattern:")
    elif at.decided:
        yield Line(f"{opening} Every pattern that meets at x gives the same W and b: x is no kink.")
    else:
        yield Line(f"{opening} Too many patterns meet at x to compare all; this is one of them.")


def _composed(network: Network, pattern: Pattern) -> Iterator[Line]:
    found = [affine(rows) for rows in with_pattern(network, pattern)]
    for index in range(1, network.layers):
        layer, inner, here = index + 1, found[index - 1], found[index]
        diagonal = diagonal_latex(_diagonal(network, pattern[index - 1]))
        weight = rf"{matrix_latex(network.weights[index])} \, {diagonal}"
        yield Line(
            f"Composed up to layer {layer}: A{layer} = W{layer} D{index} {_name('A', 'W', index)} = "
            f"{matrix_text(here.weight)}.",
            rf"A_{{{layer}}} = W_{{{layer}}} D_{{{index}}} {_symbol('A', 'W', index)}",
            rf"{weight} {_times(inner.weight)} = {matrix_latex(here.weight)}",
        )
        yield Line(
            f"The same for the biases: c{layer} = W{layer} D{index} {_name('c', 'b', index)} + b{layer} = "
            f"{vector_text(here.bias)}.",
            rf"c_{{{layer}}} = W_{{{layer}}} D_{{{index}}} {_symbol('c', 'b', index)} + b_{{{layer}}}",
            rf"{weight} {factor_latex(inner.bias)} {addend_latex(network.biases[index])} "
            rf"= {vector_latex(here.bias)}",
        )


def _times(rows: Matrix) -> str:
    return factor_latex(rows[0]) if len(rows) == len(rows[0]) == 1 else rf"\cdot {matrix_latex(rows)}"


def _name(composed: str, single: str, index: int) -> str:
    return f"{single}1" if index == 1 else f"{composed}{index}"


def _symbol(composed: str, single: str, index: int) -> str:
    return f"{single}_{{1}}" if index == 1 else f"{composed}_{{{index}}}"


def _result(network: Network, at: AtPoint) -> Iterator[Line]:
    found = at.map or at.autograd
    what = "Autograd's W" if at.on_kink else "Around x, W"
    chain, bias = _closed(network.layers, "W{0} D{1}", "b{0}")
    chain_symbols, bias_symbols = _closed(network.layers, "W_{{{0}}} D_{{{1}}}", "b_{{{0}}}")
    yield Line(
        f"{what} = {chain} W1 = {matrix_text(found.weight)}.".replace("=  W1", "= W1"),
        f"W = {chain_symbols} W_{{1}}",
        f"W = {matrix_latex(found.weight)}",
    )
    yield Line(
        f"And b = {bias} = {vector_text(found.bias)}.",
        f"b = {bias_symbols}",
        f"b = {vector_latex(found.bias)}",
    )
    yield _check(found, at)
    if at.left is not None and at.right is not None and at.on_kink:
        for side, seen in (("below", at.left), ("above", at.right)):
            yield Line(
                f"From {side}: W = {matrix_text(seen.weight)}, b = {vector_text(seen.bias)}.",
                "h(x) = W x + b",
                rf"W = {matrix_latex(seen.weight)},\quad b = {vector_latex(seen.bias)}",
            )
    for slopes in at.axes:
        yield Line(
            f"Along x{slopes.axis} the slope is {vector_text(slopes.left)} from below and "
            f"{vector_text(slopes.right)} from above.",
            rf"\partial_{{{slopes.axis}}}^{{-}} h,\quad \partial_{{{slopes.axis}}}^{{+}} h",
            rf"{vector_latex(slopes.left)},\quad {vector_latex(slopes.right)}",
        )


def _closed(layers: int, factor: str, bias: str) -> tuple[str, str]:
    """W without its last factor W_1, and b, written out: W3 D2 W2 D1 and W3 D2 (W2 D1 b1 + b2) + b3."""
    chain, adds = "", bias.format(1)
    for layer in range(2, layers + 1):
        step = factor.format(layer, layer - 1)
        chain = f"{step} {chain}".strip()
        adds = f"{step} {adds if layer == 2 else f'({adds})'} + {bias.format(layer)}"
    return chain, adds


def _check(found: AffineMap, at: AtPoint) -> Line:
    product = times(matrix_text(found.weight), vector_text(at.x))
    return Line(
        f"Check: W x + b = {product} {plus(vector_text(found.bias))} = {vector_text(at.value)}, which is "
        "h(x) of the forward pass.",
        "W x + b = h(x)",
        rf"{matrix_latex(found.weight)} {factor_latex(at.x)} {addend_latex(found.bias)} "
        rf"= {vector_latex(at.value)}",
    )
