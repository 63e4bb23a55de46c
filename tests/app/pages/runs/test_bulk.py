"""Bulk actions of the list of runs: what can be done is done, what is left is named, nothing else changes."""

import re
from collections.abc import Mapping
from typing import Any

import pytest
from starlette.testclient import TestClient

from app.settings import Settings
from app.store.engine import Database
from tests.app.pages.seen import HTML
from tests.conftest import Seed, SeedRun
from tests.e2e.seeded_sweep import seed_sweep

pytestmark = pytest.mark.slow

JSON = {"Accept": "application/json"}


def runs_of(client: TestClient, archived: bool = False) -> dict[int, dict[str, Any]]:
    items = client.get(f"/api/v1/runs?archived={str(archived).lower()}&limit=200").json()["items"]
    return {run["id"]: run for run in items}


def do(client: TestClient, action: str, *runs: int, **more: Any) -> Mapping[str, Any]:
    sent = {"action": action, "runs": [str(run) for run in runs], **more}
    answer: Mapping[str, Any] = client.post("/runs/bulk", data=sent, headers=JSON).json()
    return answer


def test_what_can_be_retried_is_and_the_rest_is_named(client: TestClient, seed_run: SeedRun) -> None:
    done, failed, crashed = seed_run(), seed_run("failed"), seed_run("crashed")
    said = do(client, "retry", failed, done, crashed)
    assert (said["done"], [left["run"] for left in said["left"]]) == ([failed, crashed], [done])
    assert said["message"] == f"Queued again: 2 of 3 runs. Left: run {done} is completed."
    states = {run_id: run["state"] for run_id, run in runs_of(client).items()}
    assert states == {done: "completed", failed: "queued", crashed: "queued"}


def test_without_javascript_the_list_comes_back_or_a_page_says_what_was_left(
    client: TestClient, seed_run: SeedRun
) -> None:
    done, failed = seed_run(name="done"), seed_run("failed", name="failed")
    both = [str(done), str(failed)]
    tag = {"action": "tag", "tag": "kept", "runs": both, "back": "/runs?q=d"}
    tagged = client.post("/runs/bulk", data=tag, headers=HTML, follow_redirects=False)
    assert (tagged.status_code, tagged.headers["location"]) == (303, "/runs?q=d")
    assert all(run["tags"] == ["kept"] for run in runs_of(client).values())
    partly = client.post(
        "/runs/bulk", data={"action": "retry", "runs": both, "back": "/runs?q=d"}, headers=HTML
    )
    assert partly.status_code == 200
    assert f"run {done} is completed" in partly.text
    assert 'href="/runs?q=d"' in partly.text
    refused = client.post("/runs/bulk", data={"action": "retry", "runs": both}, headers=HTML)
    assert refused.status_code == 409
    compared = client.post("/runs/bulk", data={"action": "compare", "runs": both}, follow_redirects=False)
    assert compared.headers["location"] == f"/compare?runs={done},{failed}"


@pytest.mark.parametrize(
    "sent",
    [{"action": "archive"}, {"action": "tag", "tag": " ", "runs": "1"}, {"action": "melt", "runs": "1"}],
)
def test_nothing_ticked_no_tag_and_no_such_action_are_refused(
    client: TestClient, seed_run: SeedRun, sent: dict[str, str]
) -> None:
    seed_run()
    assert client.post("/runs/bulk", data=sent, headers=HTML).status_code == 422


def test_cancel_and_delete_leave_what_they_must(client: TestClient, seed_run: SeedRun) -> None:
    queued, running, done = seed_run("queued"), seed_run("running"), seed_run()
    said = do(client, "cancel", queued, running, done, 999)
    assert said["done"] == [queued, running]
    assert [left["run"] for left in said["left"]] == [done, 999]
    assert runs_of(client)[running]["stop_requested"] == "canceled"
    said = do(client, "delete", queued, running, done)
    assert (said["done"], [left["run"] for left in said["left"]]) == ([queued, done], [running])
    assert set(runs_of(client)) == {running}


def test_a_ticked_sweep_stands_for_its_own_runs(client: TestClient, db: Database, settings: Settings) -> None:
    seed = Seed(db, settings)
    other = seed(name="not of the sweep")
    sweep = seed_sweep(seed, lambda config, number, state: seed(state, config=config, epochs=1))
    own = {run_id for run_id, run in runs_of(client).items() if run["sweep_id"] == sweep}
    marks = re.search(
        rf'name="sweeps" value="{sweep}" data-runs="([^"]+)"', client.get("/runs", headers=HTML).text
    )
    assert marks
    assert {int(mark.partition(":")[0]) for mark in marks[1].split(";")} == own
    said = do(client, "archive", other, sweeps=str(sweep))
    still = {run_id for run_id, run in runs_of(client).items() if run["state"] in ("queued", "running")}
    assert set(said["done"]) == own - still | {other}
    assert {left["run"] for left in said["left"]} == still & own
    assert set(runs_of(client, archived=True)) == set(said["done"])
