"""Every error has one shape and the right status, names its field, shows no trace; and nothing is queued."""

import json
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from hypothesis import HealthCheck, given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st
from starlette.testclient import TestClient

from app.main import create_app
from app.settings import Settings
from tests.examples import at_most
from trainer.errors import DataError

SeedRun = Callable[..., int]

RUNS = "/api/v1/runs"
JSON = {"Content-Type": "application/json"}


def error_of(answer: Any, status: int, code: str) -> dict[str, Any]:
    """The error part of an answer, whose shape is checked."""
    assert answer.status_code == status, answer.text
    assert answer.headers["content-type"] == "application/json"
    body = answer.json()
    assert set(body) == {"error"}
    error: dict[str, Any] = body["error"]
    assert set(error) == {"code", "message", "hint", "fields"}
    assert error["code"] == code
    assert error["message"].endswith(".")
    assert "Traceback" not in answer.text
    return error


def paths(error: dict[str, Any]) -> list[str]:
    return [field["path"] for field in error["fields"]]


REFUSED_CONFIGS: list[tuple[str, str]] = [
    ('{"loss": {"beta": NaN, "weighting": "class_balanced"}}', "loss.beta"),
    ('{"optim": {"learning_rate": Infinity}}', "optim.learning_rate"),
    ('{"optim": {"learning_rate": -Infinity}}', "optim.learning_rate"),
    ('{"optim": {"weight_decay": 1e999}}', "optim.weight_decay"),
    ('{"optim": {"learning_rate": "fast"}}', "optim.learning_rate"),
    ('{"optim": {"learning_rate": "1e-4"}}', "optim.learning_rate"),
    ('{"loss": {"beta": "1-1e-4", "weighting": "class_balanced"}}', "loss.beta"),
    ('{"loss": {"beta": 1, "weighting": "class_balanced"}}', "loss.beta"),
    ('{"loss": {"beta": -0.1, "weighting": "class_balanced"}}', "loss.beta"),
    ('{"loss": {"name": "mse"}}', "loss.name"),
    ('{"seed": true}', "seed"),
    ('{"seed": 1.5}', "seed"),
    ('{"seed": -1}', "seed"),
    ('{"optim": {"epochs": 0}}', "optim.epochs"),
    ('{"optim": {"milestones": [8, 6]}}', "optim.milestones"),
    ('{"data": {"validation_fraction": 0.6}}', "data.validation_fraction"),
    ('{"data": {"dataset": "imagenet"}}', "data.dataset"),
    ('{"data": {"dataset": "folder:../../etc"}}', "data.dataset"),
    ('{"data": {"imbalance_ratio": 1000000}}', "data.imbalance_ratio"),
    ('{"lr": 0.1}', "lr"),
    ('{"optim": {"lr": 0.1}}', "optim.lr"),
    ('{"optim": 3}', "optim"),
    ("[]", "config"),
    ("null", "config"),
    ('{"\\ud800": 1}', "config"),
]


@pytest.mark.parametrize(("config", "path"), REFUSED_CONFIGS)
@pytest.mark.parametrize("where", [RUNS, f"{RUNS}/validate"])
def test_refused_configuration_names_its_field(
    client: TestClient, config: str, path: str, where: str
) -> None:
    answer = client.post(where, content=f'{{"config": {config}}}', headers=JSON)
    assert paths(error_of(answer, 422, "invalid")) == [path]
    assert client.get(RUNS).json()["total"] == 0


def test_every_refused_field_is_named_at_once(client: TestClient) -> None:
    body = {"config": {"seed": -1, "loss": {"gamma": -1, "name": "focal"}}, "name": "", "colour": "red"}
    error = error_of(client.post(RUNS, json=body), 422, "invalid")
    assert set(paths(error)) == {"seed", "loss.gamma", "name", "colour"}


def test_beta_of_one_is_answered_with_what_to_use(client: TestClient) -> None:
    body = {"config": {"loss": {"beta": 1, "weighting": "class_balanced"}}}
    [field] = error_of(client.post(RUNS, json=body), 422, "invalid")["fields"]
    assert "inverse-frequency" in field["message"]


@pytest.mark.parametrize(
    ("content", "headers"),
    [
        ("{", JSON),
        ("", JSON),
        ('{"config": {}', JSON),
        ("[1]", JSON),
        ("3", JSON),
        ("NaN", JSON),
        ('{"config": {}}', {}),
        ("config=1", {"Content-Type": "application/x-www-form-urlencoded"}),
        ("[" * 100_000, JSON),
        ('{"config": ' + "9" * 5000 + "}", JSON),
        (b'{"name": "\xff"}', JSON),
    ],
)
def test_what_is_no_json_object_is_a_bad_request(
    client: TestClient, content: str | bytes, headers: dict[str, str]
) -> None:
    error_of(client.post(RUNS, content=content, headers=headers), 400, "bad_request")


