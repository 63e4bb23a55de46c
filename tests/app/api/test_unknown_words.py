"""A word of an address that nobody reads is refused, with the nearest that somebody does."""

import html
import re
from collections.abc import Callable

import pytest
from fastapi.routing import APIRoute
from starlette.testclient import TestClient

from app.store.engine import Database
from app.store.runs import get_run
from app.web.lazy import LazyApp
from tests.app.api.test_errors import error_of, paths

SeedRun = Callable[..., int]
PAGE = {"accept": "text/html"}


def addresses(client: TestClient) -> list[str]:
    """Every GET route but those whose query is free, with numbers and names filled in."""
    app: LazyApp = client.app  # type: ignore[assignment]
    app.load_all()
    filled = {
        "{run_id}": "1",
        "{sweep_id}": "1",
        "{name}": "accuracy",
        "{figure}": "x",
        "{row_id}": "x",
        "{asset}": "swagger-ui.css",
    }
    found = []
    for route in app.routes:
        if isinstance(route, APIRoute) and "GET" in (route.methods or ()):
            path = route.path
            for part, value in filled.items():
                path = path.replace(part, value)
            found.append(path)
    return sorted(set(found))


@pytest.mark.slow
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
    [
        ("/api/v1/runs?stat=failed", "state"),
        ("/api/v1/runs?lim=3", "limit"),
        ("/api/v1/compare?runs=1&colums=loss", "columns"),
        ("/api/v1/sweeps?curser=1", "cursor"),
    ],
)
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
        ("/runs/validate", {"config": {}, "zzz": 1}, "zzz", "known are config, preset"),
        ("/theory/focal", {"gama": 2}, "gama", "did you mean gamma?"),
    ],
)
def test_a_field_at_any_depth(
    client: TestClient, path: str, body: dict[str, object], field: str, said: str
) -> None:
    error = error_of(client.post(f"/api/v1{path}", json=body), 422, "invalid")
    assert f"is not known here; {said}" in [it["message"] for it in error["fields"] if it["path"] == field]


FORMS = [
    ("/runs/1/edit", "nmae", "name"),
    ("/runs/1/act", "acton", "action"),
    ("/sweeps/1/edit", "note", "notes"),
    ("/sweeps/1/act", "acton", "action"),
    ("/sweeps/1/extend", "mroe", "more"),
    ("/runs/bulk", "run", "runs"),
    ("/runs/new", "loss.bta", "loss.beta"),
    ("/login", "tokn", "token"),
    ("/published", "txt", "text"),
    ("/compare/extend?runs=1", "bdy", "body"),
]


@pytest.mark.parametrize(("path", "field", "near"), FORMS)
def test_a_form_refuses_a_field_that_is_none_and_does_nothing(
    client: TestClient, seed_run: SeedRun, path: str, field: str, near: str
) -> None:
    run_id = seed_run("queued")
    client.post("/api/v1/sweeps", json={"axes": {"seed": [5, 6]}})
    before = client.get("/api/v1/runs").json()["items"]
    typed = {"action": "cancel", "name": "new", "runs": run_id, field: "1"}
    error = error_of(client.post(path, data=typed), 422, "invalid")
    said = {it["path"]: it["message"] for it in error["fields"]}
    assert said[field] == f"is not known here; did you mean {near}?"
    assert [(run["id"], run["state"], run["name"]) for run in client.get("/api/v1/runs").json()["items"]] == [
        (run["id"], run["state"], run["name"]) for run in before
    ]


@pytest.mark.slow
def test_what_our_own_buttons_send_is_taken(client: TestClient, seed_run: SeedRun) -> None:
    """Each form of a compare page of runs, and of one of a sweep, as a browser would send it."""
    ids = [seed_run(config={"seed": 0, "loss": {"name": name}}) for name in ("cross_entropy", "focal")]
    client.post("/api/v1/sweeps", json={"axes": {"seed": [5, 6]}})
    sent = set()
    for page in (f"/compare?runs={ids[0]},{ids[1]}", "/compare?sweep=1", f"/runs/{ids[0]}", "/sweeps/1"):
        for form in re.findall(r'<form method="post".*?</form>', client.get(page).text, flags=re.DOTALL):
            path = html.unescape(re.findall(r'action="([^"]*)"', form)[0])
            fields = re.findall(r'type="hidden" name="([^"]+)" value="([^"]*)"', form)
            if fields:
                typed = {name: html.unescape(value) for name, value in fields}
                assert "is not known here" not in client.post(path, data=typed, follow_redirects=False).text
                sent.add(path.partition("?")[0])
    assert "/compare/extend" in sent
