"""Known mistakes with a ReLU network at a point, made on purpose: each with the W and b that come of it.

Which of them explains an answer is decided in `answers`.
"""

from collections.abc import Iterable, Iterator, Sequence
from fractions import Fraction
from itertools import chain, islice, product

from app.lab.relu_network.formula.marks import column
from app.lab.relu_network.formula.network import Network, affine, forward, masked, with_pattern
from app.lab.relu_network.formula.results import AffineMap, AtPoint, Mistake, OnLine, Pattern, Unit
from app.lab.relu_network.formula.sums import sums_of_layers
from app.lab.relu_network.formula.words import differing, interval_text, unit_text, units_text, vector_text

ALL_PATTERNS_UP_TO = 8
MOST_STEPS = 50_000
MOST_PATTERNS = 64
MOST_NAMED = 3


def mistakes(network: Network, at: AtPoint, right: AffineMap, line: OnLine | None) -> Iterator[Mistake]:
    """Every known mistake, the likelier ones first. `right`: the map at the point; line: for one input."""
    yield from _as_autograd(network, at, right)
    yield from _no_activation(network, at)
    yield from _without_bias(network, at, right)
    yield from _short_of_last(network, at)
    yield from sums_of_layers(network, at)
    yield from _rearranged(right)
    yield from _other_patterns(network, at, line)


def _composed(network: Network, pattern: Pattern) -> AffineMap:
    return affine(with_pattern(network, pattern)[-1])


def autograd_message(network: Network, at: AtPoint) -> str:
    """What autograd does where units are exactly at zero and that matters."""
    taken = "counts" if len(at.zero_units) == 1 else "count"
    return (
        f"This is what autograd returns, which is not the derivative here: it takes relu'(0) = "
        f"{network.slope}, so {units_text(at.zero_units)}, exactly at zero, {taken} as off."
    )


def _as_autograd(network: Network, at: AtPoint, right: AffineMap) -> Iterator[Mistake]:
    if at.autograd != right:
        yield Mistake("autograd", at.autograd, autograd_message(network, at))


def _no_activation(network: Network, at: AtPoint) -> Iterator[Mistake]:
    off = sorted(differing(_all_on(at), at.region_pattern), key=lambda unit: _z(at, unit) == 0)
    if not off:
        return
    product_text = " ".join(f"W{k}" for k in range(network.layers, 0, -1))
    yield Mistake(
        "identity_activations",
        _composed(network, _all_on(at)),
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
        less = network.without_bias(dropped)
        _, pattern = forward(less, at.x)
        which = f"layer {dropped[0] + 1}" if len(dropped) == 1 else "all layers"
        numbers = "; ".join(f"b{index + 1} = {vector_text(network.biases[index])}" for index in dropped)
        yield Mistake(
            "bias_forgotten",
            AffineMap(right.weight, _composed(less, at.region_pattern).bias),
            f"This b leaves out the bias of {which} ({numbers}). With it b = {vector_text(right.bias)}.",
        )
        changed = differing(pattern, at.region_pattern)
        if changed:
            yield Mistake(
                "bias_forgotten",
                _composed(less, pattern),
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
    for pattern in dict.fromkeys((at.region_pattern, at.pattern, _all_on(at))):
        z = with_pattern(network, pattern)[-2]
        for rows in dict.fromkeys((z, masked(network, z, pattern[-1]))):
            yield Mistake("last_layer_forgotten", affine(rows), message)


def _rearranged(right: AffineMap) -> Iterator[Mistake]:
    swapped = AffineMap(column(right.bias), tuple(entry for row in right.weight for entry in row))
    yield Mistake("w_and_b_swapped", swapped, "W and b are swapped: W multiplies x, b is added.")
    rows, columns = len(right.weight), len(right.weight[0])
    if rows * columns > 1:
        yield Mistake(
            "transposed",
            AffineMap(tuple(zip(*right.weight, strict=True)), right.bias),
            f"This is W transposed. W is {rows} x {columns} here: one row an output, one column an input.",
        )


def _other_patterns(network: Network, at: AtPoint, line: OnLine | None) -> Iterator[Mistake]:
    """The maps of other patterns: those of the line's pieces first, then by how many units differ."""
    held: dict[Pattern, str] = {}
    for piece in line.pieces if line else ():
        for pattern in piece.patterns:
            held.setdefault(pattern, f" That pattern holds for {interval_text(piece.interval)}.")
    tried = dict.fromkeys(chain(held, _near(at.region_pattern)))
    nearest = sorted(tried, key=lambda one: (one not in held, len(differing(one, at.region_pattern))))
    most = min(MOST_PATTERNS, MOST_STEPS // (network.size * network.inputs))
    for pattern in nearest[:most]:
        if pattern not in (at.pattern, at.region_pattern):
            message = _pattern_message(at, pattern, held.get(pattern, ""))
            yield Mistake("wrong_pattern", _composed(network, pattern), message)


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
    return (tuple(tuple(islice(left, len(layer))) for layer in pattern) for left in map(iter, states))
