"""Second stages over REST: one run upon another, sweeps of both, and what every answer says of them."""

from typing import Any

import pytest
from starlette.testclient import TestClient

from app.lifecycle import State
from app.runs import queue
from app.store.engine import Database

RUNS, SWEEPS = "/api/v1/runs", "/api/v1/sweeps"
SHORT = {"epochs": 3, "milestones": []}
AXES = {"second_stage.name": ["none", "crt", "tau_norm"], "seed": [0, 1]}


def launch(client: TestClient, stage: str, **body: Any) -> Any:
    config = {"optim": SHORT, "second_stage": {"name": stage}}
    answer = client.post(RUNS, json={"config": config, **body})
    assert answer.status_code == 201, answer.text
    return answer.json()


def sweep(client: TestClient, path: str = "", **body: Any) -> Any:
    answer = client.post(SWEEPS + path, json={"base": {"optim": SHORT}, **body})
    assert answer.status_code in (200, 201), answer.text
    return answer.json()


def runs(client: TestClient) -> dict[int, Any]:
    return {run["id"]: run for run in client.get(RUNS, params={"limit": 100}).json()["items"]}


def upon(client: TestClient) -> dict[tuple[str, int], tuple[str, int] | None]:
    """(stage, seed) of each run -> that of the run that it trains upon."""
    known = runs(client)
    named = {at: (run["config"]["second_stage"]["name"], run["config"]["seed"]) for at, run in known.items()}
    assert len(set(named.values())) == len(named)
    return {named[at]: named.get(run["first_stage_id"]) for at, run in known.items()}


def end(db: Database, state: State) -> int:
    with db.write() as s:
        run = queue.claim(s, "w")
        assert run is not None
        queue.move(s, run, state)
        return run.id


class TestRun:
    def test_the_answer_tells_what_it_waits_for(self, client: TestClient) -> None:
        run = launch(client, "crt", tags=["thesis"], name="mine")
        assert (run["id"], run["first_stage_id"], run["state"]) == (2, 1, "queued")
        assert run["waits_for"] == "Waits for run 1, its first stage, which is queued."
        whole, first = (client.get(f"{RUNS}/{one}").json() for one in (2, 1))
        assert (whole["first_stage"], whole["second_stages"]) == (
            {"id": 1, "name": first["name"], "state": "queued"}, [],
        )  # fmt: skip
        assert (first["first_stage"], first["first_stage_id"], first["tags"]) == (None, None, ["thesis"])
        assert first["second_stages"] == [{"id": 2, "name": "mine", "state": "queued"}]
        assert first["progress"]["epochs"] == 3

    def test_it_says_why_it_waits_and_goes_on(
        self, client: TestClient, db: Database, live_worker: str
    ) -> None:
        launch(client, "crt")
        end(db, State.PAUSED)
        said = "Waits for run 1, its first stage, which is paused: resume it."
        assert client.get(f"{RUNS}/2").json()["waits_for"] == said
        assert runs(client)[2]["waits_for"] == said
        assert said in client.get("/runs/2", headers={"Accept": "text/html"}).text
        client.post(f"{RUNS}/1/resume")
        end(db, State.COMPLETED)
        assert runs(client)[2]["waits_for"] == "Number 1 in the queue."

    @pytest.mark.parametrize("retried", [1, 2])
    def test_it_fails_with_its_first_stage_and_comes_back_with_it(
        self, client: TestClient, db: Database, retried: int
    ) -> None:
        launch(client, "crt")
        end(db, State.CRASHED)
        run = client.get(f"{RUNS}/2").json()
        assert (run["state"], run["waits_for"], run["moves"]) == (
            "failed",
            None,
            ["retry", "archive", "delete"],
        )
        assert run["error"]["message"] == "Run 1, its first stage, crashed."
        assert client.post(f"{RUNS}/{retried}/retry").status_code == 200
        assert {one["state"] for one in runs(client).values()} == {"queued"}

    @pytest.mark.parametrize("ticked", [[1, 2], [2, 1]])
    def test_both_are_canceled_and_retried_together(self, client: TestClient, ticked: list[int]) -> None:
        launch(client, "crt")
        for action in ("cancel", "retry"):
            form = {"action": action, "runs": ticked}
            answer = client.post("/runs/bulk", data=form, headers={"Accept": "application/json"})
            assert (answer.json()["done"], answer.json()["left"]) == (ticked, [])

    def test_the_same_key_launches_both_once(self, client: TestClient) -> None:
        body = {"config": {"second_stage": {"name": "lws"}}}
        answers = [client.post(RUNS, json=body, headers={"Idempotency-Key": "k"}) for _ in range(2)]
        assert [(one.status_code, one.json()["id"]) for one in answers] == [(201, 2), (200, 2)]
        assert len(runs(client)) == 2

    def test_a_first_stage_that_is_needed_is_kept(self, client: TestClient, db: Database) -> None:
        launch(client, "crt")
        refused = client.delete(f"{RUNS}/1")
        assert refused.status_code == 409
        assert "first stage of run 2 (queued)" in refused.json()["error"]["message"]
        end(db, State.COMPLETED)
        end(db, State.COMPLETED)
        assert client.delete(f"{RUNS}/1").status_code == 204
        run = client.get(f"{RUNS}/2").json()
        assert (run["first_stage_id"], run["first_stage"]) == (1, None)
        assert "#1, which was deleted" in client.get("/runs/2", headers={"Accept": "text/html"}).text

    def test_both_are_deleted_together(self, client: TestClient) -> None:
        launch(client, "crt")
        form = {"action": "delete", "runs": [1, 2]}
        answer = client.post("/runs/bulk", data=form, headers={"Accept": "application/json"})
        assert answer.json()["done"] == [1, 2]


