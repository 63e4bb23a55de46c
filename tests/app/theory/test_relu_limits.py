"""ReLU networks: what requests cost, which floods are refused at once, and windows that plots can show."""

import time
from collections.abc import Sequence
from itertools import pairwise
from typing import Any

import pytest
from starlette.testclient import TestClient

from app.theory.relu_network import RELU_NETWORK

PATH = "/api/v1/theory/relu-network"


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
    assert time.process_time() - started < 2


def test_too_many_answers_are_refused_before_anything_is_worked_out(
    client: TestClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    def never(*_: Any) -> None:
        raise AssertionError("worked out although the answers are too many")

    monkeypatch.setattr("app.theory.relu_network.on_line", never)
    monkeypatch.setattr("app.theory.relu_network.at_point", never)
    fields = refused(client, answers=[{"W": 1}] * 2)
    assert "2 answers, but there are 1 points" in fields["answers"]


def test_a_textbook_call_takes_less_than_50_ms() -> None:
    """The fastest of five: processor time of what one request costs, without HTTP."""
    typed = RELU_NETWORK.complete({"answer_w": "3.5 4.5", "answer_b": "-.5 -1.5"})
    assert (
        min(_seconds(lambda: RELU_NETWORK.work_out_typed(typed).model_dump_json()) for _ in range(5)) < 0.05
    )


@pytest.mark.slow
@pytest.mark.parametrize("on_kinks", [True, False])
@pytest.mark.parametrize(
    "widths", [[1, 64, 64, 64, 1], [2, 16, 16, 16, 1], [10, 60, 60, 8], [64, 64, 64, 8], [1, 64, 1]]
)
def test_the_costliest_requests_take_less_than_two_seconds(widths: list[int], on_kinks: bool) -> None:
    body = RELU_NETWORK.body.model_validate(_costly(widths, on_kinks))
    assert _seconds(lambda: RELU_NETWORK.work_out(body).model_dump_json()) < 2


def _costly(widths: Sequence[int], on_kinks: bool) -> dict[str, Any]:
    """Numbers with many digits, as many points as allowed, and answers that no mistake explains."""
    pairs = list(pairwise(widths))
    weights = [[[((7 * i * j + 3 * i + 5 * j) % 97 - 48) / 31 for j in range(a)] for i in range(1, b + 1)]
               for a, b in pairs]  # fmt: skip
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