def test_body_that_says_it_is_huge(client: TestClient) -> None:
    error_of(client.post(RUNS, json={"notes": "x" * 1_000_001, "config": {}}), 413, "too_large")


def test_huge_body_in_chunks(client: TestClient) -> None:
    def chunks() -> Iterator[bytes]:
        yield b'{"config": {}, "notes": "'
        for _ in range(30):
            yield b"x" * 65_536
        yield b'"}'

    error_of(client.post(RUNS, content=chunks(), headers=JSON), 413, "too_large")


@pytest.mark.parametrize(
    "below",
    ["", "/epochs", "/classes", "/confusion", "/scalars", "/logs", "/events", "/checkpoints", "/stream"],
)
@pytest.mark.parametrize("run_id", ["7", "0", "-1", "abc", "1.5", "9" * 30])
def test_unknown_run(client: TestClient, run_id: str, below: str) -> None:
    error_of(client.get(f"{RUNS}/{run_id}{below}"), 404, "not_found")


@pytest.mark.parametrize("method", ["PATCH", "DELETE", "cancel", "retry", "archive"])
def test_unknown_run_cannot_be_changed(client: TestClient, method: str) -> None:
    asked = (method, f"{RUNS}/7") if method.isupper() else ("POST", f"{RUNS}/7/{method}")
    error_of(client.request(*asked, json={} if method == "PATCH" else None), 404, "not_found")


@pytest.mark.parametrize("query", ["limit=0", "limit=501", "limit=x", "sort=bet", "cursor=zz", "state=done"])
def test_refused_query_names_its_parameter(client: TestClient, query: str) -> None:
    error = error_of(client.get(f"{RUNS}?{query}"), 422, "invalid")
    assert paths(error)[0].startswith(query.split("=")[0])


def test_unknown_path_and_method(client: TestClient) -> None:
    error_of(client.get("/api/v1/nothing"), 404, "not_found")
    error_of(client.get("/api"), 404, "not_found")
    error_of(client.put(RUNS), 405, "method_not_allowed")


def test_browser_gets_a_page_outside_the_api(client: TestClient) -> None:
    page = client.get("/nothing/<b>here", headers={"Accept": "text/html"})
    assert page.status_code == 404
    assert page.headers["content-type"].startswith("text/html")
    assert "<b>here" not in page.text
    error_of(client.get("/nothing"), 404, "not_found")
    error_of(client.get("/api/v1/nothing", headers={"Accept": "text/html"}), 404, "not_found")


@pytest.mark.parametrize("accept", ["*/*", "text/html"])
def test_unexpected_failure_shows_no_trace(
    settings: Settings, monkeypatch: pytest.MonkeyPatch, accept: str
) -> None:
    def broken(*_: object) -> None:
        raise ZeroDivisionError("secret")

    monkeypatch.setattr("app.api.system.build.health", broken)
    with TestClient(create_app(settings), "http://localhost", raise_server_exceptions=False) as caller:
        answer = caller.get("/api/v1/health", headers={"Accept": accept})
    error = error_of(answer, 500, "internal")
    assert "secret" not in answer.text
    assert "log" in error["hint"]
    assert answer.headers["x-content-type-options"] == "nosniff"


def test_class_without_an_image_is_refused_by_name(
    client: TestClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    def nothing_of_c(*_: object) -> None:
        raise DataError("Class 'c' has no training images.", "Add images of it.")

    monkeypatch.setattr("trainer.data.longtail.plan", nothing_of_c)
    error = error_of(client.post(RUNS, json={"config": {}}), 422, "invalid")
    assert error["fields"] == [{"path": "data.dataset", "message": "Class 'c' has no training images."}]
    assert client.get(RUNS).json()["total"] == 0


JSON_VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=10), inner, max_size=3),
    max_leaves=10,
)
FIELDS = ["data", "model", "loss", "optim", "seed", "device"]


@pytest.mark.slow
@given(config=st.dictionaries(st.sampled_from(FIELDS), JSON_VALUES, max_size=3), name=JSON_VALUES)
@hypothesis_settings(
    max_examples=at_most(150), deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
def test_any_body_is_taken_or_refused_in_shape(client: TestClient, config: Any, name: Any) -> None:
    body = json.dumps({"config": config, "name": name})
    answer = client.post(RUNS, content=body, headers=JSON)
    assert answer.status_code in (201, 422)
    if answer.status_code == 422:
        assert error_of(answer, 422, "invalid")["fields"]
