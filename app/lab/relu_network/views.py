"""What the calculator of ReLU networks replies: every number exact, as text ("6", "3/2").

Where there is one input and one output, W, b and h are single numbers; else W is a list of rows (one an
output), b and h are lists (one number for one output). Layers and units count from 1.
"""

from typing import TypeAlias

from pydantic import ConfigDict, Field

from app.lab.base.formula.derivation import Line
from app.lab.relu_network.formula.answers import MarkedMap
from app.lab.relu_network.formula.results import Unit
from app.views.base import View

Exact: TypeAlias = str | tuple[str, ...] | tuple[tuple[str, ...], ...]
Rows: TypeAlias = tuple[tuple[str, ...], ...]
PatternView: TypeAlias = tuple[tuple[int, ...], ...]
"""Of each hidden layer, 1 for a unit that is on."""


class IntervalView(View):
    """From `start` to `to`; None is infinity."""

    model_config = ConfigDict(populate_by_name=True, serialize_by_alias=True)

    start: str | None = Field(alias="from")  # no name in Python
    to: str | None


class MapView(View):
    """y = W x + b."""

    W: Exact
    b: Exact


class AxisView(View):
    """One-sided slopes of each output along input `axis` (from 1)."""

    axis: int
    left: tuple[str, ...]
    right: tuple[str, ...]


class HalfSpaceView(View):
    """normal . x <= limit, the side on which `unit` keeps its sign; `text` is this as a sentence."""

    normal: tuple[int, ...]
    limit: int
    unit: Unit
    text: str


class AroundView(IntervalView):
    """Where W and b hold around the point. One input: from, to; several: half_spaces, `minimal` ones or all.

    `text` says it in one line: "x > 0", "-2 < x < 0", "all x".
    """

    half_spaces: tuple[HalfSpaceView, ...]
    minimal: bool
    text: str


class LayerView(View):
    """A layer at the point: z = W a + b of the layer before, and a = relu(z); the last layer has a = z."""

    z: tuple[str, ...]
    a: tuple[str, ...]


class PointView(View):
    """The network at x. On a kink W, b and region are None; left and right hold the two sides (one input),
    axes the slopes along each axis (several inputs). autograd: what torch returns, with relu'(0) = 0.

    `text` is the answer in one line. region_pattern: the one that holds in `region`; not `pattern` where
    units are at zero. decided: False where too many patterns meet at x to compare all: a kink may be missed.
    """

    x: str | tuple[str, ...]
    W: Exact | None
    b: Exact | None
    h: str | tuple[str, ...]
    pattern: PatternView
    zero_units: tuple[Unit, ...]
    on_kink: bool
    left: MapView | None
    right: MapView | None
    axes: tuple[AxisView, ...]
    autograd: MapView
    region: AroundView | None
    region_pattern: PatternView
    decided: bool
    layers: tuple[LayerView, ...]
    text: str
    derivation: tuple[Line, ...]


class PieceView(IntervalView):
    """h = W x + b on an interval that cannot be longer, one input. patterns: those met on it, in order."""

    W: Exact
    b: Exact
    patterns: tuple[PatternView, ...]


class UnitPieceView(IntervalView):
    """A unit's z = slope x + offset on an interval."""

    slope: str
    offset: str


class UnitLineView(View):
    """A hidden unit's pre-activation over the whole line, one input."""

    layer: int
    unit: int
    pieces: tuple[UnitPieceView, ...]


class PolygonView(View):
    """Part of the window with one pattern, two inputs: corners counter-clockwise."""

    pattern: PatternView
    corners: tuple[tuple[str, str], ...]
    W: Exact
    b: Exact
    area: str


class NetworkView(View):
    """The network as it was read: weights[k] is units x units before. slope: below zero, "0" for ReLU."""

    inputs: int
    outputs: int
    weights: tuple[Rows, ...]
    biases: tuple[tuple[str, ...], ...]
    activation: str
    slope: str


class ReluView(View):
    """The reply. pieces, kinks and units: one input only. regions: two inputs only, cut to the window.

    window: of each input, what plots show; () for three inputs and more. kinks: of h. answers: one a point,
    None for a point without. unit: the one that the reader points at. notes: sentences on the whole network,
    such as what was left out because it would be too much. limits: what is answered at all.
    """

    network: NetworkView
    points: tuple[PointView, ...]
    window: tuple[IntervalView, ...]
    pieces: tuple[PieceView, ...] | None
    kinks: tuple[str, ...] | None
    units: tuple[UnitLineView, ...] | None
    regions: tuple[PolygonView, ...] | None
    answers: tuple[MarkedMap | None, ...] | None
    unit: Unit | None
    notes: tuple[str, ...]
    limits: str
