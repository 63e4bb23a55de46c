"""Answers: the right one gets no diagnosis, and each known mistake, made on random networks, gets its own."""

from dataclasses import replace
from fractions import Fraction
from typing import Any

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from app.lab.base.formula.exact import Matrix, Vector
from app.lab.relu_network.formula.answers import MOST_NAMED, MarkedMap, mark_map
from app.lab.relu_network.formula.network import Network, read_network
from app.lab.relu_network.formula.pieces import on_line
from app.lab.relu_network.formula.point import at_point
from app.lab.relu_network.formula.results import AffineMap, AtPoint
from tests.app.lab.relu_network.nets import WRITE_UP, dyadic, networks
from trainer.errors import TheoryError

pytestmark = pytest.mark.slow

deep = networks(most_hidden=3).filter(lambda network: network.layers > 1)


def marked(network: Network, x: Vector, w: Any, b: Any, h: Any = None) -> MarkedMap:
    line = on_line(network) if network.inputs == 1 else None
    return mark_map(network, at_point(network, x), line, w, b, h)


def codes(found: MarkedMap) -> list[str]:
    return [diagnosis.code for diagnosis in found.diagnoses]


def texts(matrix: Matrix) -> list[list[str]]:
    return [[str(entry) for entry in row] for row in matrix]


@pytest.mark.parametrize(
    ("x", "w", "b", "said"),
    [
        (2, [3.5, 4.5], [-0.5, -1.5], "W2 W1 + W3 = (5/2, 7/2) + (1, 1) = (7/2, 9/2)"),
        (-1, [1.5, 0.5], [1.5, 1], "slopes of the 2 units of layer 1, side by side"),
        (1, [3.5, 4.5], [1, 1], "W2 W1 + W3 = (5/2, 7/2) + (1, 1) = (7/2, 9/2)"),
    ],
)
def test_the_write_ups_answers_are_wrong_for_two_reasons(
    x: int, w: list[float], b: list[float], said: str
) -> None:
    found = marked(WRITE_UP, (Fraction(x),), w, b)
    assert not found.correct
    assert codes(found) == ["vector_for_scalar", "layers_added"]
    assert "single numbers" in found.diagnoses[0].message
    assert said in found.diagnoses[1].message
    assert found.W is not None
    assert {cell.expected for cell in found.W.cells} == {"3/2" if x == -1 else "6"}


def test_the_write_ups_summary_stops_before_the_last_layer() -> None:
    found = marked(WRITE_UP, (Fraction(-1),), [2.5, 3.5], [0, 0])
    assert codes(found) == ["vector_for_scalar", "last_layer_forgotten"]


def test_a_mistake_is_told_with_unit_number_and_piece() -> None:
    found = marked(WRITE_UP, (Fraction(-1),), 6, 3)
    assert codes(found) == ["identity_activations", "wrong_pattern"]
    assert found.diagnoses[1].message == (
        "These belong to another pattern than that of x = -1: unit 1 of layer 1 is taken as on, but z = -3/2 "
        "there. That pattern holds for x >= 0."
    )


@settings(deadline=None)
@given(networks(), st.data())
def test_right_answers_get_no_diagnosis(network: Network, data: st.DataObject) -> None:
    at = _at(network, data)
    assume(at.map is not None)
    assert at.map is not None
    found = marked(network, at.x, texts(at.map.weight), list(map(str, at.map.bias)), list(map(str, at.value)))
    assert (found.correct, found.wrong, found.diagnoses) == (True, 0, ())


@settings(deadline=None)
@given(deep, st.data())
def test_no_activation_at_all(network: Network, data: st.DataObject) -> None:
    at = _at(network, data)
    linear = at_point(replace(network, slope=Fraction(1)), at.x).map
    assert linear is not None
    _must_be_named("identity_activations", network, at, linear)


@settings(deadline=None)
@given(deep, st.data())
def test_a_forgotten_bias(network: Network, data: st.DataObject) -> None:
    at = _at(network, data)
    layer = data.draw(st.integers(0, network.layers - 1))
    assume(any(network.biases[layer]))
    zero = tuple(Fraction(0) for _ in network.biases[layer])
    less = replace(network, biases=(*network.biases[:layer], zero, *network.biases[layer + 1 :]))
    _must_be_named("bias_forgotten", network, at, at_point(less, at.x).autograd)


@settings(deadline=None)
@given(networks(inputs=1).filter(lambda network: network.layers > 1), st.data())
def test_the_derivative_of_another_piece(network: Network, data: st.DataObject) -> None:
    at = _at(network, data)
    piece = data.draw(st.sampled_from(on_line(network).pieces))
    _must_be_named("wrong_pattern", network, at, piece.map, or_else={"identity_activations"})


@settings(deadline=None)
@given(deep, st.data())
def test_the_last_layer_left_out(network: Network, data: st.DataObject) -> None:
    at = _at(network, data)
    short = Network(network.weights[:-1], network.biases[:-1], network.slope)
    _must_be_named("last_layer_forgotten", network, at, at_point(short, at.x).autograd)


