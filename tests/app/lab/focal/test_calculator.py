"""Focal loss by REST, by typed fields and at a shell; gamma = 1 is not cross-entropy."""

import json
from typing import Any

import pytest
from click.testing import CliRunner
from starlette.testclient import TestClient

from app.cli import main
from app.lab.focal.calculator import FOCAL
from app.lab.focal.views import FocalView
from tests.app.lab.cases import theory_cases

PATH = "/api/v1/theory/focal"
CASE: dict[str, Any] = theory_cases()["focal_softmax"]


def test_reference_losses_by_every_way(client: TestClient) -> None:
    request = {"p": CASE["p"], "gammas": list(map(float, CASE["gamma"]))}
    view = client.post(PATH, json=request).json()
    for row, losses in zip(view["rows"], CASE["gamma"].values(), strict=True):
        assert row["loss"] == pytest.approx(losses, abs=5e-7)
    typed = {"p": "0.9 0.5 0.1", "gammas": ", ".join(CASE["gamma"]), "gamma": ""}
    assert client.get(PATH, params=typed).json() == view
    options = [word for name, value in typed.items() for word in (f"--{name}", value)]
    shell = CliRunner().invoke(main, ["theory", "focal", *options, "--json"])
    assert json.loads(shell.stdout) == view
    shell = CliRunner().invoke(main, ["theory", "focal", *options])
    assert "gamma 1.5  0.00333179  0.245065  1.96598" in shell.stdout


@pytest.mark.parametrize("probability", ["softmax", "sigmoid"])
def test_weight_and_gradient(client: TestClient, probability: str) -> None:
    request = {"p": [0.5], "gammas": [0, 1], "weight": 4, "probability": probability}
    plain, focal = client.post(PATH, json=request).json()["rows"]
    assert (plain["gradient"], plain["factors"], plain["is_cross_entropy"]) == ([-2], [4], True)
    assert (focal["factors"], focal["is_cross_entropy"]) == ([2], False)
    assert focal["gradient"] == pytest.approx([-1.6931471805599454])


def test_the_ends_are_json(client: TestClient) -> None:
    (row,) = client.post(PATH, json={"p": [0, 1], "gammas": [2]}).json()["rows"]
    assert (row["loss"], row["gradient"]) == ([None, 0], [-1, 0])


def test_gamma_one_taken_for_cross_entropy(client: TestClient) -> None:
    request = {"p": CASE["p"], "gammas": [0, 1], "gamma": 1, "answer": CASE["gamma"]["0"]}
    marked = client.post(PATH, json=request).json()["answer"]
    assert not marked["correct"]
    assert [each["code"] for each in marked["diagnoses"]] == ["gamma_one_is_not_ce"]
    assert client.post(PATH, json={**request, "gamma": 0}).json()["answer"]["correct"]


def test_every_example_works_and_answers_are_diagnosed() -> None:
    said = []
    for example in FOCAL.examples:
        view = FOCAL.work_out_typed(FOCAL.complete(example.typed))
        assert isinstance(view, FocalView)
        assert list(FOCAL.lines(view))
        said.append([each.code for each in view.answer.diagnoses] if view.answer else None)
    assert said == [["gamma_one_is_not_ce"], ["weight_in_exponent"], None]


@pytest.mark.parametrize(
    ("changes", "path", "said"),
    [
        ({"p": [0.5, 1.5]}, "p[1]", "between 0 and 1"),
        ({"gammas": [-1]}, "gammas[0]", "between 0 and 20"),
        ({"gamma": 21}, "gamma", "between 0 and 20"),
        ({"derived_p": -1}, "derived_p", "between 0 and 1"),
        ({"weight": 0}, "weight", "above 0"),
        ({"probability": "argmax"}, "probability", "softmax"),
        ({"p": [0.5] * 1001}, "p", "at most 1000"),
        ({"p": [0], "answer": [1]}, "p[0]", "infinite"),
        ({"answer": [[1], [2]]}, "answer", "must have 1 row"),
    ],
)
def test_what_is_wrong_is_named(client: TestClient, changes: dict[str, Any], path: str, said: str) -> None:
    answer = client.post(PATH, json={"p": [0.5], "gammas": [1], **changes})
    assert answer.status_code == 422, answer.text
    (field,) = answer.json()["error"]["fields"]
    assert field["path"] == path
    assert said in field["message"]
