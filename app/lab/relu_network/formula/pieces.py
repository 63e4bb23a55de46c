"""A ReLU network with one input, whole: its pieces, its kinks, and each hidden unit's pre-activation.

The line is cut layer by layer, at the roots of each unit, so every part has one pattern; neighbours with the
same W and b are one piece, whatever their patterns.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from fractions import Fraction
from itertools import groupby, pairwise
from typing import TypeAlias

from app.lab.base.formula.exact import refuse
from app.lab.relu_network.formula.integer_map import IntegerMap, Row, after, identity
from app.lab.relu_network.formula.network import Network, affine, deeper
from app.lab.relu_network.formula.results import AffineMap, Interval, OnLine, Pattern, Piece, Unit, UnitPiece

MOST_PIECES = 500
MOST_STEPS = 1_000_000
_Marks: TypeAlias = list[Fraction | None]


@dataclass(frozen=True)
class _Part:
    """A part of the line with one pattern; z: pre-activations of the layers so far."""

    interval: Interval
    pattern: Pattern
    z: tuple[IntegerMap, ...]


def on_line(network: Network) -> OnLine:
    """All of h, for one input. Raises TheoryError for several inputs and for too many parts to list."""
    if network.inputs != 1:
        raise refuse("weights[0]", f"has {network.inputs} columns; pieces on a line need one input")
    most = min(MOST_PIECES, MOST_STEPS // network.size)
    parts = [_Part(Interval(None, None), (), (after(network.maps[0], identity(1)),))]
    for index in range(network.hidden):
        marked = list(_marked(parts, most))
        parts = [deeper for part, marks in marked for deeper in _cut(network, part, marks, index)]
    pieces = tuple(_merged(parts))
    kinks = tuple(piece.interval.end for piece in pieces if piece.interval.end is not None)
    return OnLine(pieces, kinks, tuple(_units(network, parts)))


def _marked(parts: Sequence[_Part], most: int) -> Iterable[tuple[_Part, _Marks]]:
    """Each part with its ends and the roots of its units. Raises TheoryError as soon as they are too many."""
    count = 0
    for part in parts:
        roots = _roots(part.z[-1].rows, part.interval)
        count += len(roots) + 1
        if count > most:
            said = f"bend the line into more than {most} parts with a pattern each: too many to list here"
            raise refuse("weights", said)
        yield part, [part.interval.start, *roots, part.interval.end]


def _cut(network: Network, part: _Part, marks: _Marks, index: int) -> Iterable[_Part]:
    """The part cut at its marks, where units of hidden layer `index` (from 0) change sign."""
    z = part.z[-1]
    for start, end in pairwise(marks):
        interval = Interval(start, end)
        on = _signs(z.rows, interval.inside())
        yield _Part(interval, (*part.pattern, on), (*part.z, deeper(network, index, z, on)))


def _roots(rows: Sequence[Row], interval: Interval) -> list[Fraction]:
    roots = {Fraction(-offset, slope) for slope, offset in rows if slope}
    return sorted(root for root in roots if interval.holds_inside(root))


def _signs(rows: Sequence[Row], x: Fraction) -> tuple[int, ...]:
    return tuple(int(slope * x.numerator + offset * x.denominator > 0) for slope, offset in rows)


def _merged(parts: Sequence[_Part]) -> Iterable[Piece]:
    for last, group in groupby(parts, key=lambda part: part.z[-1]):
        same = list(group)
        interval = Interval(same[0].interval.start, same[-1].interval.end)
        yield Piece(interval, affine(last), tuple(part.pattern for part in same))


def _units(network: Network, parts: Sequence[_Part]) -> Iterable[tuple[Unit, tuple[UnitPiece, ...]]]:
    for layer in range(network.hidden):
        maps = [(part.interval, affine(part.z[layer])) for part in parts]
        for unit in range(len(network.maps[layer].rows)):
            yield Unit(layer + 1, unit + 1), tuple(_unit_pieces(maps, unit))


def _unit_pieces(maps: Sequence[tuple[Interval, AffineMap]], unit: int) -> Iterable[UnitPiece]:
    def line(pair: tuple[Interval, AffineMap]) -> tuple[Fraction, Fraction]:
        return pair[1].weight[unit][0], pair[1].bias[unit]

    for (slope, offset), group in groupby(maps, key=line):
        same = [interval for interval, _ in group]
        yield UnitPiece(Interval(same[0].start, same[-1].end), slope, offset)