class TestSweep:
    def test_second_stages_ride_on_the_cells_without(self, client: TestClient) -> None:
        made = sweep(client, axes=AXES)
        assert made["counts"]["total"] == len(runs(client)) == 6
        assert [row["label"] for row in made["rows"]] == ["CE", "CE, cRT", "CE, tau-normalisation"]
        assert upon(client) == {
            (stage, seed): None if stage == "none" else ("none", seed)
            for stage in ("none", "crt", "tau_norm")
            for seed in (0, 1)
        }

    def test_first_stages_that_the_grid_lacks_are_baselines(self, client: TestClient) -> None:
        axes = {"second_stage.name": ["crt", "tau_norm"], "seed": [0, 1]}
        preview = sweep(client, "/validate", axes=axes)
        assert (preview["runs"], preview["new_runs"], preview["first_stages"]) == (6, 6, 2)
        made = sweep(client, axes=axes, tags=["t"])
        assert made["counts"]["queued"] == 6
        assert [(row["baseline"], len(row["cells"])) for row in made["rows"]] == [
            (True, 2), (False, 2), (False, 2),
        ]  # fmt: skip
        assert made["rows"][0]["cells"][1]["values"] == {"seed": 1}
        assert upon(client)["crt", 1] == upon(client)["tau_norm", 1] == ("none", 1)
        assert {tuple(run["tags"]) for run in runs(client).values()} == {("t",)}
        client.post(f"{SWEEPS}/{made['id']}/cancel")
        assert {run["state"] for run in runs(client).values()} == {"canceled"}
        client.post(f"{SWEEPS}/{made['id']}/retry")
        assert {run["state"] for run in runs(client).values()} == {"queued"}

    def test_a_baseline_may_have_a_second_stage(self, client: TestClient) -> None:
        made = sweep(
            client,
            axes={"loss.name": ["focal"], "seed": [0, 1]},
            baselines=[{"second_stage.name": "ncm"}],
        )
        labels = [row["label"] for row in made["rows"]]
        assert (made["counts"]["total"], sorted(labels)) == (6, ["CE", "CE, nearest class mean", "Focal"])

    def test_earlier_runs_are_trained_upon_again(self, client: TestClient, db: Database) -> None:
        launch(client, "none")
        end(db, State.COMPLETED)
        axes = {"second_stage.name": ["crt"]}
        preview = sweep(client, "/validate", axes=axes)
        assert (preview["runs"], preview["new_runs"], preview["reused"]) == (2, 1, [1])
        made = sweep(client, axes=axes)
        assert [row["cells"][0]["reused"] for row in made["rows"]] == [True, False]
        assert (len(runs(client)), runs(client)[2]["first_stage_id"]) == (2, 1)

    def test_without_reuse_the_sweep_trains_its_own(self, client: TestClient, db: Database) -> None:
        launch(client, "none")
        end(db, State.COMPLETED)
        sweep(client, axes={"second_stage.name": ["crt"]}, reuse=False)
        assert {at: run["first_stage_id"] for at, run in runs(client).items()} == {1: None, 2: None, 3: 2}

    @pytest.mark.parametrize("reuse", [True, False])
    def test_what_joins_rides_on_what_is_there(self, client: TestClient, db: Database, reuse: bool) -> None:
        made = sweep(client, axes={"second_stage.name": ["none", "crt"], "seed": [0]}, reuse=reuse)
        end(db, State.FAILED)
        assert {run["state"] for run in runs(client).values()} == {"failed"}
        body = {"axes": {"second_stage.name": ["lws"], "seed": [1]}}
        grown = client.post(f"{SWEEPS}/{made['id']}/extend", json=body)
        assert grown.status_code == 200, grown.text
        assert grown.json()["counts"]["total"] == 6
        assert {run["state"] for run in runs(client).values()} == {"queued"}
        assert upon(client)["lws", 0] == ("none", 0)
        assert upon(client)["lws", 1] == upon(client)["crt", 1] == ("none", 1)

    def test_a_setting_that_joins_brings_its_first_stage(self, client: TestClient) -> None:
        made = sweep(client, axes={"loss.name": ["cross_entropy"], "seed": [0, 1]})
        setting = {"loss.name": "focal", "second_stage.name": "crt"}
        body = {"axes": {"seed": [0]}, "settings": [setting]}
        grown = client.post(f"{SWEEPS}/{made['id']}/extend", json=body).json()
        assert grown["counts"]["total"] == 4
        assert [row["label"] for row in grown["rows"]][1:] == ["Focal, cRT", "Focal"]

    def test_tau_is_tuned_beside_first_stages_that_have_none(self, client: TestClient) -> None:
        base = {"optim": SHORT, "data": {"validation_fraction": 0.1}, "second_stage": {"name": "tau_norm"}}
        asked = {"axes": {"second_stage.tau": [0.5, 1.0], "seed": [0]}, "tuned": ["second_stage.tau"]}
        answer = client.post(SWEEPS, json={"base": base, **asked})
        assert answer.status_code == 201, answer.text
        assert answer.json()["counts"]["total"] == 3
        view = client.get("/api/v1/compare", params={"sweep": answer.json()["id"]})
        assert view.status_code == 200, view.text
        assert [row["label"] for row in view.json()["rows"]] == ["CE", "CE, tau-normalisation"]

    def test_what_has_no_second_stage_at_all_cannot_tune_one(self, client: TestClient) -> None:
        asked = {"axes": {"second_stage.tau": [0.5, 1.0]}, "tuned": ["second_stage.tau"]}
        base = {"data": {"validation_fraction": 0.1}}
        answer = client.post(SWEEPS, json={"base": base, **asked})
        assert answer.status_code == 422
        assert answer.json()["error"]["fields"][0]["path"] == "tuned[0]"
