"""/runs: launching, listing, changing, moving along the life of a run, deleting."""

from collections.abc import Callable
from typing import Any

import pytest
from starlette.testclient import TestClient

from app.settings import Settings
from app.store.engine import Database
from app.store.tables import Worker
from trainer.config import RunConfig, as_json

SeedRun = Callable[..., int]

RUNS = "/api/v1/runs"
SUMMARY = {
    "id",
    "name",
    "state",
    "sweep_id",
    "created_at",
    "started_at",
    "finished_at",
    "config",
    "config_hash",
    "progress",
    "last",
    "best",
    "tags",
    "notes",
    "error",
}


def launch(client: TestClient, **body: Any) -> dict[str, Any]:
    answer = client.post(RUNS, json={"config": {}, **body})
    assert answer.status_code == 201, answer.text
    made: dict[str, Any] = answer.json()
    return made


class TestLaunch:
    def test_answers_where_the_run_is(self, client: TestClient) -> None:
        answer = client.post(RUNS, json={"config": {"seed": 3}, "name": " first ", "tags": ["a", "b", "a"]})
        assert answer.status_code == 201
        run = answer.json()
        assert answer.headers["location"] == f"{RUNS}/{run['id']}"
        assert client.get(answer.headers["location"]).json()["name"] == "first"
        assert (run["state"], run["tags"], run["config"]["seed"]) == ("queued", ["a", "b"], 3)

    def test_stores_the_whole_configuration_with_unused_fields_null(self, client: TestClient) -> None:
        assert launch(client)["config"] == as_json(RunConfig())
        assert launch(client)["config"]["loss"]["beta"] is None

    def test_names_a_run_after_what_sets_it_apart(self, client: TestClient) -> None:
        loss = {"name": "focal", "weighting": "class_balanced", "beta": 0.99}
        assert launch(client, config={"loss": loss})["name"] == "focal cb 0.99 seed 0"

    def test_a_policy_and_a_mixing_bring_their_own_fields_and_are_in_the_name(
        self, client: TestClient
    ) -> None:
        run = launch(client, config={"policy": {"name": "cutout", "size": 8}, "mixing": {"name": "remix"}})
        own = {"name": "cutout", "size": 8, "operations": None, "magnitude": None}
        assert run["config"]["policy"] == own
        own = {"name": "remix", "alpha": 1.0, "kappa": 3.0, "tau": 0.5, "mixed_batches": None}
        assert run["config"]["mixing"] == own
        assert run["name"] == "cross-entropy seed 0 policy cutout square 8 mixing remix"

    @pytest.mark.parametrize(
        ("config", "path"),
        [
            ({"policy": {"name": "mixup"}}, "policy.name"),
            ({"policy": {"name": "randaugment", "magnitude": 31}}, "policy.magnitude"),
            ({"mixing": {"name": "mixup", "alpha": 0}}, "mixing.alpha"),
            ({"mixing": {"name": "cutmix", "mixed_batches": 1.5}}, "mixing.mixed_batches"),
        ],
    )
    def test_what_cannot_be_mixed_is_refused_by_its_field(
        self, config: dict[str, Any], path: str, client: TestClient
    ) -> None:
        answer = client.post(RUNS, json={"config": config})
        assert answer.status_code == 422
        assert path in answer.text

    def test_text_stays_text(self, client: TestClient) -> None:
        odd = "<script>alert(1)</script> {{ 7 * 7 }} ' OR 1=1 --"
        run = launch(client, name=odd, tags=[odd[:50]], notes=odd)
        assert (run["name"], run["tags"], run["notes"]) == (odd, [odd[:50]], odd)

    def test_a_worker_in_trouble_is_why_a_run_waits(
        self, client: TestClient, db: Database, live_worker: str
    ) -> None:
        """Its place in the queue is said again as soon as one worker can start runs."""
        with db.write() as session:
            session.get_one(Worker, live_worker).trouble = "Memory is short."
        run = launch(client)
        assert run["waits_for"] == "No run can be started now: Memory is short. It tries again."
        with db.write() as session:
            session.get_one(Worker, live_worker).trouble = None
        assert client.get(f"{RUNS}/{run['id']}").json()["waits_for"] == "Number 1 in the queue."

    def test_queued_run_says_why_it_waits(self, client: TestClient) -> None:
        assert "No worker is alive" in launch(client)["waits_for"]

    def test_queued_run_says_its_place(self, client: TestClient, live_worker: str) -> None:
        assert [launch(client)["waits_for"] for _ in range(2)] == [
            "Number 1 in the queue.",
            "Number 2 in the queue.",
        ]
        assert launch(client, priority=5)["waits_for"] == "Number 1 in the queue."

    def test_same_key_and_body_is_the_same_run(self, client: TestClient) -> None:
        body, key = {"config": {"seed": 1}}, {"Idempotency-Key": "k1"}
        first, again = (client.post(RUNS, json=body, headers=key) for _ in range(2))
        assert (first.status_code, again.status_code) == (201, 200)
        assert first.json()["id"] == again.json()["id"]
        assert client.get(RUNS).json()["total"] == 1

    def test_same_key_and_other_body_is_a_conflict(self, client: TestClient) -> None:
        key = {"Idempotency-Key": "k1"}
        client.post(RUNS, json={"config": {"seed": 1}}, headers=key)
        answer = client.post(RUNS, json={"config": {"seed": 2}}, headers=key)
        assert (answer.status_code, answer.json()["error"]["code"]) == (409, "conflict")
        assert client.get(RUNS).json()["total"] == 1


