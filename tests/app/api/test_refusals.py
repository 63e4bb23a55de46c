"""What the OpenAPI document says of errors, and what 405 says is allowed, is what the server does."""

import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from fastapi.routing import APIRoute
from sqlalchemy import update
from starlette.testclient import TestClient

from app.main import create_app
from app.settings import Settings
from app.store.clock import now
from app.store.engine import Database
from app.store.tables import Run
from app.web.lazy import LazyApp
from tests.app.own_images import own_images
from tests.benchmarks import mutations
from tests.examples import at_most

pytestmark = pytest.mark.slow

SeedRun = Callable[..., int]
API = "/api/v1"
METHODS = ("GET", "POST", "PUT", "PATCH", "DELETE")
KEY = {"Idempotency-Key": "k"}
GRID = {"axes": {"seed": [0, 1]}}
CSV = {"content-type": "text/csv"}
HEAD = "label,accuracy,unit,source\n"

CONFLICTS: dict[tuple[str, str], list[tuple[str, str, dict[str, Any]]]] = {
    ("post", f"{API}/runs"): [
        ("POST", f"{API}/runs", {"json": {"config": {"seed": seed}}, "headers": KEY}) for seed in (1, 2)
    ],
    ("post", f"{API}/runs/{{run_id}}/{{action}}"): [("POST", f"{API}/runs/1/pause", {})],
    ("post", f"{API}/runs/{{run_id}}/continue"): [
        ("POST", f"{API}/runs/2/continue", {"json": {"epochs": 1}})
    ],
    ("delete", f"{API}/runs/{{run_id}}"): [("DELETE", f"{API}/runs/2", {})],
    ("post", f"{API}/recipes"): [("POST", f"{API}/recipes", {"json": {"name": "twice", "config": {}}})] * 2,
    ("post", f"{API}/views"): [("POST", f"{API}/views", {"json": {"name": "twice"}})] * 2,
    ("patch", f"{API}/views/{{name}}"): [
        *[("POST", f"{API}/views", {"json": {"name": name}}) for name in "ab"],
        ("PATCH", f"{API}/views/a", {"json": {"name": "b"}}),
    ],
    ("post", f"{API}/tokens"): [("POST", f"{API}/tokens", {"json": {"name": "twice", "scope": "read"}})] * 2,
    ("post", f"{API}/sweeps"): [
        ("POST", f"{API}/sweeps", {"json": GRID | {"name": name}, "headers": KEY}) for name in "ab"
    ],
    ("patch", f"{API}/sweeps/{{sweep_id}}"): [
        ("POST", f"{API}/sweeps", {"json": GRID}),
        ("PATCH", f"{API}/sweeps/1", {"json": {"margin": 1}}),
    ],
    ("post", f"{API}/sweeps/{{sweep_id}}/extend"): [
        ("POST", f"{API}/sweeps", {"json": GRID}),
        ("POST", f"{API}/sweeps/1/extend", {"json": GRID}),
    ],
    ("post", f"{API}/sweeps/{{sweep_id}}/retry"): [
        ("POST", f"{API}/sweeps", {"json": GRID}),
        ("POST", f"{API}/sweeps/1/retry", {}),
    ],
    ("post", f"{API}/sweeps/{{sweep_id}}/cancel"): [
        ("POST", f"{API}/sweeps", {"json": GRID}),
        *[("POST", f"{API}/sweeps/1/cancel", {})] * 2,
    ],
    ("patch", f"{API}/queue/{{job_id}}"): [("PATCH", f"{API}/queue/1", {"json": {"priority": 1}})],
    ("post", f"{API}/queue/{{job_id}}/{{move}}"): [("POST", f"{API}/queue/1/top", {})],
    ("post", f"{API}/transfers/{{job_id}}/{{action}}"): [
        ("POST", f"{API}/transfers", {"json": {"sources": ["random"], "dataset": "shapes10"}}),
        ("POST", f"{API}/transfers/3/resume", {}),
    ],
    ("post", f"{API}/task-transfers/{{job_id}}/{{action}}"): [
        ("POST", f"{API}/task-transfers", {"json": {"sources": ["shape"]}}),
        ("POST", f"{API}/task-transfers/3/resume", {}),
    ],
    ("post", f"{API}/published"): [
        ("POST", f"{API}/published", {"headers": CSV, "content": f"{HEAD}{part},0.5,fraction,s\n"})
        for part in range(2)
    ],
    ("delete", f"{API}/published/{{row_id}}"): [("DELETE", f"{API}/published/OURS", {})],
    ("post", f"{API}/datasets"): [("POST", f"{API}/datasets", {"json": {"name": "pets", "bytes": 5}})],
    ("put", f"{API}/datasets/imports/{{import_id}}/content"): [
        ("PUT", f"{API}/datasets/imports/BEGUN/content?offset=3", {"content": b"x"})
    ],
    ("post", f"{API}/datasets/imports/{{import_id}}/look"): [
        ("POST", f"{API}/datasets/imports/BEGUN/look", {"json": {"depth": 1}})
    ],
    ("post", f"{API}/datasets/imports/{{import_id}}/take"): [
        ("POST", f"{API}/datasets/imports/BEGUN/take", {"json": {}})
    ],
    ("patch", f"{API}/datasets/{{name}}"): [("PATCH", f"{API}/datasets/cifar10", {"json": {"name": "a"}})],
    ("delete", f"{API}/datasets/{{name}}"): [("DELETE", f"{API}/datasets/cifar10", {})],
    ("post", f"{API}/datasets/{{name}}/fetch"): [("POST", f"{API}/datasets/folder:pets/fetch", {})],
    ("post", f"{API}/datasets/{{name}}/duplicates"): [("POST", f"{API}/datasets/cifar10/duplicates", {})],
}
"""Operation -> requests of which the last must be answered with 409; run 1 is completed, run 2 runs, an
import is begun, and folder:pets is there."""


