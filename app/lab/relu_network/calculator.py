"""The calculator of ReLU networks: weights and biases in, the piecewise-linear map out, exactly.

The sums are in `formula`; how results become the reply is `reply`, what is typed `typed`.
"""

from collections.abc import Callable, Sequence
from itertools import zip_longest
from typing import Annotated, Any, TypeVar

from pydantic import Field as Bounded

from app.lab.base.calculator import Calculator, Field, Listed, Numeral, group
from app.lab.base.formula.exact import refuse
from app.lab.relu_network import reply
from app.lab.relu_network.formula.answers import MarkedMap, check_count, mark_map
from app.lab.relu_network.formula.network import (
    MOST_LAYERS,
    MOST_POINTS,
    MOST_UNITS,
    MOST_WEIGHTS,
    Network,
    read_network,
    read_point,
    read_points,
)
from app.lab.relu_network.formula.pieces import MOST_PIECES, on_line
from app.lab.relu_network.formula.point import at_point
from app.lab.relu_network.formula.regions import MOST_REGIONS, regions
from app.lab.relu_network.formula.results import AtPoint, OnLine, Unit
from app.lab.relu_network.reply import window_of
from app.lab.relu_network.text import lines
from app.lab.relu_network.typed import EXAMPLES, WRITE_UP, request
from app.lab.relu_network.views import IntervalView, ReluView, UnitLineView
from app.schemas import Body
from trainer.errors import TheoryError

MOST_UNIT_PIECES = 5000
LIMITS = (
    f"Networks have up to {MOST_LAYERS} layers of up to {MOST_UNITS} units, {MOST_WEIGHTS:,} weights in all, "
    f"and up to {MOST_POINTS} points, fewer where they are large. Up to {MOST_PIECES} pieces and "
    f"{MOST_REGIONS} regions are listed."
)

_T = TypeVar("_T")


class AnswerBody(Body):
    """What somebody gives for a point: W, b and h, each a number, a list or a list of rows.

    x may be repeated; it must be the point's.
    """

    W: Any = None
    b: Any = None
    h: Any = None
    x: Any = None


class UnitBody(Body):
    """A hidden unit; both count from 1."""

    layer: Annotated[int, Bounded(ge=1, strict=True)]
    unit: Annotated[int, Bounded(ge=1, strict=True)]


class ReluBody(Body):
    """weights: a matrix (rows of numbers) a layer; biases: a list a layer; the last layer has no activation.

    points: numbers for one input, else lists. activation: "relu", or "leaky_relu" with its negative_slope.
    answers: to the points, in their order; None for a point without. low, high: the window of plots.
    unit: the one to be pointed at.
    """

    weights: Listed
    biases: Listed
    points: Listed = ()
    activation: str = "relu"
    negative_slope: Numeral = None
    answers: tuple[AnswerBody | None, ...] | None = None
    low: Numeral = None
    high: Numeral = None
    unit: UnitBody | None = None


def calculate(body: ReluBody) -> ReluView:
    """All about the network. Raises TheoryError naming the field: weights[1], answers[0].W."""
    network = read_network(body.weights, body.biases, body.activation, body.negative_slope)
    xs = read_points(body.points, network)
    check_count(len(body.answers or ()), len(xs), network)
    line, notes = _tried(lambda: on_line(network)) if network.inputs == 1 else (None, ())
    points = [at_point(network, x, line) for x in xs]
    window = window_of(body.low, body.high, points, line)
    found, more = _tried(lambda: regions(network, (window, window))) if network.inputs == 2 else (None, ())
    units, most = _units(line) if line else (None, ())
    shown = IntervalView(start=str(window[0]), to=str(window[1]))
    return ReluView(
        network=reply.network_view(network),
        points=tuple(reply.point_view(network, at) for at in points),
        window=(shown,) * network.inputs if network.inputs <= 2 else (),
        pieces=tuple(map(reply.piece_view, line.pieces)) if line else None,
        kinks=tuple(map(str, line.kinks)) if line else None,
        units=units,
        regions=None if found is None else tuple(map(reply.polygon_view, found)),
        answers=None if body.answers is None else tuple(_answers(body.answers, network, points, line)),
        unit=None if body.unit is None else _unit(body.unit, network),
        notes=(*notes, *more, *most),
        limits=LIMITS,
    )


