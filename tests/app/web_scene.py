"""A web process answers one caller after the other while an operation fails (see tests.faults)."""

from collections.abc import Sequence
from typing import Any

import pytest
from sqlalchemy import select
from starlette.testclient import TestClient

from app.main import create_app
from app.runs.ingest import ingest
from app.settings import Settings
from app.store.engine import Database
from app.store.sweep_tables import Sweep
from app.store.tables import Run
from tests.app.journals import claimed, epoch, started, write_journal
from tests.app.worker.fault_scenes import Idle, Installations, Kind, failing
from tests.faults import Faults
from trainer.events import Finished

API = "/api/v1"
LAUNCH = {"config": {"seed": 7, "optim": {"epochs": 1}}}
GRID = {"base": {"optim": {"epochs": 1}}, "axes": {"seed": [8, 9]}, "name": "grid"}
ASKED: Sequence[tuple[str, str, Any]] = (
    ("GET", f"{API}/health", None),
    ("POST", f"{API}/runs", LAUNCH),
    ("POST", f"{API}/sweeps", GRID),
    ("GET", f"{API}/runs", None),
    ("GET", "/runs/1", None),
    ("GET", f"{API}/runs/1/epochs", None),
    ("GET", f"{API}/runs/1/logs", None),
    ("GET", f"{API}/runs/1/checkpoints", None),
    ("GET", f"{API}/runs/1/checkpoints/last.pt", None),
    ("GET", f"{API}/runs/1/predictions?split=test", None),
    ("GET", f"{API}/compare?runs=1", None),
    ("PATCH", f"{API}/runs/1", {"notes": "noted"}),
    ("POST", f"{API}/runs/2/cancel", None),
    ("POST", f"{API}/sweeps/1/cancel", None),
    ("DELETE", f"{API}/runs/1", None),
)


class Requests:
    """Each answer is right, or an error in words; what was answered with success, no more, is stored."""

    def __init__(self, made: Installations, kind: Kind) -> None:
        self._made, self._kind = made, kind

    def play(self, faults: Faults) -> str:
        with self._made.fresh() as (settings, db), pytest.MonkeyPatch.context() as patched:
            for thread in ("Reaper", "Receiver"):
                patched.setattr(f"app.main.{thread}", Idle)
            seed(settings, db)
            app = create_app(settings)
            app.load_all()
            with TestClient(app, base_url="http://localhost:8000", raise_server_exceptions=False) as client:
                with failing(self._kind, faults, settings, app.state.database):
                    answers = [answer(client, *it) for it in ASKED]
                assert answer(client, "GET", f"{API}/health", None) == 200
                assert answer(client, "GET", f"{API}/runs", None) == 200
            stored(db, answers)
            return f"answered {max(answers)}" if max(answers) >= 500 else "went on"


def seed(settings: Settings, db: Database) -> None:
    """Run 1, completed, with a log and a checkpoint."""
    run_id, folder = claimed(db, settings)
    write_journal(folder, [started(), epoch(1), Finished(epochs=1, seconds=2.0, best=None)])
    folder.log.write_text("a line\n")
    folder.checkpoints.mkdir(exist_ok=True)
    (folder.checkpoints / "last.pt").write_bytes(b"kept")
    ingest(db, run_id, 1, folder)


def answer(client: TestClient, method: str, path: str, body: Any) -> int:
    """The status; an error says something."""
    headers = {"accept": "application/json" if path.startswith(API) else "text/html"}
    found = client.request(method, path, json=body, headers=headers)
    assert "Traceback" not in found.text
    if found.status_code >= 400 and path.startswith(API):
        assert found.json()["error"]["message"], path
    return found.status_code


def stored(db: Database, answers: Sequence[int]) -> None:
    """The launches that were answered with 201, whole; and the run that was deleted, unless it was."""
    done = {
        f"{method} {path}": status < 400 for (method, path, _), status in zip(ASKED, answers, strict=True)
    }
    with db.read() as s:
        seeds = sorted(run.config["seed"] for run in s.scalars(select(Run)) if run.config["seed"] >= 7)
        grids = len(list(s.scalars(select(Sweep))))
        kept = s.get(Run, 1) is not None
    launched, swept = done[f"POST {API}/runs"], done[f"POST {API}/sweeps"]
    assert seeds == [7] * launched + [8, 9] * swept, seeds
    assert grids == swept
    assert kept != done[f"DELETE {API}/runs/1"]
