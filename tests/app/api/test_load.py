"""Trial S19: eight processes write, a page polls, a cancel is sent: nothing is lost, doubled, refused."""

import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest
from sqlalchemy import func, select
from starlette.testclient import TestClient

from app.settings import Settings
from app.store.engine import Database
from app.store.tables import Event

SeedRun = Callable[..., int]

PROCESSES, ROWS = 8, 200
POLLS_PER_SECOND = 5

WRITER = """
import sys
from pathlib import Path
from app.settings import Settings
from app.store.engine import Database
from app.runs.ingest import ingest
from trainer.events import Log
from trainer.journal import Journal
from trainer.run_dir import RunDir

settings, run_id, rows = Settings(data_dir=Path(sys.argv[1])), int(sys.argv[2]), int(sys.argv[3])
database, run_dir = Database(settings.url), RunDir(settings.run_dir(run_id))
with Journal(run_dir.events) as journal:
    for number in range(rows):
        journal.append(Log(message=str(number)))
        ingest(database, run_id, 1, run_dir)
"""


@pytest.mark.slow
def test_many_writers_one_page_and_a_cancel(
    client: TestClient, seed_run: SeedRun, settings: Settings, db: Database
) -> None:
    runs = [seed_run("running", epochs=1) for _ in range(PROCESSES)]
    folder, root = str(settings.data_dir), Path(__file__).parents[3]
    writers = [
        subprocess.Popen([sys.executable, "-c", WRITER, folder, str(run_id), str(ROWS)], cwd=root)
        for run_id in runs
    ]
    polls = 0
    while any(writer.poll() is None for writer in writers):
        assert client.get("/api/v1/runs").status_code == 200
        polls += 1
        if polls == 3:
            assert client.post(f"/api/v1/runs/{runs[0]}/cancel").json()["stop_requested"] == "canceled"
        time.sleep(1 / POLLS_PER_SECOND)
    assert [writer.returncode for writer in writers] == [0] * PROCESSES
    assert polls > 3
    with db.read() as session:
        counted = select(func.count(), func.count(Event.seq.distinct())).where(Event.kind == "log")
        stored = [tuple(session.execute(counted.where(Event.run_id == run)).one()) for run in runs]
    assert stored == [(ROWS, ROWS)] * PROCESSES
    assert client.get(f"/api/v1/runs/{runs[0]}").json()["stop_requested"] == "canceled"
    assert {run["state"] for run in client.get("/api/v1/runs").json()["items"]} == {"running"}
