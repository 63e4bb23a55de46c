"""The page of the queue as a browser without JavaScript uses it, and the form's part about it."""

import re
from collections.abc import Callable

from starlette.testclient import TestClient

from app.pages.launch.body import read_form
from app.pages.launch.typed import as_typed
from app.schemas import LaunchBody
from app.store.engine import Database
from tests.app.api.test_queue import launch, order, register
from trainer.config import RunConfig

SeedRun = Callable[..., int]


def test_buttons_change_the_order(client: TestClient, db: Database) -> None:
    register(db)
    first, second, third = (launch(client, name=name) for name in ("one", "two", "three"))
    answer = client.post(f"/queue/{third}/move", data={"to": "top"}, follow_redirects=False)
    assert (answer.status_code, answer.headers["location"]) == (303, f"/queue#job-{third}")
    client.post(f"/queue/{first}/move", data={"to": "down"})
    assert order(client) == [third, second, first]
    client.post(f"/queue/{first}/priority", data={"priority": " 12 "})
    assert order(client) == [first, third, second]
    rows = re.findall(r'<tr id="job-(\d+)"', client.get("/queue").text)
    assert [int(row) for row in rows] == [first, third, second]


def test_what_is_refused_is_said_and_changes_nothing(client: TestClient, seed_run: SeedRun) -> None:
    done, waiting = seed_run(), launch(client)
    assert client.post(f"/queue/{done}/move", data={"to": "up"}).status_code == 409
    assert client.post(f"/queue/{waiting}/move", data={"to": "left"}).status_code == 422
    for text in ("many", "", "5000", "1.5", "99999999999"):
        assert client.post(f"/queue/{waiting}/priority", data={"priority": text}).status_code == 422
    assert client.get(f"/api/v1/runs/{waiting}").json()["priority"] == 0


def test_an_empty_queue_says_so(client: TestClient) -> None:
    assert "Nothing waits." in client.get("/queue").text


def test_a_run_says_what_it_requires_and_a_clone_keeps_it(client: TestClient, db: Database) -> None:
    register(db)
    run = launch(client, requirements={"device": "cuda", "labels": ["big"]})
    page = client.get(f"/runs/{run}").text
    assert "Requires a worker with device cuda and label big." in page
    assert "No worker with device cuda and label big is alive." in page
    assert "--require device=cuda" in page
    assert 'value="device=cuda, big"' in client.get(f"/runs/new?clone={run}").text


def test_the_form_reads_priority_and_requirements(client: TestClient) -> None:
    typed = as_typed(RunConfig()) | {"priority": "-3", "require": "big, device=mps ,fast"}
    body = read_form(typed)
    assert isinstance(body, LaunchBody)
    assert (body.priority, body.requirements.model_dump()) == (
        -3,
        {"device": "mps", "labels": ["big", "fast"]},
    )
    client.post("/runs/new", data=typed)
    assert client.get("/api/v1/runs/1").json()["requirements"]["labels"] == ["big", "fast"]


def test_the_form_marks_what_is_refused(client: TestClient) -> None:
    typed = as_typed(RunConfig()) | {"priority": "high", "require": "two words"}
    answer = client.post("/runs/new", data=typed)
    assert answer.status_code == 422
    for name in ("priority", "require"):
        field = answer.text.partition(f'id="f-{name}-field"')[2].partition("</div>")[0]
        assert 'class="problem"' in field, name
        assert typed[name] in field
