"""Each file operation and each commit fails in its turn: worker, child and judge go on, all stays true.

A run of two epochs and a healthy one after it are trained by a real worker and real training code, in threads
of this process. First the operations are counted, then the k-th one raises, once, for each k.
"""

import errno
import os
import sqlite3
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from threading import Event, Lock, Thread
from typing import Any

import pytest
import torch
from sqlalchemy import event, select
from sqlalchemy.exc import IntegrityError, OperationalError

from app.lifecycle import ENDED
from app.runs import queue, trouble
from app.runs.reaper import LOOK_SECONDS, Reaper
from app.settings import Settings
from app.store.engine import Database
from app.store.series import epochs
from app.store.tables import Run
from app.worker.supervisor import Pace, Worker
from tests.app.journals import claimed, epoch, started, write_journal
from tests.app.real_processes import add_tiny_dataset
from tests.trainer.tiny import tiny_config
from trainer.executors.inline import InlineExecutor

QUICK = Pace(turn_seconds=0.01, stop_grace_seconds=1, shutdown_grace_seconds=1)
EPOCHS = 2


class Faults:
    """Counts the operations, and lets the `at`-th one raise `error`."""

    def __init__(self, error: Callable[[], Exception], at: int = 0) -> None:
        self.error, self.at, self.count = error, at, 0
        self._lock = Lock()

    def pass_by(self) -> None:
        """One operation."""
        with self._lock:
            self.count += 1
            due = self.count == self.at
        if due:
            raise self.error()


@contextmanager
def failing_files(faults: Faults, below: Path) -> Iterator[None]:
    """Opening, looking at, writing, syncing, renaming and making files below a folder are operations."""

    def counted(original: Callable[..., Any]) -> Callable[..., Any]:
        def operation(path: Any, *args: Any, **options: Any) -> Any:
            if isinstance(path, int) or Path(path).is_relative_to(below):
                faults.pass_by()
            return original(path, *args, **options)

        return operation

    with pytest.MonkeyPatch.context() as patched:
        for owner, name in [(Path, "open"), (Path, "stat"), (Path, "mkdir"), (Path, "replace"),
                            (Path, "rename"), (Path, "glob"), (os, "fsync")]:  # fmt: skip
            patched.setattr(owner, name, counted(getattr(owner, name)))
        yield


@contextmanager
def failing_commits(faults: Faults, db: Database) -> Iterator[None]:
    """Commits of write sessions are operations."""

    def operation(connection: Any) -> None:
        if connection.get_execution_options().get("writes"):
            faults.pass_by()

    event.listen(db._engine, "commit", operation)
    yield
    event.remove(db._engine, "commit", operation)


@pytest.fixture(autouse=True)
def _quick(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setattr(trouble, "FIRST_DELAY_SECONDS", 0.02)
    yield
    torch.use_deterministic_algorithms(False)


def launch(db: Database) -> None:
    """Two runs of EPOCHS epochs."""
    with db.write() as s:
        for seed in (0, 1):
            asked = tiny_config(seed=seed, threads=1, optim={"epochs": EPOCHS, "milestones": []})
            queue.enqueue(s, asked, "run")


def carried_out(settings: Settings, db: Database) -> list[Run]:
    """What became of the runs; the worker has to live, and to end when told."""
    stop, executor = Event(), InlineExecutor(settings.datasets_dir)
    thread = Thread(target=Worker(settings, db, executor, QUICK).run_until, args=(stop,))
    thread.start()
    until = time.monotonic() + 60
    while not all(run.state in ENDED for run in runs(db)):
        assert thread.is_alive(), "the worker's loop ended"
        assert time.monotonic() < until, [run.state for run in runs(db)]
        time.sleep(0.01)
    stop.set()
    thread.join(20)
    assert not thread.is_alive()
    executor.close()
    return runs(db)


def runs(db: Database) -> list[Run]:
    with db.read() as s:
        return list(s.scalars(select(Run).order_by(Run.id)))


def check(db: Database, first: Run, second: Run, said: str) -> None:
    """One of them may have failed, and says why; whatever is told of epochs is told once, without a gap."""
    assert [first.state, second.state].count("completed") >= 1, said
    for run in (first, second):
        assert run.state in ("completed", "failed"), said
        assert (run.error is None) == (run.state == "completed"), said
        with db.read() as s:
            stored = [row.epoch for row in epochs(s, run.id)]
        assert stored == list(range(1, run.epoch + 1)), said
        assert run.state == "failed" or run.epoch == EPOCHS, said


Fresh = Callable[[], tuple[Settings, Database]]


@pytest.fixture
def fresh(tmp_path: Path) -> Iterator[Fresh]:
    """Makes installations, one after the other."""
    from app.serving.installation import prepare

    made: list[Database] = []

    def make() -> tuple[Settings, Database]:
        settings = Settings(data_dir=tmp_path / str(len(made)))
        prepare(settings)
        add_tiny_dataset(settings.datasets_dir)
        made.append(Database(settings.url))
        return settings, made[-1]

    yield make
    for db in made:
        db.close()


def full_disk() -> Exception:
    return OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))


