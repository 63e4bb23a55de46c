"""Going on with a completed run over REST: what is queued, what it is taken for, and when it is refused."""

from collections.abc import Callable
from typing import Any

import pytest
from starlette.testclient import TestClient

from app.lifecycle import State
from app.runs import queue
from app.settings import Settings
from app.store.engine import Database
from app.store.runs import get_run
from trainer.run_dir import RunDir

SeedRun = Callable[..., int]
RUNS, SWEEPS = "/api/v1/runs", "/api/v1/sweeps"
COSINE: dict[str, Any] = {"optim": {"epochs": 3, "schedule": "cosine"}}


@pytest.fixture
def completed(seed_run: SeedRun, settings: Settings) -> Callable[..., int]:
    """Makes a completed run of 3 epochs with a checkpoint."""

    def make(**more: Any) -> int:
        run_id = seed_run(**more)
        folder = RunDir(settings.run_dir(run_id)).checkpoints
        folder.mkdir(exist_ok=True)
        (folder / "last.pt").write_bytes(b"here")
        return run_id

    return make


def go_on(client: TestClient, run_id: int, epochs: int, **headers: str) -> Any:
    answer = client.post(f"{RUNS}/{run_id}/continue", json={"epochs": epochs}, headers=headers)
    assert answer.status_code in (200, 201), answer.text
    return answer


def test_a_new_run_is_queued_that_says_where_it_comes_from(
    client: TestClient, completed: Callable[..., int]
) -> None:
    old = completed(name="mine", tags=("thesis",))
    answer = go_on(client, old, 2)
    run = answer.json()
    assert (answer.status_code, answer.headers["location"]) == (201, f"{RUNS}/{run['id']}")
    assert (run["state"], run["progress"]["epochs"], run["config"]["optim"]["epochs"]) == ("queued", 5, 5)
    assert (run["continued_from"], run["first_stage_id"]) == ({"id": old, "epoch": 3}, None)
    assert (run["name"], run["tags"]) == ("mine, on to 5 epochs", ["thesis"])
    whole, before = (client.get(f"{RUNS}/{one}").json() for one in (run["id"], old))
    assert (whole["origin"]["id"], whole["first_stage"]) == (old, None)
    assert (before["second_stages"], [it["id"] for it in before["continued_by"]]) == ([], [run["id"]])
    assert before["not_continued"] == ""
    assert "only a completed run" in whole["not_continued"]


def test_the_same_key_goes_on_once(client: TestClient, completed: Callable[..., int]) -> None:
    old, key = completed(), {"Idempotency-Key": "once"}
    first, again = go_on(client, old, 2, **key), go_on(client, old, 2, **key)
    assert (first.status_code, again.status_code) == (201, 200)
    assert first.json()["id"] == again.json()["id"]
    other = client.post(f"{RUNS}/{old}/continue", json={"epochs": 3}, headers=key)
    assert other.status_code == 409


def hash_of(client: TestClient, config: dict[str, Any]) -> str:
    answer = client.post(RUNS, json={"config": config})
    assert answer.status_code == 201, answer.text
    return str(answer.json()["config_hash"])


def test_at_steps_it_is_the_run_in_one_go_and_under_a_cosine_it_is_not(
    client: TestClient, completed: Callable[..., int]
) -> None:
    at_steps, falling = (
        go_on(client, completed(), 2).json(),
        go_on(client, completed(config=COSINE), 2).json(),
    )
    one_go = {"optim": {"epochs": 5, "milestones": []}}
    assert at_steps["config_hash"] == hash_of(client, one_go)
    assert falling["config_hash"] != hash_of(client, {"optim": {"epochs": 5, "schedule": "cosine"}})
    assert falling["config"]["optim"]["continued_after"] == [3]
    assert ["continued after", "3"] in falling["chips"]


@pytest.mark.parametrize(
    ("config", "is_equal"), [({"optim": {"epochs": 3, "milestones": []}}, True), (COSINE, False)]
)
def test_a_sweep_takes_it_for_an_equal_run_only_where_it_is_one(
    config: dict[str, Any], is_equal: bool, client: TestClient, completed: Callable[..., int]
) -> None:
    run = go_on(client, completed(config=config), 2).json()
    base = {"optim": {**config["optim"], "epochs": 5}}
    made = client.post(SWEEPS, json={"base": base, "axes": {"seed": [0]}}).json()
    [cell] = client.get(RUNS, params={"sweep": made["id"]}).json()["items"]
    assert (cell["id"] == run["id"]) is is_equal


