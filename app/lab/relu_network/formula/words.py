"""Exact numbers, maps and units of a network in sentences: (3, 2), [1, 2; 0, 1], unit 1 of layer 2."""

from collections.abc import Sequence

from app.lab.base.formula.exact import Matrix, Vector
from app.lab.relu_network.formula.results import Interval, Pattern, Unit

MOST_LISTED = 8


def listed(values: Sequence[object]) -> str:
    """Entries with commas, cut after the first few."""
    shown = [str(value) for value in values]
    return ", ".join(shown if len(shown) <= MOST_LISTED else [*shown[: MOST_LISTED - 1], "...", shown[-1]])


def vector_text(values: Vector) -> str:
    """(3, 2); a single number stands for itself."""
    return str(values[0]) if len(values) == 1 else f"({listed(values)})"


def matrix_text(rows: Matrix) -> str:
    """[1, 2; 0, 1]; a single number stands for itself."""
    if len(rows) == len(rows[0]) == 1:
        return str(rows[0][0])
    shown = [listed(row) for row in rows]
    cut = shown if len(shown) <= MOST_LISTED else [*shown[: MOST_LISTED - 1], "...", shown[-1]]
    return f"[{'; '.join(cut)}]"


def times(weight: str, x: str) -> str:
    """weight x as the sentence of a product: 6 · 2, -1 · (-2)."""
    return f"{weight} · ({x})" if x.startswith("-") else f"{weight} · {x}"


def plus(bias: str) -> str:
    """What is added: + 3, - 1/2, + (1, 2)."""
    return f"- {bias[1:]}" if bias.startswith("-") else f"+ {bias}"


def interval_text(interval: Interval) -> str:
    """Where x lies: x <= -2, -2 <= x <= 0, all x."""
    start, end = interval.start, interval.end
    if start is None:
        return "all x" if end is None else f"x <= {end}"
    return f"x >= {start}" if end is None else f"{start} <= x <= {end}"


def unit_text(unit: Unit) -> str:
    """unit 1 of layer 2."""
    return f"unit {unit.unit} of layer {unit.layer}"


def units_text(units: Sequence[Unit]) -> str:
    """unit 1 of layer 1 and units 1, 2 of layer 2."""
    by_layer: dict[int, list[int]] = {}
    for unit in units:
        by_layer.setdefault(unit.layer, []).append(unit.unit)
    parts = [
        f"unit{'s' * (len(found) > 1)} {listed(found)} of layer {layer}" for layer, found in by_layer.items()
    ]
    return " and ".join(parts)


def differing(one: Pattern, other: Pattern) -> tuple[Unit, ...]:
    """Units that two patterns do not share."""
    return tuple(
        Unit(layer, unit)
        for layer, (left, right) in enumerate(zip(one, other, strict=True), start=1)
        for unit, (a, b) in enumerate(zip(left, right, strict=True), start=1)
        if a != b
    )
