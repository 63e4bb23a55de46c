"""Comparisons of transfers over REST: launched, measured by a real worker, recommended; what is refused."""

from collections.abc import Iterator
from typing import Any

import pytest
from fastapi.testclient import TestClient

from app.settings import Settings
from app.store.engine import Database
from tests.app.real_processes import wait_for
from tests.app.worker.at_work import working
from tests.conftest import SeedRun
from tests.trainer.tiny import TINY, tiny_arrays
from trainer.config import merge
from trainer.data.cache import imported_folder, write_arrays
from trainer.executors.inline import InlineExecutor
from trainer.run_dir import RunDir
from trainer.transfer.answers import read_answers

pytestmark = pytest.mark.slow

TRANSFERS = "/api/v1/transfers"


def add_images(settings: Settings, name: str, counts: tuple[int, ...] = (24, 24, 24)) -> None:
    folder = imported_folder(name, settings.datasets_dir)
    folder.mkdir(parents=True)
    write_arrays(folder, tiny_arrays(counts))


@pytest.fixture
def worker(settings: Settings, db: Database) -> Iterator[None]:
    """Trains and measures; there are the data sets tiny and other, whose colours are alike."""
    for name in ("tiny", "other"):
        add_images(settings, name, (40, 20, 10))
    with working(settings, db, InlineExecutor(settings.datasets_dir)):
        yield


def trained(client: TestClient, **changes: Any) -> int:
    config = merge(TINY, {"optim": {"epochs": 1, "milestones": []}, "model": {"width": 2}, **changes})
    run_id = client.post("/api/v1/runs", json={"config": config}).json()["id"]
    wait_for(lambda: client.get(f"/api/v1/runs/{run_id}").json()["state"] == "completed", 60)
    return int(run_id)


def measured(client: TestClient, **body: Any) -> dict[str, Any]:
    made = client.post(TRANSFERS, json={"dataset": "folder:other", "images": 30, **body})
    assert made.status_code == 201, made.text
    address = made.headers["location"]
    wait_for(lambda: client.get(address).json()["state"] not in ("queued", "running"), 60)
    found: dict[str, Any] = client.get(address).json()
    return found


@pytest.mark.parametrize("mode", ["linear", "finetune"])
def test_sources_are_measured_and_one_is_recommended(
    client: TestClient, worker: None, settings: Settings, mode: str
) -> None:
    first, second = trained(client), trained(client, seed=1, loss={"name": "ldam"})
    view = measured(client, sources=[first, "random", second], seeds=[4, 5, 6], mode=mode)
    assert (view["state"], view["done"], view["pieces"]) == ("completed", 9, 9), view["error"]
    assert {row["run"] for row in view["rows"]} == {first, None, second}
    means = [row["balanced_accuracy"]["mean"] for row in view["rows"]]
    assert means == sorted(means, reverse=True)
    assert all(0 <= mean <= 1 for mean in means)
    for row in view["rows"]:
        place = [first, None, second].index(row["run"])
        for seed in (4, 5, 6):
            answers = read_answers(RunDir(settings.run_dir(view["id"])), place, seed)
            assert answers is not None
            predicted, labels = answers
            recalls = [(predicted[labels == label] == label).mean() for label in range(3)]
            assert row["by_seed"][str(seed)] == pytest.approx(sum(recalls) / 3)
    told = view["recommendation"]
    assert told["best"][0] == view["rows"][0]["run"]
    assert told["is_firm"] == (len(told["best"]) == 1)
    assert told["text"].startswith("Start from" if told["is_firm"] else "Cannot tell with 3 seeds")
    assert [guess["name"] for guess in view["guesses"]] == ["log_me", "leep", "h_score"]
    assert all(guess["low"] is None and "8 sources" in guess["reason"] for guess in view["guesses"])


