"""Results on a ReLU network as the reply shows them: exact numbers as text, in lists where there are many.

What is found is `formula.results`; the reply's fields are `views`. `window_of` is what plots show.
"""

from collections.abc import Iterable, Sequence
from decimal import Context, Decimal
from fractions import Fraction

from app.lab.base.formula.exact import Matrix, Vector, number, refuse
from app.lab.relu_network.formula.derivation import derivation
from app.lab.relu_network.formula.network import Network
from app.lab.relu_network.formula.results import (
    AffineMap,
    AtPoint,
    HalfSpace,
    Interval,
    OnLine,
    Piece,
    Polytope,
    Region,
    Unit,
    UnitPiece,
)
from app.lab.relu_network.formula.words import interval_text
from app.lab.relu_network.text import affine_text, exact_text, map_text
from app.lab.relu_network.views import (
    AroundView,
    AxisView,
    Exact,
    HalfSpaceView,
    LayerView,
    MapView,
    NetworkView,
    PieceView,
    PointView,
    PolygonView,
    UnitLineView,
    UnitPieceView,
)

MOST_AREA_BITS = 180
MOST_SAID = 3


def network_view(network: Network) -> NetworkView:
    """The network as it was read."""
    return NetworkView(
        inputs=network.inputs,
        outputs=network.outputs,
        weights=tuple(map(_rows, network.weights)),
        biases=tuple(map(_texts, network.biases)),
        activation="leaky_relu" if network.slope else "relu",
        slope=str(network.slope),
    )


def point_view(network: Network, at: AtPoint) -> PointView:
    """The network at a point, with its derivation."""
    weight, bias = (None, None) if at.map is None else _exact(at.map)
    region = None if at.region is None else _around(at.region)
    axes = [AxisView(axis=each.axis, left=_texts(each.left), right=_texts(each.right)) for each in at.axes]
    return PointView(
        x=str(at.x[0]) if len(at.x) == 1 else _texts(at.x),
        W=weight,
        b=bias,
        h=str(at.value[0]) if network.inputs == network.outputs == 1 else _texts(at.value),
        pattern=at.pattern,
        zero_units=at.zero_units,
        on_kink=at.on_kink,
        left=None if at.left is None else _map_view(at.left),
        right=None if at.right is None else _map_view(at.right),
        axes=tuple(axes),
        autograd=_map_view(at.autograd),
        region=region,
        region_pattern=at.region_pattern,
        decided=at.decided,
        layers=tuple(_layer_views(network, at)),
        text=_said(at, region),
        derivation=derivation(network, at),
    )


def _map_view(found: AffineMap) -> MapView:
    weight, bias = _exact(found)
    return MapView(W=weight, b=bias)


def piece_view(piece: Piece) -> PieceView:
    """A piece of h."""
    weight, bias = _exact(piece.map)
    start, to = _ends(piece.interval)
    return PieceView(start=start, to=to, W=weight, b=bias, patterns=piece.patterns)


def unit_line_view(unit: Unit, pieces: Iterable[UnitPiece]) -> UnitLineView:
    """A unit's pre-activation."""
    return UnitLineView(layer=unit.layer, unit=unit.unit, pieces=tuple(map(_unit_piece, pieces)))


def polygon_view(region: Region) -> PolygonView:
    """A region. Its area is exact where that is short, else to 17 digits."""
    weight, bias = _exact(region.map)
    corners = tuple((str(x), str(y)) for x, y in region.corners)
    return PolygonView(pattern=region.pattern, corners=corners, W=weight, b=bias, area=_short(region.area))


def _exact(found: AffineMap) -> tuple[Exact, str | tuple[str, ...]]:
    """W and b: single numbers for one input and one output, else W as rows and b as a list."""
    if len(found.weight) == len(found.weight[0]) == 1:
        return str(found.weight[0][0]), str(found.bias[0])
    return _rows(found.weight), _texts(found.bias)


def _texts(values: Vector) -> tuple[str, ...]:
    return tuple(map(str, values))


def _rows(matrix: Matrix) -> tuple[tuple[str, ...], ...]:
    return tuple(map(_texts, matrix))


def _layer_views(network: Network, at: AtPoint) -> Iterable[LayerView]:
    for layer, z in enumerate(at.pre_activations, start=1):
        a = z if layer == network.layers else network.activations(z)
        yield LayerView(z=_texts(z), a=_texts(a))


def _around(region: Interval | Polytope) -> AroundView:
    if isinstance(region, Interval):
        start, to = _ends(region)
        text = exact_text(interval_text(region).replace("<=", "≤").replace(">=", "≥"))
        return AroundView(start=start, to=to, half_spaces=(), minimal=True, text=text)
    halves = tuple(map(_half_space, region.half_spaces))
    said = " and ".join(half.text for half in halves)
    text = said or "all x" if len(halves) <= MOST_SAID else f"{len(halves)} half-spaces"
    return AroundView(start=None, to=None, half_spaces=halves, minimal=region.minimal, text=text)


