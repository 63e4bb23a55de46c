"""Reading networks: what is refused, and by which name."""

import time
from fractions import Fraction

import pytest

from app.lab.relu_network.formula.network import MOST_LAYERS, MOST_UNITS, read_network, read_points
from tests.app.lab.relu_network.nets import WRITE_UP
from trainer.errors import TheoryError


def test_numbers_and_strings_make_one_network() -> None:
    written = read_network([[["3/2"], [".5"]], [["1", 2.0], [2, "1"]], [[1, 1]]], [[0, 1], [0, "2/2"], [-1]])
    assert written == WRITE_UP
    assert (written.inputs, written.outputs, written.layers, written.size) == (1, 1, 3, 8)


def test_leaky_relu_has_the_slope_of_torch_where_none_is_given() -> None:
    assert read_network([[[1]]], [[0]], "leaky_relu").slope == Fraction(1, 100)
    assert read_network([[[1]]], [[0]], "leaky_relu", "1/5").slope == Fraction(1, 5)


@pytest.mark.parametrize(
    ("weights", "biases", "path", "said"),
    [
        ([[[1], [2]], [[1, 2, 3]]], [[0, 0], [0]], "weights[1]", "is 1 x 3, but weights[0] is 2 x 1"),
        ([[[1], [2]], [[1, 2]]], [[0], [0]], "biases[0]", "has 1 numbers, but weights[0] has 2 rows"),
        ([[[1], [2]]], [], "biases", "has 0 vectors, but weights has 1 layers"),
        ([[[1, 2], [3]]], [[0, 0]], "weights[0]", "row 1 has 1 entries, row 0 has 2"),
        ([[["1/0"]]], [[0]], "weights[0][0][0]", "divides by zero"),
        ([[[1]]], [["x"]], "biases[0][0]", "must be a number"),
        ([], [], "weights", "has 0 layers"),
        ("12", [], "weights", "must be a list"),
        ([3], [[0]], "weights[0]", "must be a list"),
        ([[[1]]] * (MOST_LAYERS + 1), [[0]] * (MOST_LAYERS + 1), "weights", "13 layers; 1 to 12 are allowed"),
        ([[[1]] * (MOST_UNITS + 1)], [[0] * (MOST_UNITS + 1)], "weights[0]", "is 65 x 1; at most 64 units"),
        ([[["1e-400"]], [["1e-400"]]], [[0], [0]], "weights[0]", "bits"),
    ],
)
def test_a_network_that_is_none_is_refused_by_name(
    weights: object, biases: object, path: str, said: str
) -> None:
    with pytest.raises(TheoryError) as refused:
        read_network(weights, biases)
    assert [problem.path for problem in refused.value.fields] == [path]
    assert said in _message(refused.value)


def test_a_million_entries_are_refused_before_they_are_read() -> None:
    flood = [[[1.0] * 1000] * 1000]
    started = time.process_time()
    with pytest.raises(TheoryError, match="weights"):
        read_network(flood, [[0] * 1000])
    with pytest.raises(TheoryError, match="weights"):
        read_network([[[1] * 64] * 64] * 12, [[0] * 64] * 12)
    with pytest.raises(TheoryError, match="points"):
        read_points([1] * 1_000_000, WRITE_UP)
    assert time.process_time() - started < 5


@pytest.mark.parametrize(
    ("activation", "slope", "path"),
    [("tanh", None, "activation"), ("relu", "1/2", "negative_slope"), ("leaky_relu", "y", "negative_slope")],
)
def test_activations_are_relu_and_leaky_relu(activation: str, slope: object, path: str) -> None:
    with pytest.raises(TheoryError) as refused:
        read_network([[[1]]], [[0]], activation, slope)
    assert refused.value.fields[0].path == path


def test_points_are_numbers_or_lists_of_the_right_length() -> None:
    assert read_points([2, ["-1/2"]], WRITE_UP) == ((Fraction(2),), (Fraction(-1, 2),))
    with pytest.raises(TheoryError) as refused:
        read_points([[1, 2]], WRITE_UP)
    assert "has 2 numbers, but the network has 1 inputs" in _message(refused.value)
    plane = read_network([[[1, 1]]], [[0]])
    with pytest.raises(TheoryError) as refused:
        read_points([3], plane)
    assert refused.value.fields[0].path == "points[0]"
    assert read_points([[3, "1/2"]], plane) == ((Fraction(3), Fraction(1, 2)),)


def test_many_points_of_a_large_network_are_refused() -> None:
    large = read_network([[[1] * 64] * 64] * 2, [[0] * 64] * 2)
    with pytest.raises(TheoryError) as refused:
        read_points([[0] * 64] * 2, large)
    assert "at most 1" in _message(refused.value)


def _message(error: TheoryError) -> str:
    return error.fields[0].message
