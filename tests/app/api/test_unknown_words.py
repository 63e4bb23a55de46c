"""A word of an address that nobody reads is refused, with the nearest that somebody does."""

from collections.abc import Callable

import pytest
from fastapi.routing import APIRoute
from starlette.testclient import TestClient

from app.late import LateApp
from app.store.engine import Database
from app.store.runs import get_run
from tests.app.api.test_errors import error_of, paths

SeedRun = Callable[..., int]
PAGE = {"accept": "text/html"}


def addresses(client: TestClient) -> list[str]:
    """Every GET route but those whose query is free, with numbers and names filled in."""
    app: LateApp = client.app  # type: ignore[assignment]
    app.load_all()
    filled = {"{run_id}": "1", "{sweep_id}": "1", "{name}": "accuracy", "{figure}": "x", "{row_id}": "x",
              "{asset}": "swagger-ui.css"}  # fmt: skip
    found = []
    for route in app.routes:
        if isinstance(route, APIRoute) and "GET" in (route.methods or ()):
            path = route.path
            for part, value in filled.items():
                path = path.replace(part, value)
            found.append(path)
    return sorted(set(found))


def test_every_address_refuses_a_word_that_is_none(client: TestClient, seed_run: SeedRun) -> None:
    seed_run()
    asked = addresses(client)
    assert len(asked) > 50
    for path in asked:
        answer = client.get(f"{path}?colums=1", headers=PAGE)
        no_calculator = path.startswith(("/theory/", "/api/v1/theory/")) and answer.status_code == 404
        assert answer.status_code == 422 or no_calculator, (path, answer.status_code)
        assert "colums" in answer.text or no_calculator, path


@pytest.mark.parametrize(
    ("path", "near"),
    [("/api/v1/runs?stat=failed", "state"), ("/api/v1/runs?lim=3", "limit"),
     ("/api/v1/compare?runs=1&colums=loss", "columns"), ("/api/v1/sweeps?curser=1", "cursor")],
)  # fmt: skip
def test_the_nearest_is_named(client: TestClient, seed_run: SeedRun, path: str, near: str) -> None:
    seed_run()
    error = error_of(client.get(path), 422, "invalid")
    assert f"did you mean {near}?" in error["fields"][0]["message"]


def test_a_page_shows_the_sentence(client: TestClient) -> None:
    page = client.get("/runs?stat=failed", headers=PAGE)
    assert page.status_code == 422
    assert "stat is not known here; did you mean state" in page.text


def test_writes_refuse_it_too_and_do_nothing(client: TestClient, seed_run: SeedRun, db: Database) -> None:
    run_id = seed_run("queued")
    error = error_of(client.post(f"/api/v1/runs/{run_id}/cancel?dry=1"), 422, "invalid")
    assert paths(error) == ["dry"]
    with db.read() as session:
        assert get_run(session, run_id).state == "queued"


def test_a_field_of_a_body_names_the_nearest(client: TestClient) -> None:
    error = error_of(client.post("/api/v1/runs", json={"config": {}, "nmae": "x"}), 422, "invalid")
    assert error["fields"] == [{"path": "nmae", "message": "is not known here; did you mean name?"}]


@pytest.mark.parametrize(
    ("path", "body", "field", "said"),
    [
        ("/sweeps", {"axes": {}, "basline": []}, "basline", "did you mean baselines?"),
        (
            "/sweeps",
            {"looks": {"seeds": [2, 4], "alpha": [0.01, 0.02]}},
            "looks.alpha",
            "did you mean alphas?",
        ),
        ("/runs/validate", {"config": {}, "zzz": 1}, "zzz", "known are config"),
        ("/theory/focal", {"gama": 2}, "gama", "did you mean gamma?"),
    ],
)
def test_a_field_at_any_depth(
    client: TestClient, path: str, body: dict[str, object], field: str, said: str
) -> None:
    error = error_of(client.post(f"/api/v1{path}", json=body), 422, "invalid")
    assert f"is not known here; {said}" in [it["message"] for it in error["fields"] if it["path"] == field]
