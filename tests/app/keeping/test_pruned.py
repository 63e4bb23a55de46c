"""What is asked of a run whose checkpoints were pruned says so: retry, second stage, transfer, its page."""

import pytest
from fastapi.testclient import TestClient

from app.errors import InvalidError
from app.keeping.prune.carry_out import prune
from app.keeping.prune.plan import planned
from app.keeping.prune.wanted import Wanted
from app.lifecycle import State
from app.main import create_app
from app.runs import queue
from app.runs.transfers import launch_transfer
from app.settings import Settings
from app.store import series
from app.store.engine import Database
from app.store.runs import get_run
from app.transfer_schemas import TransferBody
from tests.app.keeping.boards import launched, run_of, trained
from tests.app.real_processes import add_tiny_dataset, wait_for
from trainer.run_dir import RunDir

pytestmark = pytest.mark.slow


def without_checkpoints(settings: Settings, db: Database) -> None:
    wanted = Wanted(keep_checkpoints="none")
    with db.read() as s:
        plan = planned(s, settings, wanted)
    assert prune(db, settings, wanted, plan)["checkpoints"] > 0


def logged(db: Database, run_id: int) -> list[str]:
    """What its journal tells people."""
    with db.read() as s:
        events = series.events_after(s, 0, run_id=run_id, limit=10_000)
        return [event.payload["message"] for event in events if event.kind == "log"]


def test_each_says_so(settings: Settings, db: Database) -> None:
    add_tiny_dataset(settings.datasets_dir)
    short = {"epochs": 2, "milestones": []}
    with trained(settings):
        first = launched(db, optim=short)
        wait_for(lambda: run_of(db, first).state == "completed")
        stopped = launched(db, optim={"epochs": 300, "milestones": []}, seed=1)
        wait_for(lambda: run_of(db, stopped).epoch >= 2)
        with db.write() as s:
            queue.request_stop(s, get_run(s, stopped), State.CANCELED)
        wait_for(lambda: run_of(db, stopped).state == "canceled")
        without_checkpoints(settings, db)
        second = launched(db, "folder:tiny/test", optim=short, second_stage={"name": "ncm"})
        wait_for(lambda: run_of(db, second).state == "failed")
        with db.write() as s:
            queue.requeue(s, get_run(s, stopped))
        wait_for(lambda: any("Training begins with epoch 1 again" in line for line in logged(db, stopped)))
        with db.write() as s:
            queue.request_stop(s, get_run(s, stopped), State.CANCELED)
        wait_for(lambda: run_of(db, stopped).state == "canceled")
    assert "it was pruned, or removed by hand" in (run_of(db, second).error or {})["message"]
    log = RunDir(settings.run_dir(stopped)).log.read_text()
    assert log.index("Pruned: ") < log.index("Training begins with epoch 1 again")
    with pytest.raises(InvalidError) as refused:
        launch_transfer(db, settings, TransferBody(sources=[first], dataset="folder:tiny"))
    assert "it was pruned, or removed by hand" in refused.value.fields[0].message
    with TestClient(create_app(settings), base_url="http://127.0.0.1:8000") as client:
        page = client.get(f"/runs/{first}", headers={"Accept": "text/html"}).text
        assert "None is kept any more." in page
        assert client.get(f"/api/v1/runs/{first}/checkpoints").json()["items"] == []
        assert client.get(f"/api/v1/runs/{first}/checkpoints/last.pt").status_code == 404
