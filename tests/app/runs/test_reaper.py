"""Silent runs: they end, with all that their journal holds, never against its word; healthy ones never do."""

from collections.abc import Callable
from pathlib import Path

import pytest
from sqlalchemy import update
from sqlalchemy.exc import OperationalError

from app.runs import leases, queue
from app.runs import reaper as reaping
from app.runs.reaper import LOOK_SECONDS, Reaper
from app.settings import Settings
from app.store import clock as store_clock
from app.store import engine
from app.store.clock import ahead
from app.store.engine import Database
from app.store.runs import get_run
from app.store.series import epochs
from app.store.tables import Run
from tests.app.journals import claimed, epoch, started, write_journal
from trainer.events import Finished

PATIENT = 15.0
"""Within so many seconds a lost run has ended."""


class Judge:
    """A reaper whose clock the test moves."""

    def __init__(self, db: Database, settings: Settings) -> None:
        self.seconds = 0.0
        self.reaper = Reaper(db, settings, lambda: self.seconds)

    def look_for(self, seconds: float, between: Callable[[], None] = lambda: None) -> list[int]:
        """Look every LOOK_SECONDS for so long; the runs that crashed."""
        crashed, until = self.reaper.look(), self.seconds + seconds
        while self.seconds + LOOK_SECONDS <= until:
            self.seconds += LOOK_SECONDS
            between()
            crashed += self.reaper.look()
        return crashed


@pytest.fixture
def judge(db: Database, settings: Settings) -> Judge:
    """Of an installation that tries nothing again: what is lost stays crashed."""
    return Judge(db, settings.model_copy(update={"max_attempts": 1}))


def state_of(db: Database, run_id: int) -> tuple[str, str | None]:
    with db.read() as s:
        run = get_run(s, run_id)
        return run.state, str(run.error["type"]) if run.error else None


def renew(db: Database, run_id: int, worker: str = "w1") -> None:
    with db.write() as s:
        leases.renew(s, worker, [run_id])


def test_a_silent_run_crashes_with_its_epochs(db: Database, settings: Settings, judge: Judge) -> None:
    run_id, folder = claimed(db, settings)
    write_journal(folder, [started(), epoch(1), epoch(2)])
    assert judge.look_for(queue.LEASE_SECONDS - LOOK_SECONDS) == []
    assert state_of(db, run_id) == ("running", None)
    assert judge.look_for(PATIENT - judge.seconds - 2 * LOOK_SECONDS) == [run_id]
    assert state_of(db, run_id) == ("crashed", "LeaseExpired")
    with db.read() as s:
        assert [row.epoch for row in epochs(s, run_id)] == [1, 2]
    assert judge.look_for(PATIENT) == []


def test_a_journal_that_has_ended_is_believed(db: Database, settings: Settings, judge: Judge) -> None:
    run_id, folder = claimed(db, settings)
    write_journal(folder, [started(), epoch(1), Finished(epochs=1, seconds=1.0, best=None)])
    assert judge.look_for(PATIENT) == []
    assert state_of(db, run_id) == ("completed", None)


@pytest.mark.parametrize("hours", [0, 1, -1])
def test_no_clock_but_the_judges_own_matters(
    db: Database, settings: Settings, judge: Judge, monkeypatch: pytest.MonkeyPatch, hours: int
) -> None:
    """The wall clock jumps, or the worker's is 40 s behind; it renews all the while."""
    run_id, _ = claimed(db, settings)
    times = iter(range(1000))

    def beat() -> None:
        at = 3600 * hours - 40 + LOOK_SECONDS * next(times)
        monkeypatch.setattr(queue, "ahead", lambda seconds: ahead(at + seconds))
        renew(db, run_id)

    assert judge.look_for(60, beat) == []
    assert state_of(db, run_id) == ("running", None)
    assert judge.look_for(PATIENT) == [run_id], "without its beats, it ends all the same"


def test_a_dead_workers_run_ends_though_the_clock_was_turned_back(
    db: Database, settings: Settings, judge: Judge, monkeypatch: pytest.MonkeyPatch
) -> None:
    run_id, _ = claimed(db, settings)
    monkeypatch.setattr(store_clock, "ahead", lambda seconds: ahead(seconds - 3600))
    assert judge.look_for(PATIENT) == [run_id]


def test_a_judge_that_slept_has_seen_nothing(db: Database, settings: Settings, judge: Judge) -> None:
    """All processes are suspended at the worst moment: the next look would have ended the run."""
    run_id, _ = claimed(db, settings)
    assert judge.look_for(queue.LEASE_SECONDS - LOOK_SECONDS) == []
    judge.seconds += 60
    assert judge.reaper.look() == []
    renew(db, run_id)
    assert judge.look_for(queue.LEASE_SECONDS, lambda: renew(db, run_id)) == []
    assert state_of(db, run_id) == ("running", None)


def test_a_judge_that_sleeps_while_it_reads_a_journal_ends_nothing(
    db: Database, settings: Settings, judge: Judge, monkeypatch: pytest.MonkeyPatch
) -> None:
    run_id, _ = claimed(db, settings)
    assert judge.look_for(queue.LEASE_SECONDS - LOOK_SECONDS) == []

    def sleep(*_: object) -> int:
        judge.seconds += 60
        return 0

    monkeypatch.setattr(reaping, "ingest", sleep)
    judge.seconds += LOOK_SECONDS
    assert judge.reaper.look() == []
    assert state_of(db, run_id) == ("running", None)


