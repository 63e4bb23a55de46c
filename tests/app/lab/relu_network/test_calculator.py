"""ReLU networks by REST, by typed fields and at a shell: the reference cases, and what is refused."""

import json
from fractions import Fraction
from typing import Any

import pytest
from click.testing import CliRunner
from starlette.testclient import TestClient

from app.cli import main
from app.lab.relu_network.calculator import RELU_NETWORK
from app.lab.relu_network.typed import read_weights
from tests.app.lab.cases import theory_cases

PATH = "/api/v1/theory/relu-network"
CASE: dict[str, Any] = theory_cases()["relu_network"]
NETWORK = {"weights": CASE["weights"], "biases": CASE["biases"]}
TYPED = {"weights": "3/2; 1/2 | 1 2; 2 1 | 1 1", "biases": "0 1 | 0 1 | -1"}
PLANE = {"weights": [[[1, 0], [0, 1]], [[1, 1]]], "biases": [[0, 0], [0]]}


def at_a_shell(*arguments: str, **options: Any) -> str:
    result = CliRunner().invoke(main, ["theory", "relu-network", *arguments], **options)
    assert result.exit_code == 0, result.output
    return result.stdout


def refused(client: TestClient, **request: Any) -> dict[str, str]:
    answer = client.post(PATH, json=NETWORK | request)
    assert answer.status_code == 422, answer.text
    return {field["path"]: field["message"] for field in answer.json()["error"]["fields"]}


def posted(client: TestClient, **request: Any) -> dict[str, Any]:
    answer = client.post(PATH, json=NETWORK | request)
    assert answer.status_code == 200, answer.text
    view: dict[str, Any] = answer.json()
    return view


def codes(answer: dict[str, Any]) -> list[str]:
    return [diagnosis["code"] for diagnosis in answer["diagnoses"]]


def test_reference_points_pieces_and_kinks_by_every_way(client: TestClient) -> None:
    points = [case["x"] for case in CASE["points"]]
    view = posted(client, points=points)
    for case, point in zip(CASE["points"], view["points"], strict=True):
        assert {key: point[key] for key in ("W", "b", "h")} == {key: case[key] for key in ("W", "b", "h")}
        assert point["x"] == str(case["x"])
        assert point["on_kink"] is False
    assert [{key: piece[key] for key in ("from", "to", "W", "b")} for piece in view["pieces"]] == CASE[
        "pieces"
    ]
    assert view["kinks"] == CASE["kinks"]
    assert view["points"][0]["pattern"] == [[1, 1], [1, 1]]
    assert view["points"][1]["region"]["from"] == "-2"
    assert (view["answers"], view["regions"]) == (None, None)
    typed = {**TYPED, "points": ", ".join(map(str, points))}
    assert client.get(PATH, params=typed).json() == view
    options = [part for name, text in typed.items() for part in (f"--{name}", text)]
    assert json.loads(at_a_shell(*options, "--json")) == view
    request = json.dumps({**NETWORK, "points": points})
    assert json.loads(at_a_shell("--request", "-", "--json", input=request)) == view


def test_reference_answers_are_marked_by_every_way(client: TestClient) -> None:
    cases = CASE["answers_to_check"]
    view = posted(client, points=[case["x"] for case in cases], answers=[case["given"] for case in cases])
    assert [answer["correct"] for answer in view["answers"]] == [False] * 3
    assert [codes(answer) for answer in view["answers"]] == [["vector_for_scalar", "layers_added"]] * 3
    for case, answer in zip(cases, view["answers"], strict=True):
        typed = {
            "points": str(case["x"]),
            "answer_w": str(case["given"]["W"]),
            "answer_b": str(case["given"]["b"]),
        }
        assert client.get(PATH, params=TYPED | typed).json()["answers"] == [answer]
        shown = at_a_shell(
            "--points", typed["points"], "--answer-w", typed["answer_w"], "--answer-b", typed["answer_b"]
        )
        assert "Your answer is wrong in 4 entries." in shown
        assert all(diagnosis["message"] in shown for diagnosis in answer["diagnoses"])


