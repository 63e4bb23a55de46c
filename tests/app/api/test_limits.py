"""How far a run may go: asked for at its launch, of every run of a sweep, changed later, refused by name."""

from typing import Any

import pytest
from starlette.testclient import TestClient

from app.lifecycle import State
from app.runs import queue
from app.runs.ingest import end
from app.runs.reasons import Reason
from app.runs.retries import USUAL
from app.store.engine import Database
from app.store.runs import get_run
from tests.app.pages.seen import HTML

RUNS, SWEEPS = "/api/v1/runs", "/api/v1/sweeps"
LIMITS = {"max_attempts": 2, "time_limit_minutes": 0.5}


def limits_of(client: TestClient, run_id: int = 1) -> dict[str, Any]:
    run = client.get(f"{RUNS}/{run_id}").json()
    return {name: run[name] for name in LIMITS}


def test_a_launch_takes_them_and_no_hash_changes(client: TestClient) -> None:
    made = client.post(RUNS, json={"config": {}, **LIMITS})
    plain = client.post(RUNS, json={"config": {}})
    assert (made.status_code, limits_of(client)) == (201, LIMITS)
    assert limits_of(client, 2) == {"max_attempts": None, "time_limit_minutes": None}
    assert made.json()["config_hash"] == plain.json()["config_hash"]
    assert client.patch(f"{RUNS}/2", json={"time_limit_minutes": 90}).status_code == 200
    assert limits_of(client, 2) == {"max_attempts": None, "time_limit_minutes": 90}
    client.patch(f"{RUNS}/2", json={"time_limit_minutes": None})
    assert limits_of(client, 2)["time_limit_minutes"] is None


def test_each_run_of_a_sweep_has_them_also_one_that_joins_later_and_first_stages(client: TestClient) -> None:
    asked = {"axes": {"second_stage.name": ["none", "crt"], "seed": [0]}, **LIMITS}
    made = client.post(SWEEPS, json=asked)
    assert made.status_code == 201, made.text
    assert client.post(f"{SWEEPS}/1/extend", json={"axes": {"seed": [1]}}).status_code == 200
    runs = client.get(RUNS).json()["items"]
    assert len(runs) == 4
    assert {(run["max_attempts"], run["time_limit_minutes"]) for run in runs} == {(2, 0.5)}
    client.post(RUNS, json={"config": {"seed": 9, "second_stage": {"name": "crt"}}, **LIMITS})
    assert [limits_of(client, run_id) for run_id in (5, 6)] == [LIMITS, LIMITS]


@pytest.mark.parametrize("where", [RUNS, SWEEPS])
@pytest.mark.parametrize(
    ("field", "value"),
    [("max_attempts", 0), ("max_attempts", 101), ("max_attempts", 1.5), ("time_limit_minutes", 0),
     ("time_limit_minutes", -1), ("time_limit_minutes", "5"), ("time_limit_minutes", 1e9)],
)  # fmt: skip
def test_what_is_no_limit_is_refused_by_name(client: TestClient, where: str, field: str, value: Any) -> None:
    body = {"config": {}} if where == RUNS else {"axes": {"seed": [0, 1]}}
    refused = client.post(where, json=body | {field: value})
    assert refused.status_code == 422
    assert [one["path"] for one in refused.json()["error"]["fields"]] == [field]


def test_the_form_takes_them_and_keeps_what_it_refuses(client: TestClient) -> None:
    shown = client.get("/runs/new", headers=HTML).text
    assert 'name="time_limit_minutes"' in shown
    sent = {"time_limit_minutes": "2.5", "max_attempts": "5", "do": "launch", "key": "k"}
    answer = client.post("/runs/new", data=sent, follow_redirects=False)
    assert (answer.status_code, limits_of(client)) == (303, {"max_attempts": 5, "time_limit_minutes": 2.5})
    several = client.post("/runs/new", data={**sent, "seed": "0, 1", "key": "s"}, follow_redirects=False)
    assert several.headers["location"] == "/sweeps/1"
    assert limits_of(client, 2) == {"max_attempts": 5, "time_limit_minutes": 2.5}
    refused = client.post("/runs/new", data={**sent, "time_limit_minutes": "soon"}, headers=HTML)
    assert refused.status_code == 422
    assert 'value="soon"' in refused.text
    assert 'id="group-limits" open' in refused.text
    assert 'value="2.5"' in client.get("/runs/new?clone=1", headers=HTML).text


def test_its_page_and_its_json_tell_every_attempt(client: TestClient, db: Database) -> None:
    client.post(RUNS, json={"config": {}})
    lost = (State.CRASHED, Reason("ProcessVanished", "The training process vanished.", "See its log."))
    for ending in (lost, (State.QUEUED, Reason("WorkerStopped", "Its worker was asked to end."))):
        with db.write() as s:
            run = queue.claim(s, "w1")
            assert run is not None
            end(s, run, ending, USUAL)
            get_run(s, 1).not_before = None
    with db.write() as s:
        assert queue.claim(s, "w1") is not None
    told = client.get(f"{RUNS}/1").json()["attempts"]
    assert [(one["attempt"], one["ended"], one["reason"]) for one in told] == [
        (1, "crashed", "The training process vanished."),
        (2, "queued", "Its worker was asked to end."),
        (3, None, None),
    ]
    page = client.get("/runs/1", headers=HTML).text
    for words in ("The training process vanished. See its log.", "put back", "under way"):
        assert words in page
