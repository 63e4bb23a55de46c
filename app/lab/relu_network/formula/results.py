"""What can be said of a ReLU network exactly: at a point, on the line, and in a window of the plane.

Only the shapes of results; how they are found is in `point`, `pieces` and `regions`.
"""

from dataclasses import dataclass
from fractions import Fraction

from app.lab.base.formula.exact import Matrix, Vector

Pattern = tuple[tuple[int, ...], ...]


@dataclass(frozen=True, order=True)
class Unit:
    """A unit of a hidden layer; both count from 1."""

    layer: int
    unit: int


@dataclass(frozen=True)
class AffineMap:
    """y = weight x + bias; weight is outputs x inputs."""

    weight: Matrix
    bias: Vector

    def value(self, x: Vector) -> Vector | None:
        """y; None where the shapes make no map of x, as those of an answer may."""
        if len(self.weight[0]) != len(x) or len(self.weight) != len(self.bias):
            return None
        rows = zip(self.weight, self.bias, strict=True)
        return tuple(sum((a * b for a, b in zip(row, x, strict=True)), add) for row, add in rows)


@dataclass(frozen=True)
class Mistake:
    """A known kind of mistake: the W and b that come of it, and a sentence on how one comes to them."""

    code: str
    map: AffineMap
    message: str


@dataclass(frozen=True)
class Interval:
    """A closed interval of the line; None is infinity."""

    start: Fraction | None
    end: Fraction | None

    def holds(self, x: Fraction) -> bool:
        """Whether x lies in it, ends included."""
        return (self.start is None or self.start <= x) and (self.end is None or x <= self.end)

    def holds_inside(self, x: Fraction) -> bool:
        """Whether x lies in it and is no end of it."""
        return self.holds(x) and x not in (self.start, self.end)

    def inside(self) -> Fraction:
        """A number inside."""
        if self.start is None:
            return Fraction(0) if self.end is None else self.end - 1
        return self.start + 1 if self.end is None else (self.start + self.end) / 2


@dataclass(frozen=True)
class HalfSpace:
    """normal . x <= limit: the side of `unit` on which its sign stays. Integers without a common divisor."""

    normal: tuple[int, ...]
    limit: int
    unit: Unit


@dataclass(frozen=True)
class Polytope:
    """The points of one pattern; `minimal` says that no half-space follows from the others."""

    half_spaces: tuple[HalfSpace, ...]
    minimal: bool


@dataclass(frozen=True)
class AxisSlopes:
    """Slopes of each output along one input (from 1), from below and from above."""

    axis: int
    left: Vector
    right: Vector


@dataclass(frozen=True)
class AtPoint:
    """The network at x.

    pre_activations: z of each layer, the last one's being h(x). pattern: 1 where z > 0, of hidden layers.
    zero_units: hidden units with z = 0. on_kink: h is not affine around x; then `map` and `region` are None.
    left and right: the maps on both sides, for one input only. axes: for several inputs, on a kink only.
    autograd: what torch returns, which takes the slope below zero at zero. region: for one input, where `map`
    holds; for several, where the pattern is `region_pattern`, which is `pattern` unless units are at zero.
    decided: False where too many patterns meet at x to compare all, so that a kink may have been missed.
    """

    x: Vector
    pre_activations: tuple[Vector, ...]
    pattern: Pattern
    zero_units: tuple[Unit, ...]
    value: Vector
    on_kink: bool
    map: AffineMap | None
    autograd: AffineMap
    left: AffineMap | None
    right: AffineMap | None
    axes: tuple[AxisSlopes, ...]
    region: Interval | Polytope | None
    region_pattern: Pattern
    decided: bool


@dataclass(frozen=True)
class Piece:
    """h on an interval that cannot be longer, one input. patterns: those met on it, left to right."""

    interval: Interval
    map: AffineMap
    patterns: tuple[Pattern, ...]


@dataclass(frozen=True)
class UnitPiece:
    """A unit's pre-activation z = slope x + offset on an interval, one input."""

    interval: Interval
    slope: Fraction
    offset: Fraction


@dataclass(frozen=True)
class OnLine:
    """Everything of a network with one input: h, where it bends, and each hidden unit's pre-activation."""

    pieces: tuple[Piece, ...]
    kinks: tuple[Fraction, ...]
    units: tuple[tuple[Unit, tuple[UnitPiece, ...]], ...]


@dataclass(frozen=True)
class Region:
    """Part of a window with one pattern: a convex polygon, its corners counter-clockwise."""

    pattern: Pattern
    corners: tuple[tuple[Fraction, Fraction], ...]
    map: AffineMap
    area: Fraction
