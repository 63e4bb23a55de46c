"""S19: eight processes write, a page polls, a cancel is sent: one SQLite file, and nobody is refused."""

import subprocess
import sys
import time

import pytest
from sqlalchemy import func, select

from app.lifecycle import State
from app.runs import queue
from app.settings import Settings
from app.store.engine import Database
from app.store.runs import RunFilter, find_runs, get_run
from app.store.series import accuracy_curves, events_after
from app.store.tables import ClassEpoch, Epoch, Event, Run
from trainer.config import parse_config

WRITERS, EPOCHS = 8, 200

WRITER = """
import sys
from pathlib import Path
from app.runs import queue
from app.settings import Settings
from app.store.engine import Database
from app.runs.ingest import ingest
from tests.app.journals import epoch, started, write_journal
from trainer.run_dir import RunDir

settings = Settings(data_dir=Path(sys.argv[1]))
db, worker = Database(settings.url), sys.argv[2]
with db.write() as s:
    run = queue.claim(s, worker)
folder = RunDir(settings.run_dir(run.id))
write_journal(folder, [started(10)])
for number in range(1, int(sys.argv[3]) + 1):
    write_journal(folder, [epoch(number, classes=10)])
    ingest(db, run.id, 1, folder)
    with db.write() as s:
        queue.renew(s, worker, [run.id])
with db.read() as s:
    print(queue.held(s, worker, {run.id: 1})[run.id])
"""


@pytest.mark.slow
def test_parallel_runs_and_a_page_share_one_file(settings: Settings, db: Database) -> None:
    with db.write() as s:
        for _ in range(WRITERS):
            queue.enqueue(s, parse_config({"optim": {"epochs": EPOCHS}}), "run")
    arguments = [sys.executable, "-c", WRITER, str(settings.data_dir)]
    writers = [
        subprocess.Popen(
            [*arguments, f"w{n}", str(EPOCHS)], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
        )
        for n in range(WRITERS)
    ]
    canceled = poll_and_cancel(db, writers)
    outputs = [writer.communicate(timeout=60) for writer in writers]
    assert [errors for _, errors in outputs] == [""] * WRITERS
    assert sorted(told for told, _ in outputs) == ["None\n"] * (WRITERS - 1) + ["canceled\n"]
    with db.read() as s:
        assert s.scalar(select(func.count()).select_from(Epoch)) == WRITERS * EPOCHS
        assert s.scalar(select(func.count()).select_from(ClassEpoch)) == WRITERS * EPOCHS * 10
        assert s.scalar(select(func.count()).where(Event.kind == "epoch")) == WRITERS * EPOCHS
        assert s.execute(select(Run.state, Run.epoch).distinct()).all() == [("running", EPOCHS)]
        assert get_run(s, canceled).stop_requested == "canceled"


def poll_and_cancel(db: Database, writers: list[subprocess.Popen[str]]) -> int:
    """Read what a page reads, five times a second, while anybody writes; cancel one run on the way."""
    canceled, after = 0, 0
    while any(writer.poll() is None for writer in writers):
        with db.read() as s:
            page = find_runs(s, RunFilter())
            curves = accuracy_curves(s, page.ids)
            fresh = events_after(s, after)
        assert [event.id for event in fresh] == sorted({event.id for event in fresh})
        assert all(event.id > after for event in fresh)
        assert all(
            [epoch for epoch, _ in curve] == list(range(1, len(curve) + 1)) for curve in curves.values()
        )
        after = fresh[-1].id if fresh else after
        busy = [run_id for run_id, curve in curves.items() if len(curve) > EPOCHS // 10]
        if busy and not canceled:
            canceled = busy[0]
            with db.write() as s:
                queue.request_stop(s, get_run(s, canceled), State.CANCELED)
        time.sleep(0.2)
    return canceled