def _tried(find: Callable[[], _T]) -> tuple[_T | None, tuple[str, ...]]:
    """What is listed beside the points, or a sentence on why it is not: the points stand without it."""
    try:
        return find(), ()
    except TheoryError as error:
        return None, tuple(f"The {problem.path} {problem.message}." for problem in error.fields)


def _units(line: OnLine) -> tuple[tuple[UnitLineView, ...] | None, tuple[str, ...]]:
    count = sum(len(pieces) for _, pieces in line.units)
    if count > MOST_UNIT_PIECES:
        return None, (f"The units have {count:,} pieces in all: too many to draw each of them here.",)
    return tuple(reply.unit_line_view(unit, pieces) for unit, pieces in line.units), ()


def _answers(
    given: Sequence[AnswerBody | None], network: Network, points: Sequence[AtPoint], line: OnLine | None
) -> list[MarkedMap | None]:
    """One a point."""
    padded = enumerate(zip_longest(given, points))
    return [None if one is None else _marked(one, at, network, point, line) for at, (one, point) in padded]


def _marked(answer: AnswerBody, index: int, network: Network, at: AtPoint, line: OnLine | None) -> MarkedMap:
    path = f"answers[{index}]"
    if answer.x is not None and read_point(answer.x, network, f"{path}.x") != at.x:
        raise refuse(f"{path}.x", f"is not points[{index}]: answers stand in the order of the points")
    return mark_map(network, at, line, answer.W, answer.b, answer.h, path)


def _unit(unit: UnitBody, network: Network) -> Unit:
    hidden = [len(layer) for layer in network.biases[:-1]]
    if unit.layer > len(hidden) or unit.unit > hidden[unit.layer - 1]:
        raise refuse("unit", f"{unit.layer}.{unit.unit} is none: hidden layers have {hidden} units")
    return Unit(unit.layer, unit.unit)


_ROWS = "a row a line, a blank line or | between layers"
_KINDS = ("relu", "leaky_relu")
_H_PATHS = ("answers[0].h", "answers")
FIELDS = (
    *group(
        "Network",
        Field("weights", "Weights", _ROWS, WRITE_UP["weights"], "grid"),
        Field("biases", "Biases", "a line a layer", WRITE_UP["biases"], "grid"),
        Field("activation", "Activation", "after each layer but the last", "relu", "choice", _KINDS),
        Field("negative_slope", "Negative slope", "of leaky_relu; empty: 1/100"),
    ),
    *group(
        "Points",
        Field(
            "points", "Points x", "separated by commas; for several inputs by semicolons", WRITE_UP["points"]
        ),
        Field("low", "Plot from", "empty: what holds all kinks and points"),
        Field("high", "Plot to", ""),
    ),
    *group(
        "Your answer",
        Field("answer_w", "Your W", "at the first point", "", "grid", paths=("answers[0].W",)),
        Field("answer_b", "Your b", "at the first point", "", "grid", paths=("answers[0].b",)),
        Field("answer_h", "Your h(x)", "at the first point; may stay empty", "", "grid", paths=_H_PATHS),
    ),
    Field("unit", "Unit pointed at", "layer.unit, such as 1.2", kind="state"),
)
ABOUT = "W, b and h(x) of a ReLU network at a point, exactly; its pieces and kinks, or its regions."
RELU_NETWORK = Calculator(
    "relu-network", "ReLU network", ABOUT, FIELDS, ReluBody, ReluView, request, calculate, lines, EXAMPLES
)