def no_permission() -> Exception:
    return PermissionError(errno.EACCES, os.strerror(errno.EACCES))


def locked() -> Exception:
    return OperationalError("COMMIT", {}, sqlite3.OperationalError("database is locked"))


def broken() -> Exception:
    return IntegrityError("COMMIT", {}, sqlite3.IntegrityError("a constraint failed"))


def every_fault(fresh: Fresh, error: Callable[[], Exception], of_files: bool, step: int) -> None:
    def once(at: int) -> int:
        settings, db = fresh()
        launch(db)
        faults = Faults(error, at)
        with failing_files(faults, settings.runs_dir) if of_files else failing_commits(faults, db):
            first, second = carried_out(settings, db)
        check(db, first, second, f"{error.__name__} at operation {at}")
        return faults.count

    for at in range(1, once(0) + 1, step):
        once(at)


@pytest.mark.slow
@pytest.mark.parametrize("error", [full_disk, no_permission])
def test_file_operations_may_fail(fresh: Fresh, error: Callable[[], Exception]) -> None:
    """Every twentieth: all of them take minutes (step = 1)."""
    every_fault(fresh, error, of_files=True, step=20)


@pytest.mark.slow
@pytest.mark.parametrize("error", [locked, broken])
def test_each_commit_may_fail(fresh: Fresh, error: Callable[[], Exception]) -> None:
    every_fault(fresh, error, of_files=False, step=1)


@pytest.mark.parametrize("error", [full_disk, no_permission, locked, broken])
def test_each_operation_of_the_judge_may_fail(fresh: Fresh, error: Callable[[], Exception]) -> None:
    """Two lost runs end, whatever fails on the way: as crashed, or as failed where their own folder fails."""
    of_files, at, count = error in (full_disk, no_permission), 0, 1
    while at <= count:
        settings, db = fresh()
        for _ in range(2):
            _, folder = claimed(db, settings)
            write_journal(folder, [started(), epoch(1)])
        seconds, faults = [0.0], Faults(error, at)
        judge = Reaper(db, settings, lambda now=seconds: now[0])  # type: ignore[misc]
        with failing_files(faults, settings.runs_dir) if of_files else failing_commits(faults, db):
            for _ in range(14):
                try:
                    judge.look()
                except (OSError, OperationalError, IntegrityError):
                    assert at, "nothing was to fail"
                seconds[0] += LOOK_SECONDS
        ended = runs(db)
        assert {run.state for run in ended} <= {"crashed", "failed"}, f"{error.__name__} at operation {at}"
        assert any(run.state == "crashed" and run.epoch == 1 for run in ended)
        count, at = (faults.count if at == 0 else count), at + 1
