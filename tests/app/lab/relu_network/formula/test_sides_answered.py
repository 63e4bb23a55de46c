"""Answers where units are exactly at zero, and sentences that must be true of what was given."""

from fractions import Fraction
from typing import Any

import pytest

from app.lab.relu_network.formula.answers import MarkedMap, mark_map
from app.lab.relu_network.formula.network import Network, read_network
from app.lab.relu_network.formula.pieces import on_line
from app.lab.relu_network.formula.point import at_point
from tests.app.lab.relu_network.nets import WRITE_UP

IDENTITY = read_network([[[1], [-1]], [[1, -1]]], [[0, 0], [0]])
BENT = read_network([[[1], [-1]], [[2, -1]]], [[0, 0], [0]])
SQUARE = read_network([[[1, 2], [3, 1]]], [[1, 0]])


def at_zero(network: Network, w: Any, b: Any, h: Any = None) -> MarkedMap:
    x = (Fraction(0),)
    return mark_map(network, at_point(network, x), on_line(network), w, b, h)


def codes(found: MarkedMap) -> list[str]:
    return [diagnosis.code for diagnosis in found.diagnoses]


def test_what_autograd_returns_at_zero_is_named_so_and_no_zero_bias_is_missed() -> None:
    found = at_zero(IDENTITY, 0, 0)
    assert codes(found) == ["autograd"]
    said = found.diagnoses[0].message
    assert "what autograd returns, which is not the derivative here" in said
    assert "units 1, 2 of layer 1, exactly at zero, count as off" in said
    assert at_zero(IDENTITY, 1, 0).correct


def test_a_unit_at_zero_is_not_said_to_be_off() -> None:
    found = at_zero(IDENTITY, 2, 0)
    assert codes(found) == ["identity_activations", "wrong_pattern"]
    assert "unit 2 of layer 1 is exactly at zero, and off just above." in found.diagnoses[0].message
    assert "but it is exactly at zero there, and off just above." in found.diagnoses[1].message


def test_on_a_kink_autograd_may_be_on_neither_side() -> None:
    found = at_zero(BENT, 0, 0)
    assert codes(found) == ["on_kink", "autograd"]
    assert "The answer is that of" not in found.diagnoses[0].message
    assert found.wrong == 1
    side = at_zero(BENT, 2, 0)
    assert codes(side) == ["on_kink"]
    assert "The answer is that of the side above x." in side.diagnoses[0].message
    assert codes(at_zero(WRITE_UP, "3/2", 3)) == ["on_kink", "autograd"]


def test_a_b_that_both_sides_share_is_right_on_a_kink() -> None:
    assert at_zero(BENT, None, 0).correct
    assert not at_zero(BENT, None, 1).correct
    assert at_zero(WRITE_UP, None, 3).correct
    found = at_zero(WRITE_UP, 6, 3)
    assert found.b is not None
    assert (found.wrong, found.b.cells) == (1, ())


def test_on_a_kink_each_output_is_marked_by_itself() -> None:
    """Output 1 is 2 x, output 2 is relu(x)."""
    network = read_network([[[1], [-1]], [[2, -2], [1, 0]]], [[0, 0], [0, 0]])
    found = at_zero(network, [[2], [1]], [0, 0])
    assert found.W is not None
    assert [(cell.row, cell.expected) for cell in found.W.cells] == [(1, "none")]
    off = at_zero(network, [[3], [1]], [0, 0])
    assert off.W is not None
    assert [cell.expected for cell in off.W.cells] == ["2", "none"]


def test_on_a_kink_with_two_inputs_no_entry_is_right() -> None:
    network = read_network([[[1, 0]], [[1]]], [[0], [0]])
    x = (Fraction(0), Fraction(1))
    found = mark_map(network, at_point(network, x), None, [1, 0], 0)
    assert (found.wrong, codes(found)) == (3, ["on_kink"])


def test_a_wrong_h_on_a_kink_is_told_and_no_side_is_credited() -> None:
    found = at_zero(BENT, None, 0, 5)
    assert codes(found) == ["on_kink"]
    assert found.diagnoses[0].message.endswith("no W is right. h(x) is 0 from all sides.")


@pytest.mark.parametrize(
    ("given", "named"),
    [
        (([1, 2, 3, 1], None, None), []),
        (([1, 2, 3, 1], None, [4, 4]), []),
        (([1, 2, 3, 1], [9, 9], None), []),
        (([[1, 2], [3, 1]], [0, 0], None), ["bias_forgotten"]),
        (([[1, 2], [3, 1]], None, [3, 4]), ["bias_forgotten"]),
        ((None, None, [3, 4]), ["bias_forgotten"]),
    ],
)
def test_a_bias_is_forgotten_only_where_b_or_h_shows_it(given: tuple[Any, ...], named: list[str]) -> None:
    found = mark_map(SQUARE, at_point(SQUARE, (Fraction(1), Fraction(1))), None, *given)
    assert not found.correct
    assert [code for code in codes(found) if code != "wrong_shape"] == named
