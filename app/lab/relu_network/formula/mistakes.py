"""Known mistakes with a ReLU network at a point, made on purpose: each with the W and b that come of it.

Which of them explains an answer is decided in `answers`.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from fractions import Fraction
from itertools import chain, product

from app.lab.base.formula.exact import Matrix, Vector
from app.lab.relu_network.formula.given import column
from app.lab.relu_network.formula.layers import Layers, affine, forward, layers_of, masked, with_pattern
from app.lab.relu_network.formula.network import Network
from app.lab.relu_network.formula.results import AffineMap, AtPoint, OnLine, Pattern, Unit
from app.lab.relu_network.formula.sums import sums_of_layers
from app.lab.relu_network.formula.words import differing, interval_text, unit_text, units_text, vector_text

ALL_PATTERNS_UP_TO = 8
MOST_STEPS = 50_000
MOST_PATTERNS = 64
MOST_NAMED = 3


@dataclass(frozen=True)
class Mistake:
    """What the mistake gives for W and b, and a sentence that says how one comes to it."""

    code: str
    weight: Matrix
    bias: Vector
    message: str

    def value(self, x: Vector) -> Vector | None:
        """h(x) by its W and b; None where they are no map of x."""
        if len(self.weight[0]) != len(x) or len(self.weight) != len(self.bias):
            return None
        return tuple(
            sum((a * b for a, b in zip(row, x, strict=True)), add)
            for row, add in zip(self.weight, self.bias, strict=True)
        )


def mistakes(network: Network, at: AtPoint, right: AffineMap, line: OnLine | None) -> Iterator[Mistake]:
    """Every known mistake, the likelier ones first. `right`: the map at the point; line: for one input."""
    yield from _as_autograd(network, at, right)
    yield from _no_activation(network, at)
    yield from _without_bias(network, at, right)
    yield from _short_of_last(network, at)
    yield from sums_as_mistakes(network, at)
    yield from _rearranged(right)
    yield from _other_patterns(network, at, line)


def _composed(layers: Layers, pattern: Pattern) -> AffineMap:
    return affine(with_pattern(layers, pattern)[-1])


def autograd_message(network: Network, at: AtPoint) -> str:
    """What autograd does where units are exactly at zero and that matters."""
    taken = "counts" if len(at.zero_units) == 1 else "count"
    return (
        f"This is what autograd returns, which is not the derivative here: it takes relu'(0) = "
        f"{network.slope}, so {units_text(at.zero_units)}, exactly at zero, {taken} as off."
    )


def _as_autograd(network: Network, at: AtPoint, right: AffineMap) -> Iterator[Mistake]:
    if at.autograd != right:
        yield Mistake("autograd", at.autograd.weight, at.autograd.bias, autograd_message(network, at))


def _no_activation(network: Network, at: AtPoint) -> Iterator[Mistake]:
    off = sorted(differing(_all_on(at), at.region_pattern), key=lambda unit: _z(at, unit) == 0)
    if not off:
        return
    found = _composed(layers_of(network), _all_on(at))
    product_text = " ".join(f"W{k}" for k in range(network.layers, 0, -1))
    yield Mistake(
        "identity_activations",
        found.weight,
        found.bias,
        f"These are the layers composed without any activation: W = {product_text}. At x = "
        f"{vector_text(at.x)} {unit_text(off[0])} is {_off_by(at, off[0])}.",
    )


def _all_on(at: AtPoint) -> Pattern:
    return tuple(tuple(1 for _ in layer) for layer in at.pattern)


def _without_bias(network: Network, at: AtPoint, right: AffineMap) -> Iterator[Mistake]:
    held = [index for index, bias in enumerate(network.biases) if any(bias)]
    for dropped in dict.fromkeys((*((index,) for index in held), tuple(held))):
        if not dropped:
            return
        less = layers_of(network).without_bias(dropped)
        _, pattern = forward(less, at.x)
        which = f"layer {dropped[0] + 1}" if len(dropped) == 1 else "all layers"
        numbers = "; ".join(f"b{index + 1} = {vector_text(network.biases[index])}" for index in dropped)
        yield Mistake(
            "bias_forgotten",
            right.weight,
            _composed(less, at.region_pattern).bias,
            f"This b leaves out the bias of {which} ({numbers}). With it b = {vector_text(right.bias)}.",
        )
        changed = differing(pattern, at.region_pattern)
        if changed:
            found = _composed(less, pattern)
            yield Mistake(
                "bias_forgotten",
                found.weight,
                found.bias,
                f"W and b come without the bias of {which} ({numbers}); without it {unit_text(changed[0])} "
                f"would be {_state(pattern, changed[0])}. With it, its z is {_z(at, changed[0])}.",
            )


def _short_of_last(network: Network, at: AtPoint) -> Iterator[Mistake]:
    if network.layers == 1:
        return
    last = network.layers
    message = (
        f"These are W and b up to layer {last - 1}: layer {last} is missing. Multiply by W{last} D{last - 1} "
        f"and add b{last} = {vector_text(network.biases[-1])}."
    )
    layers = layers_of(network)
    for pattern in dict.fromkeys((at.region_pattern, _all_on(at))):
        z = with_pattern(layers, pattern)[-2]
        for rows in dict.fromkeys((z, masked(layers, z, pattern[-1]))):
            found = affine(rows)
            yield Mistake("last_layer_forgotten", found.weight, found.bias, message)


def sums_as_mistakes(network: Network, at: AtPoint) -> Iterator[Mistake]:
    """Layers added, or set side by side, instead of composed."""
    for summed in sums_of_layers(network, at):
        yield Mistake("layers_added", summed.weight, summed.bias, summed.message)


def _rearranged(right: AffineMap) -> Iterator[Mistake]:
    yield Mistake(
        "w_and_b_swapped",
        column(right.bias),
        tuple(entry for row in right.weight for entry in row),
        "W and b are swapped: W multiplies x, b is added.",
    )
    if len(right.weight) * len(right.weight[0]) > 1:
        rows, columns = len(right.weight), len(right.weight[0])
        yield Mistake(
            "transposed",
            tuple(zip(*right.weight, strict=True)),
            right.bias,
            f"This is W transposed. W is {rows} x {columns} here: one row an output, one column an input.",
        )


def _other_patterns(network: Network, at: AtPoint, line: OnLine | None) -> Iterator[Mistake]:
    """The maps of other patterns: those of the line's pieces first, then by how many units differ."""
    held: dict[Pattern, str] = {}
    for piece in line.pieces if line else ():
        for pattern in piece.patterns:
            held.setdefault(pattern, f" That pattern holds for {interval_text(piece.interval)}.")
    tried = dict.fromkeys(chain(held, _near(at.region_pattern)))
    nearest = sorted(
        tried, key=lambda pattern: (pattern not in held, len(differing(pattern, at.region_pattern)))
    )
    most = min(MOST_PATTERNS, MOST_STEPS // (network.size * network.inputs))
    for pattern in nearest[:most]:
        changed = differing(pattern, at.region_pattern)
        if not changed or pattern == at.pattern:
            continue
        found = _composed(layers_of(network), pattern)
        yield Mistake("wrong_pattern", found.weight, found.bias,
                      _pattern_message(at, pattern, held.get(pattern, "")))  # fmt: skip


def _pattern_message(at: AtPoint, pattern: Pattern, held: str) -> str:
    changed = sorted(differing(pattern, at.region_pattern), key=lambda unit: _z(at, unit) == 0)
    parts = [
        f"{unit_text(unit)} is taken as {_state(pattern, unit)}, but {_against(at, unit)}"
        for unit in changed[:MOST_NAMED]
    ]
    more = f", and {len(changed) - MOST_NAMED} more units" if len(changed) > MOST_NAMED else ""
    here = vector_text(at.x)
    return f"These belong to another pattern than that of x = {here}: {'; '.join(parts)}{more}.{held}"


def _off_by(at: AtPoint, unit: Unit) -> str:
    return f"off: z = {_z(at, unit)}" if _z(at, unit) else f"exactly at zero, and off {_beside(at)}"


def _against(at: AtPoint, unit: Unit) -> str:
    if _z(at, unit):
        return f"z = {_z(at, unit)} there"
    return f"it is exactly at zero there, and {_state(at.region_pattern, unit)} {_beside(at)}"


def _beside(at: AtPoint) -> str:
    """Where the pattern is read from: towards larger x."""
    return "just above" if len(at.x) == 1 else "a small step along x1 from there"


def _state(pattern: Pattern, unit: Unit) -> str:
    return "on" if pattern[unit.layer - 1][unit.unit - 1] else "off"


def _z(at: AtPoint, unit: Unit) -> Fraction:
    return at.pre_activations[unit.layer - 1][unit.unit - 1]


def _near(pattern: Pattern) -> Iterable[Pattern]:
    """All patterns of a small network; else those with one unit in the other state."""
    units: Sequence[int] = [on for layer in pattern for on in layer]
    if len(units) <= ALL_PATTERNS_UP_TO:
        states: Iterable[Sequence[int]] = product((0, 1), repeat=len(units))
    else:
        states = ([*units[:at], 1 - units[at], *units[at + 1 :]] for at in range(len(units)))
    return (_shaped(flat, pattern) for flat in states)


def _shaped(flat: Sequence[int], pattern: Pattern) -> Pattern:
    rows, start = [], 0
    for layer in pattern:
        rows.append(tuple(flat[start : start + len(layer)]))
        start += len(layer)
    return tuple(rows)
