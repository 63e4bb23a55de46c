"""Transfers between tasks over REST: launched, shown as far as measured, answered; what is refused."""

import csv
import io
from typing import Any

import pytest
from fastapi.testclient import TestClient

from app.settings import Settings
from app.store.engine import Database
from app.task_transfers.duration import SECONDS
from tests.app.task_transfers.planted import FOUR, config_of, plant, table
from trainer.transfer.between_tasks.config import TaskTransferConfig
from trainer.transfer.between_tasks.plan import pieces_of
from trainer.transfer.between_tasks.store import TransferStore

URL = "/api/v1/task-transfers"
STRENGTH = table({
    "normals": {"distance": 3, "edges": 1, "shape": 0.5, "random": -1, "pixels": -2, "scratch": 0, "own": 4,
                "normals": 3.5, "edges+distance": 3.2},
    "distance": {"normals": 3, "edges": 1, "shape": -0.5, "random": -1, "pixels": -2, "own": 4,
                 "distance": 3},
    "edges": {"distance": 1, "normals": 0.9, "shape": -0.5, "random": -3, "pixels": -4, "own": 4, "edges": 3},
    "shape": {"edges": 1, "distance": 1, "normals": 1, "random": -1, "own": 4, "shape": 3},
})  # fmt: skip


def shown(client: TestClient, job_id: int) -> dict[str, Any]:
    answer = client.get(f"{URL}/{job_id}")
    assert answer.status_code == 200, answer.text
    found: dict[str, Any] = answer.json()
    return found


@pytest.fixture
def planted(client: TestClient, db: Database, settings: Settings) -> tuple[dict[str, Any], str]:
    config = config_of(order=2)
    job_id = plant(db, settings, config, STRENGTH, sets=("edges+distance",), noise=0.5)
    return shown(client, job_id), f"{URL}/{job_id}"


def test_a_whole_matrix_with_its_answers(planted: tuple[dict[str, Any], str]) -> None:
    view, _ = planted
    assert (view["state"], view["done"], view["pieces"], view["warnings"]) == ("completed", 32, 32, [])
    assert {task["name"]: task["chance"] for task in view["tasks"]} == dict.fromkeys(FOUR, 0.25)
    assert view["tasks"][0]["own"]["mean"] == pytest.approx(4.005)
    assert len(view["transfers"]) == 4 * (6 + 3)
    assert len(view["scratch"]) == 4
    assert view["order_of_sources"][-2:] == ["random", "pixels"]
    assert set(view["order_of_targets"]) == set(FOUR)
    rows = {("+".join(row["sources"]), row["target"]): row for row in view["transfers"]}
    first, pair = rows["distance", "normals"], rows["edges+distance", "normals"]
    assert first["gain"]["mean"] > 0.95
    assert first["quality"]["mean"] < 0.2
    assert first["wins"]["low"] > 0.5
    assert pair["affinity"] is None
    assert pair["measure"]["mean"] == pytest.approx(3.205)
    for target in FOUR:
        single = [row["affinity"] for (key, to), row in rows.items() if to == target and "+" not in key]
        assert sum(single) == pytest.approx(1)
    answers = view["answers"]
    assert [claim["verdict"] for claim in answers["claims"]] == ["cannot tell"] * 2, "two others are few"
    assert {one["target"]: one["best"] for one in answers["controls"]}["normals"] == "distance"
    assert all(one["is_better"] for one in answers["controls"])
    assert len(answers["expectations"]) == 4


def test_the_policy_and_the_file(client: TestClient, planted: tuple[dict[str, Any], str]) -> None:
    _, url = planted
    none = client.get(f"{url}/policy?budget=0").json()
    assert (none["labelled"], none["cost"]) == ([], 0)
    assert {edge["way"] for edge in none["edges"]} <= {"scratch", "random", "pixels"}
    whole = client.get(f"{url}/policy?budget=4").json()
    assert set(whole["labelled"]) == set(FOUR)
    assert {edge["way"] for edge in whole["edges"]} == {"own"}
    one = client.get(f"{url}/policy?budget=1&importance=edges:0,normals:0,distance:0").json()
    assert one["labelled"] == ["shape"]
    for query, path in (("budget=-1", "budget"), ("importance=fox:1", "importance"), ("budget=x", "budget")):
        refused = client.get(f"{url}/policy?{query}")
        assert (refused.status_code, refused.json()["error"]["fields"][0]["path"]) == (422, path)
    answer = client.get(f"{url}/transfers.csv")
    assert answer.headers["content-type"].startswith("text/csv")
    lines = list(csv.DictReader(io.StringIO(answer.text)))
    assert len(lines) == 36
    line = next(one for one in lines if (one["sources"], one["target"]) == ("edges+distance", "normals"))
    assert (line["source_levels"], line["target_level"], line["unit"]) == ("low+middle", "middle", "degrees")
    assert (line["images"], line["affinity"]) == ("100", "")


def test_only_what_every_seed_has_measured_is_shown(
    client: TestClient, db: Database, settings: Settings
) -> None:
    """The second seed has not read out shape; 13 pieces are left: the sets of all seeds and a single one."""
    config = config_of(order=2, seeds=(0, 1, 2))
    job_id = plant(
        db, settings, config, STRENGTH, state="running",
        left_out=lambda piece: piece.stage == "together" or piece.name == "single shape, 100 images, seed 1",
    )  # fmt: skip
    view = shown(client, job_id)
    assert {row["target"] for row in view["transfers"]} == set(FOUR) - {"shape"}
    assert view["answers"] is None
    together = 2 * 3 * SECONDS["together"]
    expected = 2 * (12 * SECONDS["own"] + 12 * SECONDS["scratch"] + 11 * 6 * SECONDS["single"])
    assert view["eta_seconds"] == pytest.approx(2 + 12 * together * (12 * 60 + 23 * 2) / expected)
    assert client.get(f"{URL}/{job_id}/policy").status_code == 404


