"""ReLU networks: what requests cost, which floods are refused at once, and windows that plots can show."""

import time
from collections.abc import Mapping, Sequence
from fractions import Fraction
from itertools import pairwise
from typing import Any

import pytest
from starlette.testclient import TestClient

from app.lab.relu_network.calculator import RELU_NETWORK
from tests.app.pages.seen import HTML

PATH, PAGE = "/api/v1/theory/relu-network", "/theory/relu-network"


def refused(client: TestClient, **request: Any) -> dict[str, str]:
    """The refused fields of a network with one unit, changed by `request`."""
    answer = client.post(
        PATH, json={"weights": [[[1]], [[1]]], "biases": [[0], [0]], "points": [1]} | request
    )
    assert answer.status_code == 422, answer.text
    return {field["path"]: field["message"] for field in answer.json()["error"]["fields"]}


def test_a_flood_is_refused_at_once(client: TestClient) -> None:
    started = time.process_time()
    fields = refused(client, weights=[[[0.5] * 100] * 1000], biases=[[0] * 1000])
    assert "at most 64 units" in fields["weights[0]"]
    assert time.process_time() - started < 5


def test_too_many_answers_are_refused_before_anything_is_worked_out(
    client: TestClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    def never(*_: Any) -> None:
        raise AssertionError("worked out although the answers are too many")

    monkeypatch.setattr("app.lab.relu_network.calculator.on_line", never)
    monkeypatch.setattr("app.lab.relu_network.calculator.at_point", never)
    fields = refused(client, answers=[{"W": 1}] * 2)
    assert "2 answers, but there are 1 points" in fields["answers"]


def test_a_textbook_call_takes_less_than_50_ms() -> None:
    """The fastest of five: processor time of what one request costs, without HTTP."""
    typed = RELU_NETWORK.complete({"answer_w": "3.5 4.5", "answer_b": "-.5 -1.5"})
    assert (
        min(_seconds(lambda: RELU_NETWORK.work_out_typed(typed).model_dump_json()) for _ in range(5)) < 0.05
    )


ONE = {"weights": "1 | 1", "biases": "0 | 0", "points": "1"}
PLANE = {"weights": "1 0; 0 1 | 1 1", "biases": "0 0 | 0", "points": "1 1"}


@pytest.mark.parametrize("network", [ONE, PLANE], ids=["one input", "two inputs"])
@pytest.mark.parametrize(
    ("window", "field"),
    [
        ({"low": "1e300"}, "low"),
        ({"low": "1e308"}, "low"),
        ({"low": "1e400"}, "low"),
        ({"low": "9" * 56 + "e40"}, "low"),
        ({"high": "-1e400"}, "high"),
        ({"low": "-1e-400", "high": "1e-400"}, "high"),
        ({"low": "1", "high": "1.0000000000000000001"}, "high"),
        ({"low": "2", "high": "1"}, "high"),
    ],
)
def test_windows_that_no_plot_can_show_are_refused_at_their_field(
    client: TestClient, network: Mapping[str, str], window: Mapping[str, str], field: str
) -> None:
    found = client.get(PATH, params={**network, **window})
    assert found.status_code == 422
    assert [each["path"] for each in found.json()["error"]["fields"]] == [field]
    assert client.get(PAGE, params={**network, **window}, headers=HTML).status_code == 422


@pytest.mark.parametrize(
    "typed",
    [
        {"low": "9" * 59},
        {"low": "1e90"},
        {"high": "-1e90"},
        {"low": "-1e-90", "high": "1e-90"},
        {"low": "1e-90"},
        {"points": "1e200"},
        {"points": "1e30"},
        {"points": "-1e89, 1e89"},
        {"points": "1e-140"},
        {"weights": "1e-140 | 1e140", "biases": "-1 | 0"},
        {"weights": "1e140 | 1e-140", "biases": "-1 | 0"},
        {**PLANE, "points": "1e200 1"},
        {**PLANE, "low": "9" * 59},
        {**PLANE, "low": "-1e-90", "high": "1e-90"},
    ],
)
def test_windows_at_the_edge_are_drawn(client: TestClient, typed: Mapping[str, str]) -> None:
    assert client.get(PAGE, params={**ONE, **typed}, headers=HTML).status_code == 200
    window = client.get(PATH, params={**ONE, **typed}).json()["window"][0]
    assert float(Fraction(window["from"])) < float(Fraction(window["to"]))


@pytest.mark.parametrize("text", [";;", ";", ",", " , ; ,", "\n;\n"])
@pytest.mark.parametrize("name", ["answer_w", "answer_b", "answer_h"])
def test_separators_alone_are_no_answer(client: TestClient, name: str, text: str) -> None:
    found = client.get(PATH, params={**ONE, name: text})
    assert found.status_code == 200
    assert found.json()["answers"] is None


@pytest.mark.slow
@pytest.mark.parametrize("on_kinks", [True, False])
@pytest.mark.parametrize(
    "widths", [[1, 64, 64, 64, 1], [2, 16, 16, 16, 1], [10, 60, 60, 8], [64, 64, 64, 8], [1, 64, 1]]
)
def test_the_costliest_requests_do_not_hang(widths: list[int], on_kinks: bool) -> None:
    body = RELU_NETWORK.body.model_validate(_costly(widths, on_kinks))
    assert _seconds(lambda: RELU_NETWORK.work_out(body).model_dump_json()) < 10


def _costly(widths: Sequence[int], on_kinks: bool) -> dict[str, Any]:
    """Numbers with many digits, as many points as allowed, and answers that no mistake explains."""
    pairs = list(pairwise(widths))
    weights = [
        [[((7 * i * j + 3 * i + 5 * j) % 97 - 48) / 31 for j in range(a)] for i in range(1, b + 1)]
        for a, b in pairs
    ]
    cost = sum(a * b for a, b in pairs) * widths[0]
    points, answers = min(20, 1_000_000 // cost), min(20, max(1, 20_000 // cost))
    spread = [[0 if on_kinks else f"{k + 1}/{i + 3}" for i in range(widths[0])] for k in range(points)]
    return {
        "weights": weights,
        "biases": [[0 if on_kinks else (3 * i * i % 17 - 8) / 5 for i in range(b)] for b in widths[1:]],
        "points": spread,
        "answers": [{"W": 1, "b": 1}] * answers,
    }


def _seconds(work: Any) -> float:
    started = time.process_time()
    work()
    return time.process_time() - started
