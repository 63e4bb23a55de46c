"""S19: eight processes write, a page polls, a cancel is sent: one SQLite file, nothing lost or refused."""

import subprocess
import sys
import time

import pytest
from sqlalchemy import func, select
from starlette.testclient import TestClient

from app.runs import queue
from app.settings import Settings
from app.store.engine import Database
from app.store.series import accuracy_curves, events_after
from app.store.tables import ClassEpoch, Epoch, Event, Run
from trainer.config import parse_config

WRITERS, EPOCHS = 8, 50
POLLS_PER_SECOND = 5

WRITE = """
import os, sys
from pathlib import Path
from app.runs import leases, queue
from app.settings import Settings
from app.store.engine import Database
from app.runs.ingest import ingest
from tests.app.journals import epoch, started, write_journal
from trainer.events import Log
from trainer.run_dir import RunDir

def write(settings, worker, epochs):
    db = Database(settings.url)
    with db.write() as s:
        run = queue.claim(s, worker)
    folder = RunDir(settings.run_dir(run.id))
    write_journal(folder, [started(10)])
    for number in range(1, epochs + 1):
        write_journal(folder, [epoch(number, classes=10), Log(message=str(number))])
        ingest(db, run.id, 1, folder)
        with db.write() as s:
            leases.renew(s, worker, [run.id])
    with db.read() as s:
        print(leases.held(s, worker, {run.id: 1})[run.id], flush=True)

writers, epochs = map(int, sys.argv[2:4])
for number in range(writers):
    if not os.fork():
        write(Settings(data_dir=Path(sys.argv[1]), database_url=sys.argv[4]), f"w{number}", epochs)
        sys.exit()
sys.exit(any([os.wait()[1] for _ in range(writers)]))
"""
"""The writers are forks of one process, so that it imports once and they all begin at the same moment."""


@pytest.mark.slow
def test_many_writers_one_page_and_a_cancel(client: TestClient, settings: Settings, db: Database) -> None:
    with db.write() as s:
        for _ in range(WRITERS):
            queue.enqueue(s, parse_config({"optim": {"epochs": EPOCHS}}), "run")
    arguments = [str(settings.data_dir), str(WRITERS), str(EPOCHS), settings.url]
    writing = subprocess.Popen(
        [sys.executable, "-c", WRITE, *arguments], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    )
    canceled = poll_and_cancel(client, db, writing)
    told, errors = writing.communicate(timeout=60)
    assert (writing.returncode, errors) == (0, "")
    assert sorted(told.split()) == ["None"] * (WRITERS - 1) + ["canceled"]
    counted = select(func.count(), func.count(Event.seq.distinct())).group_by(Event.run_id)
    with db.read() as s:
        assert s.scalar(select(func.count()).select_from(Epoch)) == WRITERS * EPOCHS
        assert s.scalar(select(func.count()).select_from(ClassEpoch)) == WRITERS * EPOCHS * 10
        for kind in ("epoch", "log"):
            assert s.execute(counted.where(Event.kind == kind)).all() == [(EPOCHS, EPOCHS)] * WRITERS
        assert s.execute(select(Run.state, Run.epoch).distinct()).all() == [("running", EPOCHS)]
    runs = client.get("/api/v1/runs").json()["items"]
    assert {run["id"] for run in runs if run["stop_requested"] == "canceled"} == {canceled}


def poll_and_cancel(client: TestClient, db: Database, writing: "subprocess.Popen[str]") -> int:
    """Read what a page reads, while anybody writes; cancel a run as soon as one has an epoch."""
    canceled, after, polls = 0, 0, 0
    while writing.poll() is None:
        page = client.get("/api/v1/runs")
        assert page.status_code == 200, page.text
        with db.read() as s:
            curves = accuracy_curves(s, [run["id"] for run in page.json()["items"]])
            fresh = events_after(s, after)
        assert [event.id for event in fresh] == sorted({event.id for event in fresh})
        assert all(event.id > after for event in fresh)
        assert all(
            [epoch for epoch, _ in curve] == list(range(1, len(curve) + 1)) for curve in curves.values()
        )
        after = fresh[-1].id if fresh else after
        begun = sorted((len(curve), run_id) for run_id, curve in curves.items() if curve)
        if begun and not canceled:
            canceled = begun[0][1]
            answer = client.post(f"/api/v1/runs/{canceled}/cancel")
            assert answer.json()["stop_requested"] == "canceled"
        polls += 1
        time.sleep(1 / POLLS_PER_SECOND)
    assert polls > 3
    return canceled