def test_sets_of_another_job_in_the_same_files_do_not_show(
    client: TestClient, db: Database, settings: Settings
) -> None:
    plant(db, settings, config_of(order=2), STRENGTH, sets=("edges+distance",))
    job_id = plant(db, settings, config_of(sources=("edges", "shape")), STRENGTH)
    keys = {"+".join(row["sources"]) for row in shown(client, job_id)["transfers"]}
    assert keys == {"edges", "shape", "random", "pixels"}


def test_one_seed_and_a_new_target(client: TestClient, db: Database, settings: Settings) -> None:
    config = config_of(seeds=(3,), sources=("distance", "edges"))
    job_id = plant(db, settings, config, STRENGTH, noise=0.5)
    view = shown(client, job_id)
    answers = view["answers"]
    assert [claim["verdict"] for claim in answers["claims"]] == ["cannot tell"]
    assert all(one["is_better"] is None for one in answers["controls"])
    assert {one["target"] for one in answers["expectations"] if one["is_new"]} == {"normals", "shape"}
    assert all(row["wins"]["low"] is None for row in view["transfers"])
    policy = client.get(f"{URL}/{job_id}/policy?budget=6").json()
    ways = {edge["target"]: edge["way"] for edge in policy["edges"]}
    assert (ways["normals"], ways["distance"]) == ("transfer", "own")


def test_nothing_measured_and_a_life(client: TestClient) -> None:
    made = client.post(URL, json={"sources": ["shape", "edges"], "seeds": 3, "notes": "why"})
    assert made.status_code == 201, made.text
    view = made.json()
    assert view["name"] == "15 tasks on scenes, 3 seeds"
    assert (view["seeds"], view["sources"], view["targets"]) == ([0, 1, 2], 2, 15)
    assert (view["transfers"], view["answers"], view["done"]) == ([], None, 0)
    assert view["order_of_sources"] == ["edges", "shape", "random", "pixels"]
    assert view["waits_for"]
    url = made.headers["location"]
    again = client.post(URL, json={"sources": ["edges", "shape"], "seeds": [2, 1, 0]})
    assert (again.status_code, again.json()["id"]) == (200, view["id"])
    assert client.post(URL, json={"seeds": [4]}).json()["id"] != view["id"]
    assert len(client.get(URL).json()["items"]) == 2
    assert client.get(f"{url}/policy").status_code == 404
    assert client.get(f"{url}/transfers.csv").text.count("\n") == 1
    assert client.post(f"{url}/resume").status_code == 409
    assert client.post(f"{url}/cancel").json()["state"] == "canceled"
    assert client.post(URL, json={"sources": ["edges", "shape"], "seeds": 3}).status_code == 201
    assert client.post(f"{url}/archive").status_code == 200
    assert view["id"] not in {one["id"] for one in client.get(URL).json()["items"]}


@pytest.mark.parametrize(("body", "path"), [
    ({"sources": ["fox"]}, "sources"), ({"targets": []}, "targets"), ({"sizes": [1]}, "sizes"),
    ({"order": 4}, "order"), ({"seeds": [1, 1]}, "seeds"), ({"seeds": 0}, "seeds"), ({"epoch": 3}, "epoch"),
    ({"seeds": 11}, "seeds"), ({"seeds": [*range(11)]}, "seeds"), ({"seeds": 21}, "seeds"),
    ({"finetune": "yes"}, "finetune"), ({"sizes": [True]}, "sizes"),
])  # fmt: skip
def test_bad_input_is_refused_by_field(client: TestClient, body: dict[str, Any], path: str) -> None:
    refused = client.post(URL, json=body)
    assert refused.status_code == 422
    assert refused.json()["error"]["fields"][0]["path"].startswith(path)


def test_a_file_that_is_damaged_or_gone_is_a_warning(
    client: TestClient, db: Database, settings: Settings
) -> None:
    config: TaskTransferConfig = config_of()
    job_id = plant(db, settings, config, STRENGTH)
    assert shown(client, job_id)["answers"] is not None
    slots = {piece.name: piece.slot for piece in pieces_of(config)}
    store = TransferStore(settings.datasets_dir)
    store.path(slots["single edges, 100 images, seed 1"]).write_bytes(b"torn")
    store.path(slots["single shape, 100 images, seed 0"]).unlink()
    store.path(slots["own normals, seed 0"]).unlink()
    view = shown(client, job_id)
    assert {row["target"] for row in view["transfers"]} == {"distance", "normals"}
    assert view["answers"] is None
    assert len(view["warnings"]) == 3
    assert any("is damaged" in warning for warning in view["warnings"])
    quality = {row["target"]: row["quality"]["mean"] for row in view["transfers"]}
    assert quality["normals"] is None
    assert client.get(f"{URL}/{job_id}/policy").status_code == 404
    assert client.get(f"{URL}/99").status_code == 404


def test_the_tasks_of_the_registry(client: TestClient) -> None:
    tasks = client.get("/api/v1/tasks").json()["items"]
    assert len(tasks) == 15
    distance = next(task for task in tasks if task["name"] == "distance")
    assert (distance["level"], distance["kind"], distance["units"]) == ("middle", "map", "pixels")
    assert (distance["measure"], distance["better"]) == ("mean absolute error", "lower")
