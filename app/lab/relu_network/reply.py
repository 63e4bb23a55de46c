"""Results on a ReLU network as the reply shows them: exact numbers as text, in lists where there are many.

What is found is `formula.results`; the reply's fields are `views`.
"""

from collections.abc import Iterable, Sequence
from decimal import Context, Decimal
from fractions import Fraction

from app.lab.base.formula.exact import Matrix, Vector
from app.lab.relu_network.formula.derivation import derivation
from app.lab.relu_network.formula.network import Network
from app.lab.relu_network.formula.results import (
    AffineMap,
    AtPoint,
    HalfSpace,
    Interval,
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
