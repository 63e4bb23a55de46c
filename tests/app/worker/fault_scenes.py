"""Scenes in which an operation fails (see tests.faults): a worker with its children, and the judge.

Each begins with a copy of the same installation, in one thread of control, so that the k-th operation is
always the same one.
"""

import shutil
import tempfile
import time
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path
from threading import Event
from typing import Literal

import pytest
from sqlalchemy import select

from app.lifecycle import ENDED
from app.runs import queue, trouble
from app.runs.reaper import LOOK_SECONDS, Reaper
from app.serving.installation import prepare
from app.settings import Settings
from app.store.engine import Database
from app.store.series import epochs
from app.store.tables import Run
from app.worker import supervisor
from app.worker.supervisor import Pace, Worker
from tests.app.journals import claimed, epoch, started, write_journal
from tests.app.real_processes import add_tiny_dataset
from tests.app.worker.scripted import AtOnce
from tests.app.worker.stepped import SteppedExecutor
from tests.faults import Faults, failing_commits, failing_files, failing_statements
from tests.trainer.tiny import tiny_config
from trainer import tally

EPOCHS = 2
Kind = Literal["files", "commits", "statements"]


def failing(kind: Kind, faults: Faults, settings: Settings, db: Database) -> AbstractContextManager[None]:
    """Operations of this kind fail: file operations below the folder of runs, commits, any statement."""
    if kind == "files":
        return failing_files(faults, settings.runs_dir)
    return failing_commits(faults, db) if kind == "commits" else failing_statements(faults, db)


class Installations:
    """Copies of one installation, each for one play. Use as a context."""

    def __init__(self) -> None:
        self._folder = tempfile.TemporaryDirectory(prefix="betaboard-faults-")
        self._first = Settings(data_dir=Path(self._folder.name) / "first")
        self._made = 0
        prepare(self._first)
        add_tiny_dataset(self._first.datasets_dir)

    def __enter__(self) -> "Installations":
        return self

    def __exit__(self, *_: object) -> None:
        self._folder.cleanup()

    @contextmanager
    def fresh(self) -> Iterator[tuple[Settings, Database]]:
        """One more, gone at the end."""
        self._made += 1
        settings = Settings(data_dir=Path(self._folder.name) / str(self._made))
        shutil.copytree(self._first.data_dir, settings.data_dir)
        db = Database(settings.url)
        try:
            yield settings, db
        finally:
            db.close()
            shutil.rmtree(settings.data_dir)


class Work:
    """A run of two epochs and a healthy one after it, by a real worker and real training code."""

    def __init__(self, made: Installations, kind: Kind) -> None:
        self._made, self._kind = made, kind

    def play(self, faults: Faults) -> str:
        with self._made.fresh() as (settings, db):
            with db.write() as s:
                for seed in (0, 1):
                    asked = tiny_config(
                        seed=seed, threads=1, model={"width": 1}, optim={"epochs": EPOCHS, "milestones": []}
                    )
                    queue.enqueue(s, asked, "run")
            with failing(self._kind, faults, settings, db):
                work(settings, db)
            return judged(db)


class _UntilEnded(Event):
    """Set once every run has ended: the worker's loop waits on it between its turns."""

    def __init__(self, db: Database) -> None:
        super().__init__()
        self._db, self._until = db, time.monotonic() + 120

    def wait(self, timeout: float | None = None) -> bool:
        found = runs(self._db)
        if all(run.state in ENDED for run in found):
            self.set()
        assert time.monotonic() < self._until, [run.state for run in found]
        time.sleep(0.001)  # for what is tried again after a while
        return self.is_set()


class Idle:
    """In place of a thread beside the scene, which would leave the order of operations to luck."""

    def __init__(self, *_: object) -> None: ...

    def run_until(self, stop: Event) -> None:
        stop.wait()


def work(settings: Settings, db: Database) -> None:
    """A worker's loop until all runs have ended; what ends the loop is raised."""
    executor, looking = SteppedExecutor(settings.datasets_dir), Database(settings.url)
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(queue, "HEARTBEAT_SECONDS", 3600.0)  # when one is due would be a matter of luck
        patched.setattr(tally, "SECONDS_BETWEEN_REPORTS", float("inf"))
        patched.setattr(trouble, "FIRST_DELAY_SECONDS", 0.005)
        for thread in ("Reaper", "Recorder"):
            patched.setattr(supervisor, thread, Idle)
        patched.setattr(supervisor, "Starter", AtOnce)
        try:
            Worker(settings, db, executor, Pace(0.001, 1, 1)).run_until(_UntilEnded(looking))
        finally:
            executor.close()
            looking.close()


def runs(db: Database) -> list[Run]:
    with db.read() as s:
        return list(s.scalars(select(Run).order_by(Run.id)))


def judged(db: Database) -> str:
    """One run may have failed, and says why; whatever is told of epochs is told once, without a gap."""
    found = runs(db)
    states = [run.state for run in found]
    assert states.count("completed") >= 1, states
    for run in found:
        assert run.state in ("completed", "failed"), states
        if run.state == "failed":
            assert run.error, "it failed and does not say why"
            assert run.error["message"]
        else:
            assert run.error is None
            assert run.epoch == EPOCHS, "it says that it completed"
        with db.read() as s:
            stored = [row.epoch for row in epochs(s, run.id)]
        assert stored == list(range(1, run.epoch + 1)), stored
    if "failed" in states:
        return "one run failed with its text"
    return "went on" if all(run.attempt == 1 for run in found) else "went on in a second attempt"


class Judgement:
    """Two lost runs end, whatever fails on the way: as crashed, or as failed where their own folder fails."""

    def __init__(self, made: Installations, kind: Kind) -> None:
        self._made, self._kind = made, kind

    def play(self, faults: Faults) -> str:
        with self._made.fresh() as (settings, db):
            for _ in range(2):
                _, folder = claimed(db, settings)
                write_journal(folder, [started(), epoch(1)])
            with failing(self._kind, faults, settings, db):
                _judge_until_over(settings.model_copy(update={"max_attempts": 1}), db)
            ended = runs(db)
            assert {run.state for run in ended} <= {"crashed", "failed"}, [run.state for run in ended]
            assert all(run.error and run.error["message"] for run in ended)
            assert any(run.state == "crashed" and run.epoch == 1 for run in ended)
            return "one run failed with its text" if any(it.state == "failed" for it in ended) else "went on"


class _Looks(Event):
    """Lets a judge look so many times; its clock goes on meanwhile."""

    def __init__(self, most: int) -> None:
        super().__init__()
        self._left, self.now = most, 0.0

    def wait(self, timeout: float | None = None) -> bool:
        self._left -= 1
        self.now += LOOK_SECONDS
        if not self._left:
            self.set()
        return self.is_set()


def _judge_until_over(settings: Settings, db: Database) -> None:
    looks = _Looks(16)
    Reaper(db, settings, lambda: looks.now).run_until(looks)
