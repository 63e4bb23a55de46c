"""/queue over REST: what waits in its order, order by hand for every kind of job, and what is required."""

from collections.abc import Callable
from typing import Any

import pytest
from starlette.testclient import TestClient

from app.store import workers
from app.store.engine import Database
from app.store.workers import WorkerInfo

SeedRun = Callable[..., int]
API = "/api/v1"


def launch(client: TestClient, **body: Any) -> int:
    answer = client.post(f"{API}/runs", json={"config": {}, **body})
    assert answer.status_code == 201, answer.text
    return int(answer.json()["id"])


def order(client: TestClient) -> list[int]:
    return [item["id"] for item in client.get(f"{API}/queue").json()["items"]]


def register(db: Database, *labels: str, devices: tuple[str, ...] = ("cpu",)) -> None:
    with db.write() as s:
        workers.register(s, WorkerInfo(f"w{labels}{devices}", 1, "here", 1, 1, devices, labels))


def test_every_kind_of_job_stands_in_one_queue_and_can_be_moved(client: TestClient, db: Database) -> None:
    register(db)
    run = launch(client)
    asked = {"sources": ["random"], "dataset": "shapes10"}
    transfer = client.post(f"{API}/transfers", json=asked).json()["id"]
    tasks = client.post(f"{API}/task-transfers", json={"sources": ["shape"]}).json()["id"]
    assert order(client) == [run, transfer, tasks]
    moved = client.post(f"{API}/queue/{tasks}/top").json()
    assert (moved["place"], moved["waits_for"]) == (1, "Number 1 in the queue.")
    assert client.post(f"{API}/queue/{run}/down").json()["place"] == 3
    assert order(client) == [tasks, transfer, run]
    assert client.get(f"{API}/runs/{run}").json()["waits_for"] == "Number 3 in the queue."
    assert client.get(f"{API}/task-transfers/{tasks}").json()["waits_for"] == "Number 1 in the queue."
    changed = client.patch(f"{API}/queue/{transfer}", json={"priority": 3}).json()
    assert (changed["place"], changed["priority"]) == (1, 3)
    kinds = {item["id"]: (item["kind"], item["page"]) for item in client.get(f"{API}/queue").json()["items"]}
    assert kinds[tasks] == ("task_transfer", f"/transfer/tasks/{tasks}")


def test_priority_of_a_run_decides_and_top_goes_before_it(client: TestClient) -> None:
    first, second, third = (launch(client) for _ in range(3))
    client.patch(f"{API}/runs/{third}", json={"priority": 7})
    assert order(client) == [third, first, second]
    assert client.post(f"{API}/queue/{second}/top").json()["priority"] == 7
    assert order(client) == [second, third, first]
    for _ in range(2):
        client.post(f"{API}/queue/{second}/up")
    client.post(f"{API}/queue/{first}/down")
    assert order(client) == [second, third, first], "the ends stay"


def test_a_run_with_no_worker_that_fits_says_so(client: TestClient, db: Database) -> None:
    both = {"device": "cuda", "labels": ["big"]}
    waiting, plain = launch(client, requirements=both), launch(client)
    told = (
        "No worker with device cuda and label big is alive. Start one where there is cuda with: "
        "betaboard worker --label big"
    )
    assert client.get(f"{API}/runs/{waiting}").json()["waits_for"] == told, "also where none is alive at all"
    register(db)
    shown = client.get(f"{API}/runs/{waiting}").json()
    assert (shown["requirements"], shown["waits_for"]) == (both, told)
    items = client.get(f"{API}/queue").json()["items"]
    assert [(item["id"], item["place"]) for item in items] == [(plain, 1), (waiting, None)]
    assert client.post(f"{API}/queue/{waiting}/top").status_code == 409
    register(db, "big", "fast", devices=("cpu", "cuda:0"))
    assert client.get(f"{API}/runs/{waiting}").json()["waits_for"] == "Number 1 in the queue."


def test_requirements_change_while_it_waits(client: TestClient, db: Database) -> None:
    register(db)
    run = launch(client, requirements={"labels": ["big"]})
    changed = client.patch(f"{API}/queue/{run}", json={"requirements": {}}).json()
    assert (changed["place"], changed["requirements"]) == (1, {"device": None, "labels": []})
    device = launch(client, config={"device": "cuda"})
    assert client.get(f"{API}/runs/{device}").json()["requirements"]["device"] == "cuda"


@pytest.mark.parametrize(
    ("required", "path"),
    [
        ({"device": "tpu"}, "requirements.device"),
        ({"labels": ["two words"]}, "requirements.labels.0"),
        ({"labels": ["a", "a"]}, "requirements.labels"),
        ({"lable": ["a"]}, "requirements.lable"),
    ],
)
def test_requirements_are_refused_by_name(client: TestClient, required: Any, path: str) -> None:
    for body, at in (({"config": {}}, "/runs"), ({"axes": {"seed": [0, 1]}}, "/sweeps")):
        refused = client.post(API + at, json={**body, "requirements": required})
        assert refused.status_code == 422
        assert [field["path"] for field in refused.json()["error"]["fields"]] == [path]
    assert order(client) == []


def test_requirements_change_no_hash_and_each_run_of_a_sweep_has_them(client: TestClient) -> None:
    plain = client.get(f"{API}/runs/{launch(client)}").json()
    big = client.get(f"{API}/runs/{launch(client, requirements={'labels': ['big']})}").json()
    assert (plain["config_hash"], plain["setting_hash"]) == (big["config_hash"], big["setting_hash"])
    body = {"axes": {"seed": [3, 4]}, "requirements": {"labels": ["b", "a"]}, "priority": 4}
    sweep = client.post(f"{API}/sweeps", json=body).json()["id"]
    client.post(f"{API}/sweeps/{sweep}/extend", json={"axes": {"seed": [5]}})
    runs = client.get(f"{API}/runs?sweep={sweep}").json()["items"]
    assert [(run["priority"], run["requirements"]["labels"]) for run in runs] == [(4, ["a", "b"])] * 3


def test_what_does_not_wait_is_refused_by_its_state(client: TestClient, seed_run: SeedRun) -> None:
    done = seed_run()
    refused = client.post(f"{API}/queue/{done}/up")
    assert (refused.status_code, refused.json()["error"]["message"]) == (
        409,
        f"Job {done} is completed: it does not wait in the queue.",
    )
    assert client.patch(f"{API}/queue/{done}", json={"priority": 1}).status_code == 409
    assert client.post(f"{API}/queue/99/up").status_code == 404
    assert client.post(f"{API}/queue/{done}/sideways").status_code == 404
    waiting = launch(client)
    refused = client.patch(f"{API}/queue/{waiting}", json={"priority": 1001})
    assert [field["path"] for field in refused.json()["error"]["fields"]] == ["priority"]


def test_a_second_stage_has_no_place_until_the_first_is_done(client: TestClient) -> None:
    second = launch(client, config={"second_stage": {"name": "crt"}})
    items = client.get(f"{API}/queue").json()["items"]
    assert [(item["id"], item["place"]) for item in items] == [(second - 1, 1), (second, None)]
    refused = client.post(f"{API}/queue/{second}/up")
    assert refused.status_code == 409
    assert "no place in the queue" in refused.json()["error"]["message"]


def test_only_the_first_are_shown_and_all_are_counted(client: TestClient) -> None:
    client.post(f"{API}/sweeps", json={"axes": {"seed": list(range(6))}})
    shown = client.get(f"{API}/queue?limit=2").json()
    assert ([item["place"] for item in shown["items"]], shown["total"]) == ([1, 2], 6)
