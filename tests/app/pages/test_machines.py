"""What machines do, on the pages: of a run in its fold, of a host on the System page and on its own."""

import re
from datetime import UTC, datetime

import pytest
from fastapi.testclient import TestClient

from app.runs.ingest import ingest
from app.settings import Settings
from app.store import machines, workers
from app.store.engine import Database
from app.store.workers import WorkerInfo
from tests.app.journals import claimed, epoch, started, write_journal
from trainer.events import Finished, Usage

HTML = {"Accept": "text/html"}
PARTS = {"seconds/train": 8.0, "seconds/data": 1.0, "seconds/forward": 2.0, "seconds/backward": 4.5,
         "seconds/evaluate": 2.0}  # fmt: skip
WORKER = WorkerInfo("w1", 7, "host<1>", slots=1, threads=2, devices=("cpu",))


@pytest.fixture
def run_id(db: Database, settings: Settings) -> int:
    """A running run with an epoch and a look, on a worker whose host was looked at."""
    run_id, folder = claimed(db, settings)
    look = Usage(seconds=10.0, cpu_seconds=15.0, memory_bytes=2_000_000_000, images_per_second=90.0)
    write_journal(folder, [started(provenance={"threads": 2}), look, epoch(1, seconds=10.0, scalars=PARTS)])
    ingest(db, run_id, 1, folder)
    gpu = {"name": "Big <card>", "utilisation": 0.5, "memory_bytes": 1, "memory_total_bytes": 8,
           "temperature": 60, "power": None}  # fmt: skip
    seen = {
        "host": "host<1>",
        "cores": 4,
        "cpu": 0.375,
        "memory_bytes": 1,
        "memory_total_bytes": 4,
        "gpus": [gpu],
    }
    with db.write() as s:
        workers.register(s, WORKER)
        machines.store(
            s,
            seen | {"gpus": [gpu]},
            datetime.now(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z"),
        )
    return run_id


def text_of(page: str) -> str:
    return re.sub(r"\s+", " ", re.sub("<[^>]*>", " ", page))


def test_a_run_says_what_the_machine_did_and_where_its_time_went(client: TestClient, run_id: int) -> None:
    page = client.get(f"/runs/{run_id}", headers=HTML).text
    said = text_of(page)
    assert "1.50 cores, 75.0 % of its 2 threads" in said
    assert "2.0 GB" in said
    assert "Backward pass and step 45.0 %" in said
    assert 'id="plot-usage"' in page
    assert 'id="plot-epoch-time"' in page
    parts = client.get(f"/runs/{run_id}/parts").json()
    assert "1.50 cores" in text_of(parts["html"])


def test_a_run_of_before_has_no_such_section(client: TestClient, db: Database, settings: Settings) -> None:
    run_id, folder = claimed(db, settings)
    write_journal(folder, [started(), epoch(1), Finished(epochs=1, seconds=1.0, best=None)])
    ingest(db, run_id, 1, folder)
    page = client.get(f"/runs/{run_id}", headers=HTML).text
    assert "What the machine did" not in page
    assert "#machine" not in page


def test_the_figures_of_a_run_stack_its_parts_and_share_its_time(client: TestClient, run_id: int) -> None:
    bars = client.get("/api/v1/figures/epoch-time", params={"run": run_id}).json()
    assert [bar["y"] for bar in bars["data"]] == [[1.0], [2.0], [4.5], [0.5], [2.0], [None]]
    assert {bar["type"] for bar in bars["data"]} == {"bar"}
    assert bars["layout"]["barmode"] == "stack"
    curves = client.get("/api/v1/figures/usage", params={"run": run_id}).json()
    assert [line["y"] for line in curves["data"]] == [[1.5], [2.0], [90.0]]
    assert [line["x"] for line in curves["data"]] == [[5 / 60]] * 3
    table = client.get("/api/v1/figures/usage/table.csv", params={"run": run_id}).text
    assert table.splitlines()[1] == "10.0,10.0,1.5,90.0,2000000000,"


def test_the_system_page_and_a_workers_own_show_its_machine(client: TestClient, run_id: int) -> None:
    system = text_of(client.get("/system", headers=HTML).text)
    assert "37.5 %" in system
    assert "Big &lt;card&gt;" in system
    assert "Backward pass and step 45.0 %" in system
    page = client.get("/workers/w1", headers=HTML)
    assert page.status_code == 200
    assert "37.5 % of 4 cores" in text_of(page.text)
    assert f"#{run_id} 1 1.00 2.00" in text_of(page.text)
    assert client.get("/workers/w2", headers=HTML).status_code == 404
    assert client.get("/workers/w1?span=year", headers=HTML).status_code == 422


def test_the_json_of_workers_tells_the_same(client: TestClient, run_id: int) -> None:
    [worker] = client.get("/api/v1/workers").json()["items"]
    assert worker["machine"]["cpu"] == 0.375
    assert worker["machine"]["hour_gpus"] == [[0.5]]
    whole = client.get("/api/v1/workers/w1?span=week").json()
    assert whole["machine"] == worker["machine"]
    assert [span["cpu"] for span in whole["spans"]] == [0.375]
    assert [(one["run_id"], one["epoch"], one["other"]) for one in whole["epochs"]] == [(run_id, 1, 0.5)]
    figure = client.get("/api/v1/workers/w1/figures/machine?span=hour").json()
    assert [line["y"] for line in figure["data"]][:1] == [[37.5]]
    table = client.get("/api/v1/workers/w1/figures/machine/table.csv").text
    assert table.splitlines()[1].endswith(",10,37.5,1,0,50,1,60.0,")