@pytest.fixture(scope="module")
def document(migrated: Path) -> dict[str, Any]:
    app = create_app(Settings(data_dir=migrated))
    described: dict[str, Any] = json.loads(json.dumps(app.openapi()))
    app.state.database.close()
    return described


def operations(document: dict[str, Any]) -> Iterator[tuple[str, str, dict[str, Any]]]:
    for path, methods in document["paths"].items():
        for method, operation in methods.items():
            yield method, path, operation


def test_every_operation_names_what_it_may_refuse(document: dict[str, Any]) -> None:
    for method, path, operation in operations(document):
        said = {status for status in operation["responses"] if status >= "400"}
        expected = {"400", "403", "422", "503"}
        expected |= set() if path.endswith("/health") else {"401", "429"}
        expected |= {"404"} if "{" in path else set()
        expected |= {"413"} if method in ("post", "patch", "put") else set()
        assert expected <= said <= expected | {"404", "409"}, (method, path)
        for status in said:
            refused = operation["responses"][status]
            assert refused["content"]["application/json"]["schema"] == {"$ref": "#/components/schemas/Error"}
            assert refused["description"].endswith(".")
    assert "HTTPValidationError" not in document["components"]["schemas"]


def test_an_error_has_the_shape_that_is_described(client: TestClient, document: dict[str, Any]) -> None:
    described = document["components"]["schemas"]["Error"]["properties"]["error"]
    error = client.get(f"{API}/runs?limit=0").json()["error"]
    assert set(described["required"]) == set(error)
    assert set(described["properties"]["fields"]["items"]["required"]) == set(error["fields"][0])


def test_conflicts_are_named_where_they_are_and_nowhere_else(document: dict[str, Any]) -> None:
    named = {(method, path) for method, path, it in operations(document) if "409" in it["responses"]}
    assert named == set(CONFLICTS)


