"""A worker that is killed, stalls, sleeps or is told to end: its runs go on by themselves; nothing is lost.

Each epoch of a run's journal stands in the database once, with the value that was told last.
"""

import sqlite3
import time
from collections.abc import Iterator, Sequence
from contextlib import closing
from pathlib import Path

import pytest
from sqlalchemy import select

from app.lifecycle import State
from app.runs import queue
from app.runs.reaper import LOOK_SECONDS
from app.serving.installation import prepare
from app.settings import Settings
from app.store import series
from app.store.attempts import attempts_of
from app.store.engine import Database
from app.store.runs import get_run
from app.store.tables import Attempt, ClassEpoch, Run
from tests.app.real_processes import Family, add_tiny_dataset, role, wait_for
from tests.trainer.tiny import tiny_config
from trainer.events import Epoch
from trainer.journal import read_entries
from trainer.run_dir import RunDir

EPOCHS, SLOTS = 40, 3
TIRELESS = ("--max-attempts", "100", "--retry-seconds", "0.05")


@pytest.fixture
def board(tmp_path: Path) -> Iterator[tuple[Family, Settings, Database]]:
    settings = Settings(data_dir=tmp_path / "data")
    prepare(settings)
    add_tiny_dataset(settings.datasets_dir)
    family, db = Family(settings.data_dir, SLOTS, TIRELESS), Database(settings.url)
    yield family, settings, db
    family.kill()
    db.close()


@pytest.mark.slow
def test_a_stalled_worker_loses_its_run_and_lets_go(board: tuple[Family, Settings, Database]) -> None:
    """Its run is lost with its lease; back again, it kills the child, and goes on there with a new claim."""
    family, settings, db = board
    with db.write() as s:
        queue.enqueue(s, tiny_config(optim={"epochs": 5000}), "run")
    wait_for(lambda: run_of(db).epoch >= 2)
    (worker,) = family.worker()
    (child,) = family.trainers()
    worker.suspend()
    stalled_at = time.monotonic()
    wait_for(lambda: run_of(db).state == "queued")
    assert time.monotonic() - stalled_at > queue.LEASE_SECONDS - queue.HEARTBEAT_SECONDS
    assert queue.LEASE_SECONDS + 2 * LOOK_SECONDS <= 15
    with db.read() as s:
        [lost] = attempts_of(s, 1)
    assert (lost.ended, run_of(db).retried) == ("crashed", 1)
    assert "was not heard of" in (lost.reason or "")
    assert child.is_running()
    worker.resume()
    wait_for(lambda: not child.is_running())
    wait_for(lambda: (run_of(db).started or {})["attempt"] == 2)
    resumed_after = (run_of(db).started or {})["resumed_after_epoch"]
    wait_for(lambda: run_of(db).epoch > resumed_after)
    with db.write() as s:
        queue.request_stop(s, get_run(s, 1), State.CANCELED)
    wait_for(lambda: run_of(db).state == "canceled")
    check(db, settings, 1, run_of(db).epoch)


@pytest.mark.slow
def test_a_run_whose_former_process_still_writes_is_tried_until_that_has_ended(
    board: tuple[Family, Settings, Database],
) -> None:
    """The worker hangs for longer than the patience of the next one's child."""
    family, settings, db = board
    endless(db)
    (worker,), (child,) = family.worker(), family.trainers()
    worker.suspend()
    other = Family(settings.data_dir, 1, TIRELESS)
    try:
        wait_for(lambda: any("another process" in (one.reason or "") for one in attempts(db)))
        assert child.is_running()
        assert attempts(db)[1].ended == "crashed"
        child.kill()
        wait_for(lambda: (run_of(db).started or {})["attempt"] > 1)
        resumed = run_of(db).epoch
        wait_for(lambda: run_of(db).epoch > resumed)
    finally:
        other.kill()