class TestList:
    def test_shape(self, client: TestClient, seed_run: SeedRun) -> None:
        run_id = seed_run("completed", tags=["x"])
        answer = client.get(RUNS).json()
        assert set(answer) == {"items", "next_cursor", "total"}
        [run] = answer["items"]
        assert set(run) >= SUMMARY
        assert run["id"] == run_id
        assert run["progress"] == {
            "epoch": 3,
            "epochs": 3,
            "step": None,
            "steps": None,
            "fraction": 1.0,
            "eta_seconds": None,
            "images_per_second": 70.0,
        }
        assert run["last"]["epoch"] == 3
        assert run["last"]["test_accuracy"] == pytest.approx(0.65)
        assert run["best"] == {
            "epoch": 3,
            "test_accuracy": run["last"]["test_accuracy"],
            "test_balanced_accuracy": run["last"]["test_balanced_accuracy"],
            "chosen_on": "test",
        }
        assert len(run["sparkline"]) == 3

    def test_pages_by_cursor_hold_every_run_once(self, client: TestClient) -> None:
        made = [launch(client, name=f"run {number}")["id"] for number in range(7)]
        found: list[int] = []
        cursor: dict[str, str] = {}
        while True:
            page = client.get(RUNS, params={"limit": 3, **cursor}).json()
            found += [run["id"] for run in page["items"]]
            assert page["total"] == 7
            if page["next_cursor"] is None:
                break
            cursor = {"cursor": page["next_cursor"]}
        assert found == sorted(made, reverse=True)

    @pytest.mark.parametrize(
        ("asked", "names"),
        [
            ({"q": "TWO"}, ["two"]),
            ({"q": "blue"}, ["one"]),
            ({"q": "remark"}, ["two"]),
            ({"q": "%"}, []),
            ({"state": "failed"}, ["three"]),
            ({"state": ["failed", "completed"]}, ["three", "one"]),
            ({"state": ["FAILED", "Completed"]}, ["three", "one"]),
            ({"tag": "blue"}, ["one"]),
            ({"tag": ["blue", "red"]}, []),
            ({"sort": "name"}, ["one", "three", "two"]),
            ({"dataset": "cifar10"}, []),
        ],
    )
    def test_filters(
        self, client: TestClient, seed_run: SeedRun, asked: dict[str, Any], names: list[str]
    ) -> None:
        seed_run("completed", name="one", tags=["blue"])
        seed_run("canceled", name="two", notes="a remark")
        seed_run("failed", name="three", tags=["red"])
        found = client.get(RUNS, params=asked).json()
        assert [run["name"] for run in found["items"]] == names
        assert found["total"] == len(names)

    def test_diverged_epoch_is_null_and_marked(self, client: TestClient, seed_run: SeedRun) -> None:
        seed_run(
            "completed",
            figures={
                2: {"train_loss": float("inf"), "diverged": True},
                3: {"train_loss": float("nan"), "diverged": True},
            },
        )
        [run] = client.get(RUNS).json()["items"]
        assert run["last"]["train_loss"] is None
        assert run["diverged"] is True


class TestChange:
    def test_changes_only_what_is_named(self, client: TestClient) -> None:
        run = launch(client, name="old", tags=["a"], notes="n")
        changed = client.patch(f"{RUNS}/{run['id']}", json={"name": "new", "tags": ["b", "c"]}).json()
        assert (changed["name"], changed["tags"], changed["notes"]) == ("new", ["b", "c"], "n")

    @pytest.mark.parametrize(
        ("body", "path"),
        [
            ({"name": ""}, "name"),
            ({"name": None}, "name"),
            ({"name": "x" * 201}, "name"),
            ({"name": "a\x00b"}, "name"),
            ({"tags": ["x" * 51]}, "tags.0"),
            ({"tags": [str(number) for number in range(21)]}, "tags"),
            ({"notes": "x" * 20_001}, "notes"),
            ({"state": "completed"}, "state"),
            ({"priority": 1e9}, "priority"),
        ],
    )
    def test_refuses_by_name(self, client: TestClient, body: dict[str, Any], path: str) -> None:
        run = launch(client, name="old")
        answer = client.patch(f"{RUNS}/{run['id']}", json=body)
        assert answer.status_code == 422
        assert [field["path"] for field in answer.json()["error"]["fields"]] == [path]
        assert client.get(f"{RUNS}/{run['id']}").json()["name"] == "old"