@settings(deadline=None)
@given(st.integers(1, 3), st.integers(2, 4), st.data())
def test_square_layers_added(width: int, layers: int, data: st.DataObject) -> None:
    square = tuple(
        tuple(tuple(data.draw(dyadic) for _ in range(width)) for _ in range(width)) for _ in range(layers)
    )
    biases = tuple(tuple(data.draw(dyadic) for _ in range(width)) for _ in range(layers))
    network = Network(square, biases)
    weight = tuple(
        tuple(sum((layer[i][j] for layer in square), Fraction(0)) for j in range(width)) for i in range(width)
    )
    bias = tuple(sum(entries, Fraction(0)) for entries in zip(*biases, strict=True))
    _must_be_named("layers_added", network, _at(network, data), AffineMap(weight, bias))


@settings(deadline=None)
@given(networks(inputs=2), st.data())
def test_w_transposed(network: Network, data: st.DataObject) -> None:
    at = _at(network, data)
    right = at.autograd
    turned = AffineMap(tuple(zip(*right.weight, strict=True)), right.bias)
    _must_be_named("transposed", network, at, turned)


@settings(deadline=None)
@given(networks(inputs=1), st.data())
def test_w_and_b_swapped(network: Network, data: st.DataObject) -> None:
    at = _at(network, data)
    right = at.autograd
    swapped = AffineMap(tuple((b,) for b in right.bias), tuple(row[0] for row in right.weight))
    _must_be_named("w_and_b_swapped", network, at, swapped)


@settings(deadline=None)
@given(networks(), dyadic, st.data())
def test_only_h_is_wrong(network: Network, off: Fraction, data: st.DataObject) -> None:
    at = _at(network, data)
    assume(at.map is not None and off)
    assert at.map is not None
    h = [str(entry + off) for entry in at.value]
    found = marked(network, at.x, texts(at.map.weight), list(map(str, at.map.bias)), h)
    assert codes(found) == ["h_wrong_only"]
    assert found.wrong == len(h)
    assert found.W is not None
    assert not found.W.cells


def test_on_a_kink_no_w_is_right_and_the_side_is_named() -> None:
    found = marked(WRITE_UP, (Fraction(0),), 6, 3)
    assert codes(found) == ["on_kink"]
    assert "The answer is that of the side above x." in found.diagnoses[0].message
    assert marked(WRITE_UP, (Fraction(0),), None, None, 3).correct


def test_a_line_through_the_point_with_another_slope() -> None:
    found = marked(WRITE_UP, (Fraction(2),), 5, 5)
    assert codes(found) == ["holds_at_the_point_only"]


def test_scalars_may_stand_in_brackets_and_rounded_thirds_are_right() -> None:
    assert marked(WRITE_UP, (Fraction(2),), [6], [[3]]).correct
    thirds = read_network([[["1/3"]]], [[0]])
    assert marked(thirds, (Fraction(1),), "0.333", 0).correct
    assert not marked(thirds, (Fraction(1),), "0.33", 0).correct
    assert not marked(thirds, (Fraction(1),), "0.334", 0).correct
    assert not marked(WRITE_UP, (Fraction(-1),), "1.5001", 3).correct


def test_a_double_or_a_typographic_minus_is_as_right_as_three_decimals() -> None:
    network = read_network([[["2/3"], ["-1/3"], ["1/30000"]]], [[0, 0, 0]])
    given = [0.6666666666666666, "\N{MINUS SIGN}0.333", 3.3333333333333335e-05]
    assert marked(network, (Fraction(1),), given, [0, 0, 0]).correct


def test_wrong_entries_are_listed_where_they_stand() -> None:
    network = read_network([[[1, 2], [3, 4]]], [[5, 6]])
    found = marked(network, (Fraction(0), Fraction(0)), [[1, 2], [3, 9]], [5, 6])
    assert found.W is not None
    assert [(cell.row, cell.col, cell.given, cell.expected) for cell in found.W.cells] == [(1, 1, "9", "4")]
    assert found.wrong == 1


def test_answers_that_are_none_are_refused_by_name() -> None:
    with pytest.raises(TheoryError, match=r"answers\[0\]"):
        marked(WRITE_UP, (Fraction(2),), None, None)
    with pytest.raises(TheoryError, match=r"answers\[0\].W\[1\]"):
        marked(WRITE_UP, (Fraction(2),), [1, "x"], 3)
    with pytest.raises(TheoryError, match=r"answers\[0\].b"):
        marked(WRITE_UP, (Fraction(2),), 1, [[1, 2], [3]])
    with pytest.raises(TheoryError, match=r"answers\[0\].W"):
        marked(WRITE_UP, (Fraction(2),), [0] * 1_000_000, 3)


def _at(network: Network, data: st.DataObject) -> AtPoint:
    return at_point(network, tuple(data.draw(dyadic) for _ in range(network.inputs)))


def _must_be_named(
    code: str,
    network: Network,
    at: AtPoint,
    mistaken: AffineMap,
    or_else: frozenset[str] | set[str] = frozenset(),
) -> None:
    """The mistake's W and b get the diagnosis, unless they are right by chance or come of many mistakes."""
    assume(at.map is not None and at.map != mistaken)
    line = on_line(network) if network.inputs == 1 else None
    found = mark_map(network, at, line, texts(mistaken.weight), list(map(str, mistaken.bias)))
    assert not found.correct
    assert {code, *or_else} & set(codes(found)) or len(codes(found)) >= MOST_NAMED