@pytest.mark.parametrize("operation", CONFLICTS, ids=" ".join)
def test_a_conflict_comes(
    client: TestClient,
    db: Database,
    settings: Settings,
    seed_run: SeedRun,
    operation: tuple[str, str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("app.store.published.MOST_ROWS", 1)
    seed_run("completed", config={"seed": 0})
    seed_run("running", config={"seed": 1})
    ours = client.get(f"{API}/published").json()["items"][0]["id"]
    begun = client.post(f"{API}/datasets", json={"name": "begun", "bytes": 5}).json()["id"]
    own_images(settings.datasets_dir)
    for method, path, given in CONFLICTS[operation]:
        answer = client.request(method, path.replace("OURS", ours).replace("BEGUN", begun), **given)
        if operation[0] == "patch":
            with db.write() as session:
                session.execute(update(Run).values(started_at=now()))
    assert answer.status_code == 409, answer.text


@pytest.mark.parametrize("query", ["runs=99", "sweep=99"])
@pytest.mark.parametrize(
    "path", ["/compare", "/theory/dead-relu", "/theory/dead-relu/figures/rate", "/compare/bundle"]
)
def test_what_an_address_names_may_be_missing(
    client: TestClient, document: dict[str, Any], path: str, query: str
) -> None:
    method = "POST" if path.endswith("bundle") else "GET"
    assert client.request(method, f"{API}{path}?{query}").status_code == 404
    assert "404" in document["paths"][f"{API}{path}"][method.lower()]["responses"]


def test_spoilt_requests_are_refused_as_described(
    settings: Settings, client: TestClient, document: dict[str, Any], seed_run: SeedRun
) -> None:
    """Every answer to a few hundred spoilt requests stands in the document, and none is 5xx."""
    for state in ("completed", "running", "failed"):
        seed_run(state)
    app = client.app
    assert isinstance(app, LazyApp)
    asked = [one for one in mutations.made(settings, 10 * at_most(30), 7) if "stream" not in one.path]
    for one in asked:
        if not one.path.isascii() or not one.path.startswith("/") or one.path.startswith("//"):
            continue
        template = template_of(app, one.method, one.path)
        kind = {"content-type": one.kind.encode("ascii", "replace").decode()} if one.fields else {}
        answer = client.request(
            one.method, one.target, content=one.body(), headers=kind, follow_redirects=False
        )
        assert answer.status_code < 500, one
        if template and answer.status_code != 405:  # which is said of a path, not of an operation
            described = document["paths"][template][one.method.lower()]["responses"]
            assert str(answer.status_code) in described, (one, answer.text[:200])


def template_of(app: LazyApp, method: str, path: str) -> str | None:
    """Of the operation that the document tells of."""
    scope = {"type": "http", "method": method, "path": path, "root_path": "", "headers": []}
    for route in app.routes:
        if isinstance(route, APIRoute) and route.include_in_schema and route.matches(scope)[0].value == 2:
            return route.path_format
    return None


def test_405_names_every_method_of_its_path(settings: Settings) -> None:
    """Of each path, each method that is refused names those that are not, and only them."""
    app = create_app(settings)
    with TestClient(app, base_url="http://localhost:8000") as client:
        app.load_all()
        paths = sorted({one.path for one in mutations.sound(settings)})
        assert len(paths) > 60
        for path in paths:
            if path.endswith("stream") or path.startswith("/static"):
                continue
            answered = {method: client.request(method, path, follow_redirects=False) for method in METHODS}
            refused = {method for method, answer in answered.items() if answer.status_code == 405}
            for method in refused:
                assert answered[method].headers["allow"] == ", ".join(sorted(set(METHODS) - refused)), path


@pytest.mark.parametrize(
    ("method", "path", "allowed"),
    [
        ("PUT", "/api/v1/runs", "GET, POST"),
        ("PUT", "/api/v1/runs/1", "DELETE, GET, PATCH"),
        ("GET", "/api/v1/runs/validate", "POST"),
        ("GET", "/api/v1/runs/x", None),
        ("PUT", "/api/v1/runs/validate", "POST"),
        ("DELETE", "/api/v1/runs/1/epochs", "GET"),
        ("GET", "/api/v1/runs/1/cancel", "POST"),
        ("POST", "/static/site.css", "GET, HEAD"),
    ],
)
def test_405_of_paths_that_overlap(client: TestClient, method: str, path: str, allowed: str | None) -> None:
    answer = client.request(method, path)
    assert (answer.status_code == 405) == (allowed is not None)
    assert answer.headers.get("allow") == allowed


def test_an_empty_key_is_none(client: TestClient) -> None:
    """Found by schemathesis: two sweeps under the key "" met in a unique index, and the second was a 500."""
    for number in (1, 2):
        body, empty = GRID | {"name": f"sweep {number}"}, {"Idempotency-Key": ""}
        assert client.post(f"{API}/sweeps", json=body, headers=empty).json()["id"] == number


@pytest.mark.parametrize("added", [{"baselines": [{}]}, {"settings": [{}]}, {"settings": [{"seed": 9}]}])
def test_a_sweep_of_nothing_but_a_baseline_grows(client: TestClient, added: dict[str, Any]) -> None:
    """Found by schemathesis: a sweep whose only setting is its baseline had no point to compare with: 500."""
    bodies: list[dict[str, Any]] = [{"baselines": [{}]}, {"axes": {}, "baselines": [{}]}, {}]
    for body in bodies:
        sweep = client.post(f"{API}/sweeps", json=body).json()["id"]
        answer = client.post(f"{API}/sweeps/{sweep}/extend?dry_run=true", json=added)
        assert answer.status_code in (200, 409), answer.text