def test_while_nobody_can_write_nobody_is_silent(
    db: Database, settings: Settings, judge: Judge, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Another program holds the write lock for four times the lease."""
    monkeypatch.setattr(engine, "BUSY_SECONDS", 0.01)
    run_id, _ = claimed(db, settings)
    assert judge.look_for(queue.LEASE_SECONDS - LOOK_SECONDS) == []
    other = Database(settings.url)
    with other.write() as s:
        s.connection()
        for _ in range(16):
            judge.seconds += LOOK_SECONDS
            with pytest.raises(OperationalError, match="lock"):
                judge.reaper.look()
    other.close()
    judge.seconds += LOOK_SECONDS
    assert judge.reaper.look() == []
    renew(db, run_id)
    assert judge.look_for(queue.LEASE_SECONDS - LOOK_SECONDS) == []
    assert state_of(db, run_id) == ("running", None)


@pytest.mark.sqlite
def test_a_full_disk_makes_nobody_silent(db: Database, settings: Settings, judge: Judge) -> None:
    """The lock can be had, but nothing can be written: the withdrawal fails, and the judge begins anew."""
    run_id, _ = claimed(db, settings)
    assert judge.look_for(queue.LEASE_SECONDS - 2 * LOOK_SECONDS) == []
    with db.read() as s:
        s.connection().exec_driver_sql("PRAGMA query_only = ON")
        s.commit()
    judge.seconds += LOOK_SECONDS
    with pytest.raises(OperationalError):
        judge.reaper.look()
    db.close()
    assert judge.look_for(queue.LEASE_SECONDS - LOOK_SECONDS) == []
    assert state_of(db, run_id) == ("running", None)


def test_a_worker_that_lives_renews_a_lease_that_was_withdrawn(
    db: Database, settings: Settings, judge: Judge
) -> None:
    run_id, _ = claimed(db, settings)
    assert judge.look_for(queue.LEASE_SECONDS - LOOK_SECONDS) == []
    with db.read() as s:
        assert leases.running(s) == [(run_id, 1, None)]
    renew(db, run_id)
    assert judge.look_for(queue.LEASE_SECONDS - LOOK_SECONDS) == []
    assert state_of(db, run_id) == ("running", None)


def test_a_lease_renewed_while_the_journal_is_read_saves_the_run(
    db: Database, settings: Settings, judge: Judge, monkeypatch: pytest.MonkeyPatch
) -> None:
    run_id, _ = claimed(db, settings)

    def read_meanwhile(*_: object) -> int:
        renew(db, run_id)
        return 0

    monkeypatch.setattr(reaping, "ingest", read_meanwhile)
    assert judge.look_for(60) == []
    assert state_of(db, run_id) == ("running", None)


def test_a_claim_made_anew_is_watched_anew(db: Database, settings: Settings, judge: Judge) -> None:
    """The lease happens to read the same."""
    run_id, _ = claimed(db, settings)
    assert judge.look_for(queue.LEASE_SECONDS - LOOK_SECONDS) == []
    with db.write() as s:
        s.execute(update(Run).values(attempt=2))
    assert judge.look_for(queue.LEASE_SECONDS - LOOK_SECONDS) == []
    assert state_of(db, run_id) == ("running", None)


def test_two_judges_end_a_run_once(db: Database, settings: Settings, judge: Judge) -> None:
    run_id, _ = claimed(db, settings)
    second = Judge(db, settings)
    crashed = []
    for _ in range(10):
        crashed += judge.reaper.look() + second.reaper.look()
        judge.seconds = second.seconds = judge.seconds + LOOK_SECONDS
    assert crashed == [run_id]


def test_one_damaged_journal_does_not_keep_others_waiting(
    db: Database, settings: Settings, judge: Judge
) -> None:
    broken, folder = claimed(db, settings)
    folder.events.write_bytes(b"garbage\n")
    fine, _ = claimed(db, settings)
    assert judge.look_for(PATIENT) == [fine]
    assert state_of(db, broken) == ("failed", "JournalError")
    assert state_of(db, fine) == ("crashed", "LeaseExpired")


@pytest.mark.parametrize(
    "error", [PermissionError(13, "Permission denied"), OSError(5, "I/O"), TypeError("?")]
)
def test_a_folder_that_cannot_be_read_fails_its_run_and_no_other(
    db: Database, settings: Settings, judge: Judge, monkeypatch: pytest.MonkeyPatch, error: Exception
) -> None:
    """B4."""
    unreadable, folder = claimed(db, settings)
    write_journal(folder, [started()])
    fine, _ = claimed(db, settings)
    opened = Path.open

    def refuse(path: Path, *args: object, **kwargs: object) -> object:
        if path == folder.events:
            raise error
        return opened(path, *args, **kwargs)  # type: ignore[call-overload]

    monkeypatch.setattr(Path, "open", refuse)
    assert judge.look_for(PATIENT) == [fine]
    state, kind = state_of(db, unreadable)
    assert (state, kind) == ("failed", {13: "NoPermission", 5: "DiskError"}.get(error.args[0], "TypeError"))


def test_a_run_whose_folder_is_gone_still_ends(db: Database, settings: Settings, judge: Judge) -> None:
    run_id, folder = claimed(db, settings)
    folder.path.rmdir()
    assert judge.look_for(PATIENT) == [run_id]
