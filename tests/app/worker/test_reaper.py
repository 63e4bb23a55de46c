"""Expired leases: the run ends, with all that its journal holds, and never against its journal's word."""

from sqlalchemy import update

from app import queue
from app.settings import Settings
from app.store.clock import ahead
from app.store.engine import Database
from app.store.runs import get_run
from app.store.series import epochs
from app.store.tables import Run
from app.worker.reaper import reap
from tests.app.journals import claimed, epoch, started, write_journal
from trainer.events import Finished


def expire(db: Database, run_id: int) -> None:
    with db.write() as s:
        s.execute(update(Run).where(Run.id == run_id).values(lease_expires_at=ahead(-1)))


def state_of(db: Database, run_id: int) -> tuple[str, str | None]:
    with db.read() as s:
        run = get_run(s, run_id)
        return run.state, str(run.error["type"]) if run.error else None


def test_a_silent_run_crashes_with_its_epochs(db: Database, settings: Settings) -> None:
    run_id, folder = claimed(db, settings)
    write_journal(folder, [started(), epoch(1), epoch(2)])
    expire(db, run_id)
    assert reap(db, settings) == [run_id]
    assert state_of(db, run_id) == ("crashed", "LeaseExpired")
    with db.read() as s:
        assert [row.epoch for row in epochs(s, run_id)] == [1, 2]
    assert reap(db, settings) == []


def test_a_journal_that_has_ended_is_believed(db: Database, settings: Settings) -> None:
    run_id, folder = claimed(db, settings)
    write_journal(folder, [started(), epoch(1), Finished(epochs=1, seconds=1.0, best=None)])
    expire(db, run_id)
    assert reap(db, settings) == []
    assert state_of(db, run_id) == ("completed", None)


def test_a_run_with_a_young_lease_is_left_alone(db: Database, settings: Settings) -> None:
    run_id, _ = claimed(db, settings)
    assert reap(db, settings) == []
    assert state_of(db, run_id) == ("running", None)


def test_one_damaged_journal_does_not_keep_others_waiting(db: Database, settings: Settings) -> None:
    broken, folder = claimed(db, settings)
    folder.events.write_bytes(b"garbage\n")
    fine, _ = claimed(db, settings)
    for run_id in (broken, fine):
        expire(db, run_id)
    assert reap(db, settings) == [fine]
    assert state_of(db, broken) == ("failed", "JournalError")
    assert state_of(db, fine) == ("crashed", "LeaseExpired")


def test_a_run_whose_folder_is_gone_still_ends(db: Database, settings: Settings) -> None:
    run_id, folder = claimed(db, settings)
    folder.path.rmdir()
    expire(db, run_id)
    assert reap(db, settings) == [run_id]


def test_a_renewed_lease_saves_the_run(db: Database, settings: Settings) -> None:
    run_id, _ = claimed(db, settings)
    expire(db, run_id)
    with db.read() as s:
        assert queue.expired(s) == [(run_id, 1)]
    with db.write() as s:
        queue.renew(s, "w1", [run_id])
    assert reap(db, settings) == []
    assert state_of(db, run_id) == ("running", None)
