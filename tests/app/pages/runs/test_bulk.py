"""Bulk actions of the list of runs: what can be done is done, what is left is named, nothing else changes."""

import json
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


def take_back(client: TestClient, said: Mapping[str, Any]) -> Mapping[str, Any]:
    sent = {"was": json.dumps(said["undo"])}
    answer: Mapping[str, Any] = client.post("/runs/bulk/undo", data=sent, headers=JSON).json()
    return answer


def test_archiving_is_taken_back(client: TestClient, seed_run: SeedRun) -> None:
    both = seed_run(), seed_run("failed")
    said = do(client, "archive", *both)
    assert not runs_of(client)
    again = do(client, "archive", both[0], seed_run())
    assert again["left"] == [{"run": both[0], "why": f"run {both[0]} is archived"}]
    assert take_back(client, said)["message"] == "Undone: 2 of 2 runs."
    assert set(runs_of(client)) == set(both)


def test_only_those_that_got_the_tag_lose_it_again(client: TestClient, seed_run: SeedRun) -> None:
    had, got = seed_run(tags=["kept", "x"]), seed_run()
    said = do(client, "tag", had, got, tag="kept")
    assert (said["done"], said["left"]) == (
        [got],
        [{"run": had, "why": f"run {had} has the tag 'kept' already"}],
    )
    take_back(client, said)
    assert {run_id: run["tags"] for run_id, run in runs_of(client).items()} == {had: ["kept", "x"], got: []}
    said = do(client, "untag", had, got, tag="kept")
    assert said["done"] == [had]
    assert runs_of(client)[had]["tags"] == ["x"]
    take_back(client, said)
    assert runs_of(client)[had]["tags"] == ["kept", "x"]


def test_a_note_joins_the_notes_and_is_taken_back_unless_it_was_changed(
    client: TestClient, seed_run: SeedRun
) -> None:
    plain, noted, full = seed_run(), seed_run(notes="Before."), seed_run(notes="x" * 19_999)
    said = do(client, "note", plain, noted, full, note=" **Look** here. ")
    assert said["done"] == [plain, noted]
    assert said["left"][0]["why"].startswith(f"run {full}: notes ")
    notes = {run_id: run["notes"] for run_id, run in runs_of(client).items()}
    assert (notes[plain], notes[noted]) == ("**Look** here.", "Before.\n\n**Look** here.")
    client.patch(f"/api/v1/runs/{plain}", json={"notes": "Mine."})
    back = take_back(client, said)
    assert (back["done"], back["left"][0]["run"]) == ([noted], plain)
    notes = {run_id: run["notes"] for run_id, run in runs_of(client).items()}
    assert (notes[plain], notes[noted]) == ("Mine.", "Before.")


GRID: dict[str, Any] = {
    "base": {"optim": {"epochs": 1, "milestones": []}},
    "axes": {"seed": [8, 9]},
    "name": "grid",
}


def grid(client: TestClient, **more: Any) -> int:
    sweep: dict[str, Any] = client.post("/api/v1/sweeps", json=GRID | more).json()
    return int(sweep["id"])


def cells(client: TestClient, sweep: int) -> dict[str, list[int | None]]:
    rows = client.get(f"/api/v1/sweeps/{sweep}").json()["rows"]
    return {row["label"]: [cell and cell["run_id"] for cell in row["cells"]] for row in rows}


def test_runs_are_moved_to_a_sweep_and_back(client: TestClient, seed_run: SeedRun) -> None:
    sweep, run = grid(client), seed_run(config={"loss": {"name": "focal"}}, epochs=1)
    before = cells(client, sweep)
    said = do(client, "move", run, to=f"#{sweep}")
    assert (said["done"], runs_of(client)[run]["sweep_id"]) == ([run], sweep)
    after = cells(client, sweep)
    assert {run_id for row in after.values() for run_id in row} >= {run}
    assert do(client, "move", run, to=str(sweep))["error"]["code"] == "conflict"
    assert take_back(client, said)["done"] == [run]
    assert runs_of(client)[run]["sweep_id"] is None
    assert cells(client, sweep) == before


def test_a_moved_run_fills_the_empty_cell_that_it_fits(client: TestClient, seed_run: SeedRun) -> None:
    sweep = grid(client)
    [[first, other]] = cells(client, sweep).values()
    client.post(f"/api/v1/runs/{first}/cancel")
    client.delete(f"/api/v1/runs/{first}")
    fits = seed_run(config={"seed": 8}, epochs=1)
    taken = seed_run(config={"seed": 9}, epochs=1)
    said = do(client, "move", fits, taken, to=str(sweep))
    assert said["done"] == [fits]
    assert said["left"] == [
        {"run": taken, "why": f"run {other} stands in the cell of run {taken} in sweep {sweep}"}
    ]
    assert list(cells(client, sweep).values()) == [[fits, other]]
    take_back(client, said)
    assert list(cells(client, sweep).values()) == [[None, other]]


def test_no_run_joins_a_plan_from_outside_and_none_on_other_images(
    client: TestClient, seed_run: SeedRun
) -> None:
    planned = grid(client, looks={"seeds": [2, 4]})
    tuned = {"axes": {"seed": [8], "optim.learning_rate": [0.1, 0.2]}, "tuned": ["optim.learning_rate"]}
    held = {"data": {"validation_fraction": 0.1}}
    with_rates = grid(client, **tuned, base=GRID["base"] | held)
    run, elsewhere = seed_run(epochs=1), seed_run(epochs=1, source="shapes10/other", config={"seed": 3})
    for sweep, word in ((planned, "looks"), (with_rates, "tuned")):
        said = do(client, "move", run, to=str(sweep))
        assert word in said["error"]["message"]
    plain = grid(client, name="plain", reuse=False)
    assert "other images" in do(client, "move", elsewhere, to=str(plain))["error"]["message"]
    assert do(client, "move", run, to="999")["error"]["code"] == "not_found"
    assert do(client, "move", run, to="x")["error"]["fields"][0]["path"] == "sweep"


def test_what_deleting_frees_is_told_before(
    client: TestClient, seed_run: SeedRun, settings: Settings
) -> None:
    done, running = seed_run(), seed_run("running")
    (settings.run_dir(done) / "big").write_bytes(b"x" * 3_000_000)
    told = client.post("/runs/bulk/room", data={"runs": [str(done), str(running)]}).json()
    assert (told["runs"], told["of"]) == (1, 2)
    assert 3_000_000 < told["freed_bytes"] < 3_200_000
    sent: dict[str, Any] = {"action": "delete", "runs": [str(done), str(running)]}
    page = client.post("/runs/bulk", data=sent, headers=HTML)
    assert "Delete 1 of 2 runs?" in page.text
    assert told["freed"] in page.text
    assert set(runs_of(client)) == {done, running}
    left = client.post("/runs/bulk", data=sent | {"sure": "true"}, headers=HTML)
    assert f"run {running} is running" in left.text
    assert set(runs_of(client)) == {running}


@pytest.mark.parametrize(
    "was",
    [
        "",
        "{}",
        '{"action": "delete", "runs": [1]}',
        '{"action": "tag", "more": 1}',
        '{"action": "tag", "tag": "a", "runs": [99999999999999999999]}',
    ],
)
def test_nothing_else_is_taken_back(client: TestClient, was: str) -> None:
    assert client.post("/runs/bulk/undo", data={"was": was}, headers=JSON).status_code == 422