def test_the_right_answers_are_right(client: TestClient) -> None:
    points = [case["x"] for case in CASE["points"]]
    right = [{key: case[key] for key in ("x", "W", "b", "h")} for case in CASE["points"]]
    assert all(answer["correct"] for answer in posted(client, points=points, answers=right)["answers"])
    view = posted(client, points=points, answers=[None, {"W": "1.5", "b": 3}])
    assert [answer and answer["correct"] for answer in view["answers"]] == [None, True, None]
    assert "Your answer is right." in at_a_shell("--points", "2", "--answer-w", "6", "--answer-b", "3")


def test_a_kink_has_two_sides_and_no_w(client: TestClient) -> None:
    kink, none = posted(client, points=[0, "-3"])["points"]
    assert (kink["on_kink"], kink["W"], kink["b"], kink["region"]) == (True, None, None, None)
    assert (kink["left"], kink["right"]) == ({"W": "3/2", "b": "3"}, {"W": "6", "b": "3"})
    assert kink["autograd"] == {"W": "3/2", "b": "3"}
    assert kink["zero_units"] == [{"layer": 1, "unit": 1}]
    assert (none["on_kink"], none["W"], none["zero_units"]) == (False, "0", [{"layer": 2, "unit": 1}])
    shown = at_a_shell("--points", "0")
    assert "h(0) = 3, on a kink: from below h = 3/2 x + 3; from above h = 6 x + 3" in shown


def test_several_inputs_and_outputs_are_nested_lists(client: TestClient) -> None:
    request = {"weights": [[[1, 2], [3, 4]], [[1, 0], [0, 1]]], "biases": [[0, 1], ["1/2", 0]]}
    (point,) = posted(client, **request, points=[[1, "1/2"]])["points"]
    assert (point["x"], point["W"], point["b"], point["h"]) == (
        ["1", "1/2"],
        [["1", "2"], ["3", "4"]],
        ["1/2", "1"],
        ["5/2", "6"],
    )
    assert [half["text"] for half in point["region"]["half_spaces"]] == ["−x1 − 2 x2 ≤ 0", "−3 x1 − 4 x2 ≤ 1"]


def test_two_inputs_have_regions_that_tile_the_window(client: TestClient) -> None:
    view = posted(client, **PLANE, points=[[1, 1]], low=-1, high="3/2")
    assert view["window"] == [{"from": "-1", "to": "3/2"}] * 2
    assert sorted(region["area"] for region in view["regions"]) == ["1", "3/2", "3/2", "9/4"]
    corners = next(region["corners"] for region in view["regions"] if region["pattern"] == [[1, 1]])
    assert sorted(corners) == [["0", "0"], ["0", "3/2"], ["3/2", "0"], ["3/2", "3/2"]]
    assert (view["pieces"], view["kinks"], view["units"]) == (None, None, None)
    shown = at_a_shell("--weights", "1 0; 0 1 | 1 1", "--biases", "0 0 | 0", "--points", "1 1; 0 2")
    assert "Regions in the window: 4" in shown


def test_numbers_beyond_any_float_are_answered(client: TestClient) -> None:
    view = posted(client, **PLANE, points=[["1e150", "-1e-150"]], low="-1e90", high="1e-300")
    assert view["points"][0]["h"] == [str(10**150)]
    area = next(region["area"] for region in view["regions"] if region["pattern"] == [[0, 0]])
    assert Fraction(area) == Fraction(10) ** 180


def test_leaky_relu_and_its_slope(client: TestClient) -> None:
    leaky = {"activation": "leaky_relu", "negative_slope": "1/10", "points": [-1]}
    view = posted(client, **leaky)
    assert view["points"][0]["W"] == "39/20"
    assert (view["network"]["activation"], view["network"]["slope"]) == ("leaky_relu", "1/10")


def test_too_much_to_list_is_said_and_the_points_are_answered(client: TestClient) -> None:
    fan = [[n, 40 - n] for n in range(60)]
    request = {"weights": [fan, [[1] * 60]], "biases": [[n * n for n in range(60)], [0]]}
    view = posted(client, **request, points=[[1, 2]], low=-5000, high=5000)
    assert view["regions"] is None
    assert "too many regions" in view["notes"][0]
    assert view["points"][0]["h"]


