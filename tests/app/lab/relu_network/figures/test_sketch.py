"""The drawing of a network at a point: where units stand, which are on, what is written beside them."""

from itertools import combinations, pairwise
from math import hypot

import pytest

from app.lab.relu_network.figures.sketch import RADIUS, NetworkSketch, network_sketch, short
from tests.app.lab.relu_network.asked import WRITE_UP, asked


def sketch_at(x: str, **more: str) -> NetworkSketch:
    view = asked(**{**WRITE_UP, "points": x, **more})
    drawn = network_sketch(view.network, view.points[0])
    assert drawn is not None
    return drawn


def test_a_unit_shows_its_value_and_whether_it_is_on() -> None:
    dots = {(dot.layer, dot.unit): dot for dot in sketch_at("-1").dots}
    assert [(dots[key].state, dots[key].inside) for key in sorted(dots)] == [
        ("input", "−1"),
        ("off", "0"),
        ("on", "1/2"),
        ("on", "1"),
        ("on", "3/2"),
        ("output", "3/2"),
    ]
    assert dots[1, 1].below == "z = −3/2"
    assert dots[1, 2].above == "b = 1"
    assert "bias 0, z = −3/2, a = 0" in dots[1, 1].about


def test_an_edge_carries_only_what_a_unit_that_is_on_gives() -> None:
    drawn = sketch_at("-1")
    weights = [(edge.weight.text, edge.carries) for edge in drawn.edges if edge.weight]
    assert weights == [
        ("3/2", True),
        ("1/2", True),
        ("1", False),
        ("2", True),
        ("2", False),
        ("1", True),
        ("1", True),
        ("1", True),
    ]


def test_a_unit_at_zero_is_neither_on_nor_off() -> None:
    states = [dot.state for dot in sketch_at("-2").dots if dot.layer in (1, 2)]
    assert states == ["off", "zero", "zero", "on"]


@pytest.mark.parametrize("hidden", [1, 4, 8])
def test_nothing_overlaps_and_all_lies_inside(hidden: int) -> None:
    weights = "\n".join(["1"] * hidden) + "\n\n" + " ".join(["1"] * hidden)
    drawn = sketch_at("1", weights=weights, biases=f"{'0 ' * hidden}\n0")
    for one, other in combinations(drawn.dots, 2):
        assert hypot(one.x - other.x, one.y - other.y) > 2 * RADIUS
    for dot in drawn.dots:
        assert RADIUS < dot.x < drawn.width - RADIUS
        assert RADIUS < dot.y < drawn.height - RADIUS


@pytest.mark.parametrize("sizes", [(2, 3, 2, 1), (4, 4, 2), (1, 4, 4, 1), (3, 4, 3)])
def test_every_weight_can_be_read(sizes: tuple[int, ...]) -> None:
    weights = "\n\n".join("\n".join(["-3/2 " * before] * after) for before, after in pairwise(sizes))
    biases = "\n".join("0 " * size for size in sizes[1:])
    drawn = sketch_at(" ".join(["1"] * sizes[0]), weights=weights, biases=biases)
    labels = [edge.weight for edge in drawn.edges if edge.weight]
    assert len(labels) == len(drawn.edges) == sum(a * b for a, b in pairwise(sizes))
    for one, other in combinations(labels, 2):
        assert abs(one.y - other.y) > 10 or abs(one.x - other.x) > 24


def test_a_large_network_is_not_drawn() -> None:
    weights = "\n".join(["1"] * 9) + "\n\n" + " ".join(["1"] * 9)
    view = asked(**{**WRITE_UP, "weights": weights, "biases": f"{'0 ' * 9}\n0", "points": "1"})
    assert network_sketch(view.network, view.points[0]) is None


def test_long_numbers_are_cut_with_a_sign_that_says_so() -> None:
    assert short("-3/2") == "−3/2"
    assert short("1234567/891") == "≈1,386"