@pytest.mark.slow
def test_a_worker_that_is_told_to_end_costs_its_runs_no_attempt(tmp_path: Path) -> None:
    """By SIGTERM, as a new version or a service does it that stops all processes: here the children first."""
    settings = Settings(data_dir=tmp_path / "data")
    prepare(settings)
    add_tiny_dataset(settings.datasets_dir)
    family, db = Family(settings.data_dir, 1, ("--max-attempts", "1")), Database(settings.url)
    try:
        with db.write() as s:
            queue.enqueue(s, tiny_config(optim={"epochs": EPOCHS}), "run")
        wait_for(lambda: run_of(db).epoch >= 2)
        (worker,) = family.worker()
        for process in (*family.trainers(), *worker.children(), worker):
            process.terminate()
        wait_for(lambda: run_of(db).state == "completed")
        kept = attempts(db)
        check(db, settings, 1, EPOCHS)
    finally:
        family.kill()
        db.close()
    assert [one.ended for one in kept] == ["queued", "completed"]
    assert (kept[0].reason or "").startswith("Its worker was asked to end")
    assert kept[0].worker_id != kept[1].worker_id


def attempts(db: Database) -> Sequence[Attempt]:
    with db.read() as s:
        return attempts_of(s, 1)


def endless(db: Database) -> None:
    """Have a run train that does not end by itself, and wait until it does."""
    with db.write() as s:
        queue.enqueue(s, tiny_config(optim={"epochs": 9999, "batch_size": 4}), "run")
    wait_for(lambda: run_of(db).epoch >= 2, 60)


def still_trains(db: Database, seconds: float) -> None:
    """It goes on in its first attempt, for so long."""
    begun, until = run_of(db).epoch, time.monotonic() + seconds
    while time.monotonic() < until:
        assert (run_of(db).state, run_of(db).attempt) == ("running", 1), run_of(db).error
        time.sleep(0.2)
    assert run_of(db).epoch > begun


@pytest.mark.slow
def test_a_machine_that_sleeps_loses_no_run(board: tuple[Family, Settings, Database]) -> None:
    """B2: the whole family is suspended for longer than the lease, and the judge in the web wakes first."""
    family, _, db = board
    endless(db)
    sleepers = family.alive()
    for process in sleepers:
        process.suspend()
    time.sleep(queue.LEASE_SECONDS + 5)
    for process in sorted(sleepers, key=lambda process: role(process) != "web"):
        process.resume()
        time.sleep(0.1)
    still_trains(db, queue.LEASE_SECONDS + 3 * LOOK_SECONDS)


@pytest.mark.slow
def test_another_program_that_holds_the_database_loses_no_run(
    board: tuple[Family, Settings, Database],
) -> None:
    """B3: held for longer than the lease, and then the judge in the web can write before the worker can."""
    family, settings, db = board
    endless(db)
    (worker,) = family.worker()
    with closing(sqlite3.connect(settings.data_dir / "betaboard.db", isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        time.sleep(1.5 * queue.LEASE_SECONDS)
        worker.suspend()
        other.execute("ROLLBACK")
    time.sleep(LOOK_SECONDS + 1)
    worker.resume()
    still_trains(db, queue.LEASE_SECONDS + 3 * LOOK_SECONDS)


def run_of(db: Database) -> Run:
    with db.read() as s:
        return get_run(s, 1)


def check(db: Database, settings: Settings, run_id: int, epochs: int) -> None:
    """The run's rows are its journal's last word, epoch by epoch, from 1 to `epochs`."""
    entries = [entry for entry, _ in read_entries(RunDir(settings.run_dir(run_id)).events)]
    assert [entry.seq for entry in entries] == list(range(1, len(entries) + 1))
    told = {entry.event.epoch: entry.event for entry in entries if isinstance(entry.event, Epoch)}
    with db.read() as s:
        rows = series.epochs(s, run_id)
        run = get_run(s, run_id)
        stored = select(ClassEpoch).where(ClassEpoch.run_id == run_id)
        ordered = s.scalars(stored.order_by(ClassEpoch.epoch, ClassEpoch.class_id))
        classes = [(row.epoch, row.class_id) for row in ordered]
    assert [row.epoch for row in rows] == list(range(1, epochs + 1))
    assert [row.train_loss for row in rows] == [told[number].train_loss for number in range(1, epochs + 1)]
    assert classes == [(number, c) for number in range(1, epochs + 1) for c in range(3)]
    assert (run.epoch, run.error) == (epochs, None)