@pytest.mark.parametrize(
    ("request_", "path", "said"),
    [
        ({"weights": [[[1], [2]], [[1, 2, 3]]]}, "weights[1]", "is 1 x 3, but weights[0] is 2 x 1"),
        ({"weights": [[[1], [2, 3]]], "biases": [[0, 0]]}, "weights[0]", "ragged"),
        ({"biases": [[0], [0, 1], [-1]]}, "biases[0]", "has 1 numbers, but weights[0] has 2 rows"),
        ({"points": ["1/0"]}, "points[0]", "divides by zero"),
        ({"points": [[1, 2]]}, "points[0]", "has 2 numbers, but the network has 1 inputs"),
        ({"points": 3}, "points", "must be a list"),
        ({"activation": "gelu"}, "activation", "leaky_relu"),
        ({"points": [1], "answers": [{"W": 1, "b": 1}] * 2}, "answers", "2 answers, but there are 1 points"),
        ({"points": [1], "answers": [{"W": "x"}]}, "answers[0].W", "must be a number"),
        ({"points": [1], "answers": [{}]}, "answers[0]", "neither"),
        ({"points": [1], "answers": [{"x": 2, "W": 6}]}, "answers[0].x", "is not points[0]"),
        ({"points": [1], "answers": [{"w": 6}]}, "answers.0.w", ""),
        ({"low": 3, "high": 1}, "high", "must be larger than low"),
        ({"unit": {"layer": 3, "unit": 1}}, "unit", "3.1 is none"),
        ({"kernel": 3}, "kernel", ""),
    ],
)
def test_what_is_wrong_is_named(client: TestClient, request_: dict[str, Any], path: str, said: str) -> None:
    fields = refused(client, **request_)
    assert list(fields) == [path]
    assert said in fields[path]


def test_a_refusal_stands_at_the_field_where_it_was_typed(client: TestClient) -> None:
    for typed, field in (
        ({"weights": "1; 2 | 1 2 3"}, "weights"),
        ({"points": "1, a"}, "points"),
        ({"answer_w": "6x"}, "answer_w"),
        ({"answer_b": "1 2; 3"}, "answer_b"),
        ({"unit": "one"}, "unit"),
        ({"high": "-100"}, "high"),
    ):
        error = client.get(PATH, params=typed | ({"low": "0"} if field == "high" else {}))
        assert error.status_code == 422
        assert [found["path"] for found in error.json()["error"]["fields"]] == [field]
    result = CliRunner().invoke(main, ["theory", "relu-network", "--weights", "1; 2 | 1 2 3"])
    assert result.exit_code == 2
    assert "weights[1] is 1 x 3, but weights[0] is 2 x 1" in result.stderr


@pytest.mark.parametrize("example", RELU_NETWORK.examples, ids=lambda example: example.title)
def test_examples_open_and_answers_among_them_are_wrong_as_told(example: Any, client: TestClient) -> None:
    view = client.get(PATH, params=dict(example.typed)).json()
    assert view["points"]
    assert view["notes"] == []
    if "answer_w" in example.typed:
        assert "layers_added" in codes(view["answers"][0])


def test_a_saw_tooth_has_eight_slopes_between_0_and_1(client: TestClient) -> None:
    example = next(each for each in RELU_NETWORK.examples if "saw-tooth" in each.title)
    pieces = client.get(PATH, params=dict(example.typed)).json()["pieces"]
    assert [piece["W"] for piece in pieces] == ["0", *["8", "-8"] * 4, "0"]


@pytest.mark.parametrize(
    "text",
    [
        "1\n2\n\n3 4",
        "1; 2 | 3, 4",
        "[[1], [2]] | [[3, 4]]",
        "[[[1], [2]], [[3, 4]]]",
        "1\r\n2\r\n\r\n3\t4\r\n",
    ],
)
def test_weights_are_read_as_people_write_them(text: str) -> None:
    assert read_weights(text) == [[["1"], ["2"]], [["3", "4"]]]