def test_a_comparison_is_no_run(client: TestClient, worker: None) -> None:
    run_id = trained(client)
    job_id = measured(client, sources=[run_id], seeds=1)["id"]
    assert [run["id"] for run in client.get("/api/v1/runs").json()["items"]] == [run_id]
    assert client.get(f"/api/v1/runs/{job_id}").status_code == 404
    assert client.get(f"/api/v1/compare?runs={run_id},{job_id}").status_code == 404
    assert client.post(f"/api/v1/runs/{job_id}/archive").status_code == 404
    assert client.get(f"{TRANSFERS}/{run_id}").status_code == 404
    [listed] = client.get(TRANSFERS).json()["items"]
    assert (listed["id"], listed["done"]) == (job_id, 1)
    assert client.get("/runs", headers={"accept": "text/html"}).status_code == 200
    assert client.post(f"{TRANSFERS}/{job_id}/cancel").status_code == 409
    assert client.post(f"{TRANSFERS}/{job_id}/archive").status_code == 200
    assert client.get(TRANSFERS).json()["items"] == []


def test_it_can_be_canceled_and_goes_on_where_it_was(
    client: TestClient, db: Database, settings: Settings
) -> None:
    add_images(settings, "other")
    job = client.post(TRANSFERS, json={"dataset": "folder:other", "images": 30, "sources": ["random"]}).json()
    assert job["waits_for"]
    canceled = client.post(f"{TRANSFERS}/{job['id']}/cancel").json()
    assert canceled["state"] == "canceled"
    assert client.post(f"{TRANSFERS}/{job['id']}/retry").json()["state"] == "queued"
    with working(settings, db, InlineExecutor(settings.datasets_dir)):
        wait_for(lambda: client.get(f"{TRANSFERS}/{job['id']}").json()["state"] == "completed", 60)


def test_what_cannot_be_a_source_is_named(client: TestClient, seed_run: SeedRun, settings: Settings) -> None:
    failed, kept = seed_run("failed"), seed_run("completed")
    second = seed_run("completed", config={"second_stage": {"name": "crt"}})
    asked = {"sources": [kept, failed, second, "random"], "dataset": "shapes10"}
    refused = client.post(TRANSFERS, json=asked)
    assert refused.status_code == 422
    told = {one["path"]: one["message"] for one in refused.json()["error"]["fields"]}
    assert "only a completed run" in told["sources[1]"]
    assert "second stage" in told["sources[2]"]
    assert client.post(TRANSFERS, json={"sources": [999], "dataset": "shapes10"}).status_code == 404
    unknown = client.post(TRANSFERS, json={"sources": ["random"], "dataset": "folder:none"})
    assert [one["path"] for one in unknown.json()["error"]["fields"]] == ["dataset"]


@pytest.mark.parametrize(("body", "path"), [
    ({"sources": []}, "sources"), ({"sources": ["raw"]}, "sources"),
    ({"sources": ["random", "random"]}, "sources"),
    ({"sources": ["random"], "images": 1}, "images"), ({"sources": ["random"], "seeds": []}, "seeds"),
    ({"sources": ["random"], "seeds": [1, 1]}, "seeds"), ({"sources": ["random"], "mode": "probe"}, "mode"),
])  # fmt: skip
def test_bad_input_is_refused_by_field(client: TestClient, body: dict[str, Any], path: str) -> None:
    refused = client.post(TRANSFERS, json={"dataset": "shapes10", **body})
    assert refused.status_code == 422
    assert refused.json()["error"]["fields"][0]["path"].startswith(path)


def test_images_of_another_size_are_refused_before_they_are_measured(
    client: TestClient, seed_run: SeedRun, settings: Settings
) -> None:
    add_images(settings, "small")
    run_id = seed_run("completed")
    folder = RunDir(settings.run_dir(run_id))
    folder.checkpoints.mkdir(parents=True, exist_ok=True)
    (folder.checkpoints / "last.pt").write_bytes(b"here")
    refused = client.post(TRANSFERS, json={"sources": [run_id], "dataset": "folder:small"})
    [field] = refused.json()["error"]["fields"]
    assert field["path"] == "sources[0]"
    assert "32 x 32 pixels, and these have 16 x 16" in field["message"]