def test_it_can_be_gone_on_with_once_more(
    client: TestClient, completed: Callable[..., int], db: Database, settings: Settings
) -> None:
    second = go_on(client, completed(config=COSINE), 2).json()["id"]
    end(db, second)
    folder = RunDir(settings.run_dir(second)).checkpoints
    folder.mkdir(parents=True)
    (folder / "last.pt").write_bytes(b"here")
    third = go_on(client, second, 4).json()
    assert third["config"]["optim"]["continued_after"] == [3, 5]
    assert third["continued_from"] == {"id": second, "epoch": 5}


def end(db: Database, run_id: int) -> None:
    with db.write() as s:
        claimed = queue.claim(s, "w")
        assert claimed is not None
        assert claimed.id == run_id
        queue.move(s, claimed, State.COMPLETED)


def test_its_setting_with_another_seed_is_trained_in_both_parts(
    client: TestClient, completed: Callable[..., int], db: Database
) -> None:
    """As a second stage brings its first one: what it goes on from is queued before it, or used again."""
    old = completed(config=COSINE)
    run = go_on(client, old, 2).json()
    same = client.post(RUNS, json={"config": run["config"]}).json()
    assert same["continued_from"] == {"id": old, "epoch": 3}
    other = client.post(RUNS, json={"config": {**run["config"], "seed": 7}}).json()
    first = client.get(f"{RUNS}/{other['continued_from']['id']}").json()
    assert (first["config"]["seed"], first["config"]["optim"]["epochs"], first["state"]) == (7, 3, "queued")
    assert first["config"]["optim"]["continued_after"] == []
    assert other["waits_for"] == f"Waits for run {first['id']}, from which it goes on, which is queued."
    with db.write() as s:
        queue.request_stop(s, get_run(s, first["id"]), State.CANCELED)
    ended = client.get(f"{RUNS}/{other['id']}").json()
    assert ended["state"] == "canceled"
    assert ended["error"]["message"] == f"Run {first['id']}, from which it goes on, was canceled."


def test_what_is_needed_cannot_be_deleted_and_what_was_is_told(
    client: TestClient, completed: Callable[..., int], db: Database
) -> None:
    old = completed()
    run = go_on(client, old, 2).json()["id"]
    refused = client.delete(f"{RUNS}/{old}")
    assert refused.status_code == 409
    assert f"run {run} (queued)" in refused.json()["error"]["message"]
    end(db, run)
    assert client.delete(f"{RUNS}/{old}").status_code == 204
    told = client.get(f"{RUNS}/{run}").json()
    assert (told["continued_from"], told["origin"]) == ({"id": old, "epoch": 3}, None)


@pytest.mark.parametrize("state", ["queued", "running", "paused", "failed", "crashed", "canceled"])
def test_only_a_completed_run_is_gone_on_with(client: TestClient, seed_run: SeedRun, state: str) -> None:
    run_id = seed_run(state)
    refused = client.post(f"{RUNS}/{run_id}/continue", json={"epochs": 1})
    assert refused.status_code == 409
    assert f"it is {state}" in refused.json()["error"]["message"]


@pytest.mark.parametrize(
    "config", [{"sampling": {"name": "progressive"}}, {"second_stage": {"name": "crt"}}], ids=str
)
def test_what_is_laid_out_over_all_epochs_is_refused(
    client: TestClient, seed_run: SeedRun, db: Database, config: dict[str, Any]
) -> None:
    launched = client.post(RUNS, json={"config": config}).json()["id"]
    with db.write() as s:
        run = get_run(s, launched)
        run.state = State.COMPLETED
    refused = client.post(f"{RUNS}/{launched}/continue", json={"epochs": 1})
    assert refused.status_code == 409
    assert "cannot be continued" in refused.json()["error"]["message"]


def test_a_run_whose_checkpoint_is_gone_is_refused(client: TestClient, seed_run: SeedRun) -> None:
    refused = client.post(f"{RUNS}/{seed_run()}/continue", json={"epochs": 1})
    assert (refused.status_code, "is gone" in refused.json()["error"]["message"]) == (409, True)


@pytest.mark.parametrize(
    "body", [{}, {"epochs": 0}, {"epochs": 1.5}, {"epochs": "2"}, {"epochs": 9999}, {"more": 1}]
)
def test_a_body_that_is_none_is_refused_by_name(
    client: TestClient, completed: Callable[..., int], body: dict[str, Any]
) -> None:
    refused = client.post(f"{RUNS}/{completed()}/continue", json=body)
    assert refused.status_code == 422
    assert {field["path"] for field in refused.json()["error"]["fields"]} <= {"epochs", "more"}
    assert client.get(RUNS).json()["total"] == 1


def test_a_run_that_is_not_there_is_not_found(client: TestClient) -> None:
    assert client.post(f"{RUNS}/9/continue", json={"epochs": 1}).status_code == 404