class TestMoves:
    @pytest.mark.parametrize(
        ("state", "action", "becomes"),
        [
            ("queued", "cancel", "canceled"),
            ("paused", "cancel", "canceled"),
            ("paused", "resume", "queued"),
            ("failed", "retry", "queued"),
            ("crashed", "retry", "queued"),
            ("canceled", "retry", "queued"),
        ],
    )
    def test_legal(
        self, client: TestClient, seed_run: SeedRun, state: str, action: str, becomes: str
    ) -> None:
        run_id = seed_run(state)
        assert action in client.get(f"{RUNS}/{run_id}").json()["moves"]
        answer = client.post(f"{RUNS}/{run_id}/{action}")
        assert (answer.status_code, answer.json()["state"]) == (200, becomes)
        kinds = client.get(f"{RUNS}/{run_id}/events").json()["items"]
        assert kinds[-1]["payload"] == {"from": state, "to": becomes, "reason": None}

    @pytest.mark.parametrize("action", ["cancel", "pause"])
    def test_running_run_is_asked_to_stop(self, client: TestClient, seed_run: SeedRun, action: str) -> None:
        run = client.post(f"{RUNS}/{seed_run('running')}/{action}").json()
        assert run["state"] == "running"
        assert run["stop_requested"] == {"cancel": "canceled", "pause": "paused"}[action]

    @pytest.mark.parametrize(
        ("state", "action", "named"),
        [
            ("completed", "cancel", ("completed", "canceled")),
            ("completed", "retry", ("completed", "queued")),
            ("queued", "pause", ("queued", "paused")),
            ("failed", "pause", ("failed", "paused")),
            ("running", "retry", ("running", "queued")),
            ("canceled", "cancel", ("canceled", "canceled")),
        ],
    )
    def test_illegal_move_names_both_states(
        self, client: TestClient, seed_run: SeedRun, state: str, action: str, named: tuple[str, str]
    ) -> None:
        run_id = seed_run(state)
        answer = client.post(f"{RUNS}/{run_id}/{action}")
        error = answer.json()["error"]
        assert (answer.status_code, error["code"]) == (409, "illegal_move")
        assert all(name in error["message"] for name in named)
        assert client.get(f"{RUNS}/{run_id}").json()["state"] == state

    def test_archived_run_leaves_the_list_and_comes_back(self, client: TestClient, seed_run: SeedRun) -> None:
        run_id = seed_run("completed")
        assert client.post(f"{RUNS}/{run_id}/archive").json()["archived_at"].endswith("Z")
        assert client.get(RUNS).json()["total"] == 0
        assert client.get(RUNS, params={"archived": True}).json()["total"] == 1
        assert client.post(f"{RUNS}/{run_id}/restore").json()["archived_at"] is None
        assert client.get(RUNS).json()["total"] == 1

    def test_unknown_action_is_not_there(self, client: TestClient, seed_run: SeedRun) -> None:
        assert client.post(f"{RUNS}/{seed_run('queued')}/explode").status_code == 404


class TestDelete:
    def test_takes_rows_and_folder(self, client: TestClient, seed_run: SeedRun, settings: Settings) -> None:
        run_id = seed_run("crashed")
        assert settings.run_dir(run_id).exists()
        answer = client.delete(f"{RUNS}/{run_id}")
        assert (answer.status_code, answer.content) == (204, b"")
        assert client.get(f"{RUNS}/{run_id}").status_code == 404
        assert not settings.run_dir(run_id).exists()

    def test_running_run_stays(self, client: TestClient, seed_run: SeedRun) -> None:
        run_id = seed_run("running")
        assert client.delete(f"{RUNS}/{run_id}").status_code == 409
        assert client.get(f"{RUNS}/{run_id}").status_code == 200


def test_detail_is_the_summary_and_more(client: TestClient, seed_run: SeedRun) -> None:
    detail = client.get(f"{RUNS}/{seed_run('completed')}").json()
    [line] = client.get(RUNS).json()["items"]
    assert {name: detail[name] for name in line} == line
    assert [row["train_count"] for row in detail["classes"]] == [100, 30, 10]
    assert (detail["fingerprint"], detail["parameters"]) == ("f" * 64, 653_866)


def test_failed_run_tells_why(client: TestClient, seed_run: SeedRun) -> None:
    error = client.get(f"{RUNS}/{seed_run('failed')}").json()["error"]
    assert error == {"type": "ValueError", "message": "It broke.", "hint": "Mend it.", "traceback": ""}