def _half_space(half: HalfSpace) -> HalfSpaceView:
    text = f"{affine_text([*map(str, half.normal)], '0')} ≤ {exact_text(str(half.limit))}"
    return HalfSpaceView(**vars(half), text=text)


def _said(at: AtPoint, region: AroundView | None) -> str:
    """The answer in one line."""
    here = exact_text(f"h({', '.join(map(str, at.x))}) = {_listed(at.value)}")
    if at.map is not None:
        return f"{here}; around it {_map_said(at.map)}" + (f", for {region.text}" if region else "")
    sides = [(name, side) for name, side in (("below", at.left), ("above", at.right)) if side]
    said = "; ".join(f"from {name} {_map_said(side)}" for name, side in sides)
    return f"{here}, on a kink: {said or 'no one W holds around it'}"


def _map_said(found: AffineMap) -> str:
    if len(found.weight) == 1:
        return f"h = {map_text(*_exact(found))}"
    rows = "; ".join(", ".join(map(str, row)) for row in found.weight)
    return exact_text(f"h = W x + b with W = [{rows}] and b = {_listed(found.bias)}")


def _listed(values: Sequence[Fraction]) -> str:
    return str(values[0]) if len(values) == 1 else f"({', '.join(map(str, values))})"


def _ends(interval: Interval) -> tuple[str | None, str | None]:
    start, end = interval.start, interval.end
    return None if start is None else str(start), None if end is None else str(end)


def _unit_piece(piece: UnitPiece) -> UnitPieceView:
    start, to = _ends(piece.interval)
    return UnitPieceView(start=start, to=to, slope=str(piece.slope), offset=str(piece.offset))


def _short(value: Fraction) -> str:
    """Exact, or to 17 digits where that is long; of any size, as a float would not be."""
    if value.numerator.bit_length() + value.denominator.bit_length() < MOST_AREA_BITS:
        return str(value)
    return str(Context(prec=17).divide(Decimal(value.numerator), Decimal(value.denominator)))


MARGIN, LEAST_MARGIN, USUAL = Fraction(1, 4), Fraction(1), Fraction(3)
FURTHEST = Fraction(10**90)
NARROWEST = 1 / FURTHEST
LEAST_SHARE = Fraction(1, 10**9)
"""Of the larger end, how wide a window is at least: plots are drawn in doubles, which tell no finer."""

Window = tuple[Fraction, Fraction]


def window_of(low: object, high: object, points: Sequence[AtPoint], line: OnLine | None) -> Window:
    """From and to, the same for each input. Raises TheoryError naming low or high.

    Where one of them is typed and leaves no width, the other one moves.
    """
    usual = _around_points(points) if line is None else _along(line, points)
    start = usual[0] if low is None else _read(low, "low")
    end = usual[1] if high is None else _read(high, "high")
    if low is not None and high is None and not _is_wide(start, end):
        end = start + _width_at(start)
    if low is None and high is not None and not _is_wide(start, end):
        start = end - _width_at(end)
    if start >= end:
        raise refuse("high", f"must be larger than low, but is {end} and low is {start}")
    if not _is_wide(start, end):
        need = "plots need 1e-90 between them, and a billionth of the larger"
        raise refuse("high", f"is too near to low: {need}")
    return start, end


def _read(value: object, name: str) -> Fraction:
    read = number(value, name)
    if abs(read) > FURTHEST:
        raise refuse(name, "must be between -1e90 and 1e90: plots show no more")
    return read


def _is_wide(start: Fraction, end: Fraction) -> bool:
    return end - start >= max(NARROWEST, LEAST_SHARE * max(abs(start), abs(end)))


def _width_at(x: Fraction) -> Fraction:
    return max(2 * USUAL, abs(x) / 1000)


def _along(line: OnLine, points: Sequence[AtPoint]) -> Window:
    """All kinks and points that a plot can show, and a quarter more on each side."""
    marks = [x for x in (*line.kinks, *(at.x[0] for at in points)) if abs(x) <= FURTHEST / 2]
    if not marks:
        return -USUAL, USUAL
    least = max(LEAST_MARGIN, max(map(abs, marks)) / 1000)
    margin = max((max(marks) - min(marks)) * MARGIN, least)
    return min(marks) - margin, max(marks) + margin


def _around_points(points: Sequence[AtPoint]) -> Window:
    """A square around zero that holds the points, as far as a plot can show them."""
    furthest = max((abs(entry) for at in points for entry in at.x), default=Fraction(0))
    reach = min(max(USUAL, furthest * (1 + MARGIN)), FURTHEST)
    return -reach, reach
