"""One attempt in one slot: followed while it lives, ended truthfully, never touched once it is lost."""

import signal
import sqlite3
from collections.abc import Callable
from concurrent.futures import Future
from dataclasses import dataclass, field
from typing import Any, NoReturn

import pytest
from sqlalchemy import update
from sqlalchemy.exc import IntegrityError, OperationalError

from app.lifecycle import State
from app.runs import ingest as ingesting
from app.runs import queue
from app.runs.ingest import ingest
from app.runs.sending import Sender
from app.settings import Settings
from app.store import files
from app.store.attempts import attempts_of
from app.store.engine import Database
from app.store.runs import get_run
from app.store.series import epochs, events_after
from app.store.tables import Run
from app.worker import slot as slots
from app.worker.slot import Slot
from tests.app.journals import claimed, epoch, started, write_journal
from tests.app.worker.scripted import AtOnce, ScriptedExecutor
from trainer.config import RunConfig
from trainer.errors import ExecutorError
from trainer.events import Entry, Failed, Finished, Log, Stopped
from trainer.executors.base import Executor, ExitStatus, Handle, Resources
from trainer.journal import Entries, Position, read_entries, utc_now
from trainer.kinds import JobConfig
from trainer.run_dir import RunDir


@pytest.fixture
def executor() -> ScriptedExecutor:
    return ScriptedExecutor()


@pytest.fixture
def run(db: Database, settings: Settings) -> tuple[int, RunDir]:
    return claimed(db, settings)


@pytest.fixture
def slot(db: Database, executor: ScriptedExecutor, run: tuple[int, RunDir]) -> Slot:
    return begun(db, executor, run)


def alone(db: Database, folder: RunDir, run_id: int, attempt: int, sends: AtOnce | None = None) -> Sender:
    """Of a board with one data folder."""
    return Sender(db, "folder", folder, run_id, attempt, sends or AtOnce())


def begun(db: Database, executor: Executor, run: tuple[int, RunDir], sends: AtOnce | None = None) -> Slot:
    run_id, folder = run
    with db.read() as s:
        row = get_run(s, run_id)
    sender = alone(db, folder, run_id, row.attempt, sends)
    slot = Slot(db, executor, folder, run_id, row.attempt, sender)
    slot.begin(row, Resources(threads=3), AtOnce())
    return slot


def retried(db: Database, executor: Executor, run: tuple[int, RunDir]) -> Slot:
    """The slot of the run's second attempt, once its first has crashed."""
    with db.write() as s:
        queue.move(s, get_run(s, run[0]), State.CRASHED)
        queue.requeue(s, get_run(s, run[0]))
    with db.write() as s:
        assert queue.claim(s, "w1") is not None
    return begun(db, executor, run)


def log_messages(folder: RunDir) -> list[str]:
    told = [entry.event for entry, _ in read_entries(folder.events)]
    return [event.message for event in told if isinstance(event, Log)]


def fetch(db: Database, run_id: int) -> Run:
    with db.read() as s:
        return get_run(s, run_id)


def finished_epochs(db: Database, run_id: int) -> list[int]:
    with db.read() as s:
        return [row.epoch for row in epochs(s, run_id)]


def test_the_child_finds_its_configuration(
    db: Database, executor: ScriptedExecutor, run: tuple[int, RunDir], slot: Slot
) -> None:
    run_id, folder = run
    assert folder.read_config().model_dump(mode="json") == fetch(db, run_id).config
    assert executor.started == [Handle(folder, 1, executor.started[0].pid)]
    assert executor.resources == [Resources(threads=3)]


def test_the_child_finds_the_source_of_its_images(
    db: Database, executor: ScriptedExecutor, run: tuple[int, RunDir]
) -> None:
    run_id, folder = run
    with db.write() as s:
        get_run(s, run_id).source = "shapes10/v1"
    begun(db, executor, run)
    assert folder.read_source() == "shapes10/v1"


def test_a_run_without_a_source_has_that_of_its_start(
    db: Database, run: tuple[int, RunDir], slot: Slot
) -> None:
    run_id, folder = run
    assert folder.read_source() is None
    write_journal(folder, [started(), epoch(1)])
    assert slot.step(held=True)
    assert fetch(db, run_id).source is None
    write_journal(folder, [started(source="shapes10/v2")])
    assert slot.step(held=True)
    assert fetch(db, run_id).source == "shapes10/v2"


def test_epochs_are_seen_while_the_child_lives(db: Database, run: tuple[int, RunDir], slot: Slot) -> None:
    run_id, folder = run
    write_journal(folder, [started(), epoch(1)])
    assert slot.step(held=True)
    assert finished_epochs(db, run_id) == [1]
    write_journal(folder, [epoch(2)])
    assert slot.step(held=True)
    assert finished_epochs(db, run_id) == [1, 2]
    assert fetch(db, run_id).state == "running"


def test_a_run_ends_with_its_journal_and_the_slot_with_its_child(
    db: Database, executor: ScriptedExecutor, run: tuple[int, RunDir], slot: Slot
) -> None:
    run_id, folder = run
    write_journal(folder, [started(), epoch(1), Finished(epochs=1, seconds=1.0, best=None)])
    assert slot.step(held=True)
    assert fetch(db, run_id).state == "completed"
    executor.end(executor.started[0])
    assert not slot.step(held=False)
    assert fetch(db, run_id).state == "completed"


def test_what_the_child_wrote_last_is_not_lost(
    db: Database, executor: ScriptedExecutor, run: tuple[int, RunDir], slot: Slot
) -> None:
    run_id, folder = run
    failed = Failed(error_type="DivergedError", message="not a number", hint="Take a smaller rate.")
    write_journal(folder, [started(), epoch(1), failed])
    executor.end(executor.started[0], ExitStatus(1, None))
    assert not slot.step(held=True)
    assert finished_epochs(db, run_id) == [1]
    assert fetch(db, run_id).state == "failed"
    assert (fetch(db, run_id).error or {})["hint"] == "Take a smaller rate."


def test_a_child_that_vanished_is_a_crash_with_a_reason_and_is_tried_again(
    db: Database, executor: ScriptedExecutor, run: tuple[int, RunDir], slot: Slot
) -> None:
    run_id, folder = run
    write_journal(folder, [started(), epoch(1)])
    executor.end(executor.started[0], ExitStatus(None, signal.SIGKILL))
    assert not slot.step(held=True)
    assert (fetch(db, run_id).state, fetch(db, run_id).error) == ("queued", None)
    assert finished_epochs(db, run_id) == [1]
    with db.read() as s:
        [attempt] = attempts_of(s, run_id)
        told = events_after(s, 0, run_id)[-1].payload
    assert (attempt.ended, attempt.epoch) == ("crashed", 1)
    assert "SIGKILL" in (attempt.reason or "")
    assert told["reason"] == (
        "Crashed: The training process vanished (killed by SIGKILL); tried again in 5 s (attempt 2 of 3)."
    )


def test_a_request_to_stop_is_passed_on_once(
    db: Database, executor: ScriptedExecutor, run: tuple[int, RunDir], slot: Slot
) -> None:
    run_id, folder = run
    with db.write() as s:
        queue.request_stop(s, get_run(s, run_id), State.PAUSED)
    for _ in range(3):
        slot.request_stop(60)
        assert slot.step(held=True)
    assert executor.stopped == executor.started
    assert executor.killed == []
    write_journal(folder, [started(), Stopped(epoch=0)])
    executor.end(executor.started[0], ExitStatus(3, None))
    assert not slot.step(held=True)
    assert fetch(db, run_id).state == "paused"


def test_a_child_is_asked_to_stop_and_killed_where_it_does_not(
    db: Database, executor: ScriptedExecutor, run: tuple[int, RunDir], slot: Slot
) -> None:
    """However late the worker comes to it: its time to end runs from when it was asked."""
    run_id, _ = run
    with db.write() as s:
        queue.request_stop(s, get_run(s, run_id), State.CANCELED)
    slot.request_stop(-1)
    assert slot.step(held=True)
    assert (executor.stopped, executor.killed) == (executor.started, [])
    assert slot.step(held=True)
    assert executor.killed == executor.started
    assert not slot.step(held=True)
    assert (fetch(db, run_id).state, fetch(db, run_id).error) == ("canceled", None)


def test_a_lost_child_is_killed_and_nothing_written(
    db: Database, executor: ScriptedExecutor, run: tuple[int, RunDir], slot: Slot
) -> None:
    run_id, folder = run
    with db.write() as s:
        queue.move(s, get_run(s, run_id), State.CRASHED)
        queue.requeue(s, get_run(s, run_id))
    write_journal(folder, [started(), epoch(1), Finished(epochs=1, seconds=1.0, best=None)])
    assert slot.step(held=False)
    assert executor.killed == executor.started
    assert not slot.step(held=False)
    assert fetch(db, run_id).state == "queued"
    assert finished_epochs(db, run_id) == []


def test_a_claim_lost_between_look_and_write_is_respected(
    db: Database, run: tuple[int, RunDir], slot: Slot
) -> None:
    run_id, folder = run
    write_journal(folder, [started(), epoch(1)])
    with db.write() as s:
        s.execute(update(Run).values(attempt=2))
    assert slot.step(held=True)
    assert finished_epochs(db, run_id) == []


def test_leftovers_of_an_older_attempt_do_not_end_this_one(
    db: Database, executor: ScriptedExecutor, run: tuple[int, RunDir]
) -> None:
    run_id, folder = run
    write_journal(folder, [started(), epoch(1)])
    ingest(db, run_id, 1, folder)
    write_journal(folder, [Stopped(epoch=1)])
    slot = retried(db, executor, run)
    assert slot.step(held=True)
    assert fetch(db, run_id).state == "running"
    assert finished_epochs(db, run_id) == [1]


def test_a_configuration_of_another_time_fails_in_words(
    db: Database, executor: ScriptedExecutor, run: tuple[int, RunDir]
) -> None:
    run_id, _ = run
    with db.write() as s:
        get_run(s, run_id).config = {"model": {"name": "of old"}}
    slot = begun(db, executor, run)
    assert not slot.step(held=True)
    assert executor.started == []
    error = fetch(db, run_id).error or {}
    assert (fetch(db, run_id).state, error["type"]) == ("failed", "ConfigError")
    assert "model.name" in error["message"]


def test_a_folder_that_cannot_be_made_fails_in_words(
    db: Database, executor: ScriptedExecutor, run: tuple[int, RunDir]
) -> None:
    run_id, folder = run
    folder.path.rmdir()
    folder.path.write_text("in the way")
    assert not begun(db, executor, run).step(held=True)
    assert fetch(db, run_id).state == "failed"
    assert "could not be started" in (fetch(db, run_id).error or {})["message"]


class SurprisingRunDir(RunDir):
    """Fails in a way that nobody foresaw."""

    def create(self, config: JobConfig, source: str | None = None) -> None:
        raise TypeError("a surprise")


def test_what_nobody_foresaw_fails_this_run_and_not_the_worker(
    db: Database, executor: ScriptedExecutor, run: tuple[int, RunDir]
) -> None:
    run_id, folder = run
    assert not begun(db, executor, (run_id, SurprisingRunDir(folder.path))).step(held=True)
    assert fetch(db, run_id).state == "failed"
    assert "a surprise" in (fetch(db, run_id).error or {})["message"]


def test_a_child_that_cannot_be_started_fails_in_words(db: Database, run: tuple[int, RunDir]) -> None:
    def refuse(_: Handle) -> None:
        raise OSError("no more processes")

    run_id, _ = run
    assert not begun(db, ScriptedExecutor(refuse), run).step(held=True)
    assert "no more processes" in (fetch(db, run_id).error or {})["message"]


MACHINES = [ExecutorError("The fork server ended."), MemoryError(), BlockingIOError(11, "fork"),
            OSError(28, "No space left"), OSError(24, "Too many open files"),
            OperationalError("", {}, sqlite3.OperationalError("database is locked"))]  # fmt: skip


@pytest.mark.parametrize("error", MACHINES, ids=lambda error: type(error).__name__)
def test_what_is_the_machines_fault_is_not_booked_on_the_run(
    db: Database, run: tuple[int, RunDir], error: Exception
) -> None:
    """B5: it waits again, its events say why, and the worker learns of it."""

    def refuse(_: Handle) -> None:
        raise error

    run_id, _ = run
    slot = begun(db, ScriptedExecutor(refuse), run)
    assert not slot.step(held=True)
    assert (fetch(db, run_id).state, fetch(db, run_id).error) == ("queued", None)
    assert slot.trouble is not None
    with db.read() as s:
        assert events_after(s, 0, run_id)[-1].payload["reason"] == slot.trouble.message


@pytest.mark.parametrize("error", MACHINES, ids=lambda error: type(error).__name__)
def test_what_the_machine_refuses_while_it_trains_is_tried_again(
    db: Database, executor: ScriptedExecutor, run: tuple[int, RunDir], slot: Slot,
    error: Exception, monkeypatch: pytest.MonkeyPatch,
) -> None:  # fmt: skip
    run_id, folder = run
    write_journal(folder, [started(), epoch(1)])
    with monkeypatch.context() as broken:
        broken.setattr(slots, "ingest", raising(error))
        with pytest.raises(type(error)):
            slot.step(held=True)
    assert executor.killed == []
    assert slot.step(held=True)
    assert finished_epochs(db, run_id) == [1]


OWN = [PermissionError(13, "denied"), OSError(5, "I/O"), TypeError("a surprise"),
       IntegrityError("", {}, sqlite3.IntegrityError("UNIQUE constraint failed"))]  # fmt: skip


def raising(error: Exception) -> Callable[..., NoReturn]:
    def fail(*_: object, **__: object) -> NoReturn:
        raise error

    return fail


@pytest.mark.parametrize("error", OWN, ids=lambda error: type(error).__name__)
def test_what_is_the_runs_own_ends_it_and_its_child(
    db: Database, executor: ScriptedExecutor, run: tuple[int, RunDir], slot: Slot,
    error: Exception, monkeypatch: pytest.MonkeyPatch,
) -> None:  # fmt: skip
    """B4."""
    run_id, _ = run
    monkeypatch.setattr(slots, "ingest", raising(error))
    assert slot.step(held=True)
    assert fetch(db, run_id).state == "failed"
    assert (fetch(db, run_id).error or {})["message"]
    assert executor.killed == executor.started
    assert not slot.step(held=False)


def test_an_executor_that_is_lost_itself_gives_its_slot_back(
    db: Database, executor: ScriptedExecutor, run: tuple[int, RunDir], slot: Slot,
    monkeypatch: pytest.MonkeyPatch,
) -> None:  # fmt: skip
    run_id, _ = run
    for name in ("poll", "kill"):
        monkeypatch.setattr(executor, name, raising(ValueError("process object is closed")))
    steps = [slot.step(held=True), slot.step(held=False), slot.step(held=False)]
    assert steps == [True, True, False]
    assert fetch(db, run_id).state == "failed"


@pytest.mark.parametrize(("failures", "state"), [(2, "failed"), (9, "running")])
def test_an_end_that_cannot_be_written_is_tried_again_for_a_while(
    db: Database, executor: ScriptedExecutor, run: tuple[int, RunDir], slot: Slot,
    failures: int, state: str, monkeypatch: pytest.MonkeyPatch,
) -> None:  # fmt: skip
    """Where it never can, the slot is free again, and the lease will tell."""
    run_id, _ = run
    told = Failed(error_type="DataError", message="No image.")
    executor.end(executor.started[0], ExitStatus(1, None, told))
    tries = iter([raising(TypeError("?"))] * failures)
    monkeypatch.setattr(slots, "end", lambda *given: next(tries, ingesting.end)(*given))
    while slot.step(held=True):
        pass
    assert fetch(db, run_id).state == state


def test_last_words_of_a_process_are_the_reason(
    db: Database, executor: ScriptedExecutor, run: tuple[int, RunDir], slot: Slot
) -> None:
    """B7: it could not open its journal, and so not write there."""
    run_id, _ = run
    told = Failed(error_type="JournalError", message="It is being written by another process.", hint="Wait.")
    executor.end(executor.started[0], ExitStatus(1, None, told))
    assert not slot.step(held=True)
    assert fetch(db, run_id).state == "failed"
    assert "another process" in (fetch(db, run_id).error or {})["message"]


def test_a_process_that_met_the_machines_limits_leaves_its_run_in_the_queue(
    db: Database, executor: ScriptedExecutor, run: tuple[int, RunDir], slot: Slot
) -> None:
    told = Failed(error_type="OutOfMemory", message="The system has no more memory.")
    executor.end(executor.started[0], ExitStatus(1, None, told, machines_fault=True))
    assert not slot.step(held=True)
    assert (fetch(db, run[0]).state, slot.trouble and slot.trouble.type) == ("queued", "OutOfMemory")


def test_a_run_that_has_not_started_waits_again_when_its_worker_ends(
    db: Database, executor: ScriptedExecutor, run: tuple[int, RunDir]
) -> None:
    run_id, folder = run
    starting: Future[Handle] = Future()
    slot = Slot(db, executor, folder, run_id, 1, alone(db, folder, run_id, 1))
    slot.begin(fetch(db, run_id), Resources(threads=1), Never(starting))
    assert slot.step(held=True)
    slot.request_stop(5, shutdown=True)
    assert not slot.step(held=True), "nobody waits for the fork server"
    assert fetch(db, run_id).state == "queued"


class Never(AtOnce):
    """Has not started the child yet."""

    def __init__(self, starting: "Future[Handle]") -> None:
        self._starting = starting

    def submit(self, fn: Callable[..., Any], /, *args: Any, **kwargs: Any) -> "Future[Any]":
        return self._starting


def test_a_first_attempt_adopts_no_folder_that_it_did_not_make(
    db: Database, executor: ScriptedExecutor, run: tuple[int, RunDir]
) -> None:
    """A1: what another board trained under this number stays, beside it."""
    run_id, folder = run
    folder.create(RunConfig(seed=9))
    write_journal(folder, [started(), epoch(1), Finished(epochs=1, seconds=1.0, best=None)])
    (folder.checkpoints / "last.pt").write_bytes(b"theirs")
    slot = begun(db, executor, run)
    assert slot.step(held=True)
    assert (fetch(db, run_id).state, finished_epochs(db, run_id)) == ("running", [])
    assert [handle.run_dir for handle in executor.started] == [folder]
    assert list(folder.checkpoints.iterdir()) == []
    [aside] = folder.path.parent.glob(f"{run_id}.before-*")
    assert (aside / "checkpoints" / "last.pt").read_bytes() == b"theirs"
    assert (RunDir(aside).read_config().seed, folder.read_config().seed) == (9, 0)
    [said] = log_messages(folder)
    assert aside.name in said
    assert said in folder.log.read_text()
    write_journal(folder, [started(), epoch(1)])
    assert slot.step(held=True)
    assert finished_epochs(db, run_id) == [1]


def test_a_folder_without_work_in_it_is_used(
    db: Database, executor: ScriptedExecutor, run: tuple[int, RunDir]
) -> None:
    """A start that did not come about leaves one; nothing piles up."""
    _, folder = run
    folder.create(RunConfig(seed=9))
    begun(db, executor, run)
    assert [path.name for path in folder.path.parent.iterdir()] == [folder.path.name]
    assert folder.read_config().seed == 0


@pytest.mark.parametrize("left", [None, b"", b"garbage\n", b'{"seq": 1}\n' * 400])
def test_a_retry_goes_on_although_the_journal_is_lost(
    db: Database, executor: ScriptedExecutor, run: tuple[int, RunDir], left: bytes | None
) -> None:
    """B6: the new journal is numbered on, says so, and says which epochs are known."""
    run_id, folder = run
    write_journal(folder, [started(), epoch(1), epoch(2)])
    ingest(db, run_id, 1, folder)
    folder.events.unlink()
    if left is not None:
        folder.events.write_bytes(left)
    slot = retried(db, executor, run)
    assert slot.step(held=True)
    assert len(executor.started) == 1
    [entry] = [entry for entry, _ in read_entries(folder.events)]
    assert (entry.seq, isinstance(entry.event, Log) and entry.event.known_epochs) == (4, 2)
    assert [path.read_bytes() for path in folder.path.glob("events.jsonl.before-*")] == (
        [] if left is None else [left]
    )
    write_journal(folder, [started(attempt=2, resumed_after_epoch=1), epoch(2), epoch(3)])
    assert slot.step(held=True)
    assert finished_epochs(db, run_id) == [1, 2, 3]
    with db.read() as s:
        told = [event.seq for event in events_after(s, 0, run_id) if event.seq is not None]
    assert told == [1, 2, 4, 5, 6, 7], "epoch 2, trained again, replaces the one before"


def test_the_whole_lines_of_a_damaged_journal_count(
    db: Database, executor: ScriptedExecutor, run: tuple[int, RunDir]
) -> None:
    run_id, folder = run
    write_journal(folder, [started(), epoch(1)])
    ingest(db, run_id, 1, folder)
    write_journal(folder, [epoch(2)])
    with folder.events.open("ab") as file:
        file.write(b"garbage\n")
    retried(db, executor, run)
    assert finished_epochs(db, run_id) == [1, 2]
    [entry] = [entry for entry, _ in read_entries(folder.events)]
    assert (entry.seq, isinstance(entry.event, Log) and entry.event.known_epochs) == (4, 2)


def test_a_journal_lost_twice_is_begun_twice(
    db: Database, executor: ScriptedExecutor, run: tuple[int, RunDir]
) -> None:
    run_id, folder = run
    write_journal(folder, [started(), epoch(1)])
    ingest(db, run_id, 1, folder)
    for _ in range(2):
        folder.events.unlink()
        assert retried(db, executor, run).step(held=True)
    assert (finished_epochs(db, run_id), len(executor.started)) == ([1], 2)


def test_damage_while_it_trains_ends_the_child(
    db: Database, executor: ScriptedExecutor, run: tuple[int, RunDir], slot: Slot
) -> None:
    run_id, folder = run
    folder.events.write_bytes(b"garbage\n")
    assert slot.step(held=True)
    assert fetch(db, run_id).state == "failed"
    assert executor.killed == executor.started
    assert not slot.step(held=False)


@dataclass(frozen=True)
class Distant(Handle):
    """A run that is trained on a machine which shares no folder: it sends its entries."""

    sent: list[Entry] = field(default_factory=list, compare=False)

    @property
    def journal(self) -> "Distant":
        return self

    def entries(self, after: Position) -> Entries:
        """Places count in entries here, two at once."""
        end = min(after.offset + 2, len(self.sent))
        return Entries(self.sent[after.offset : end], list(range(after.offset + 1, end + 1)))


class DistantExecutor(ScriptedExecutor):
    """Starts runs elsewhere."""

    def start(self, run_dir: RunDir, attempt: int, resources: Resources) -> Handle:
        super().start(run_dir, attempt, resources)
        self.started[-1] = Distant(run_dir, attempt, 0)
        return self.started[-1]


def test_a_run_that_is_trained_elsewhere_needs_no_journal_here(db: Database, run: tuple[int, RunDir]) -> None:
    executor = DistantExecutor()
    slot, (run_id, folder) = begun(db, executor, run), run
    [handle] = executor.started
    assert isinstance(handle, Distant)
    told = [started(), epoch(1), epoch(2), Finished(epochs=2, seconds=4.0, best=None)]
    sent = [Entry(seq=seq, time=utc_now(), event=event) for seq, event in enumerate(told, start=1)]
    handle.sent.extend(sent[:3])
    assert slot.step(held=True)
    assert finished_epochs(db, run_id) == [1, 2]
    handle.sent.append(sent[3])
    assert slot.step(held=True)
    executor.end(handle)
    assert not slot.step(held=False)
    assert (fetch(db, run_id).state, folder.events.exists()) == ("completed", False)


def test_while_the_last_files_are_sent_all_but_the_end_is_known(
    db: Database, executor: ScriptedExecutor, run: tuple[int, RunDir]
) -> None:
    """Who goes on elsewhere, should this worker be lost, has no checkpoint of an unknown epoch."""
    run_id, folder = run
    with db.write() as s:
        files.served(s, "elsewhere", "host")
    slot = begun(db, executor, run, sends=Never(Future()))
    write_journal(folder, [started(), epoch(1), epoch(2), Finished(epochs=2, seconds=1.0, best=None)])
    executor.end(executor.started[0])
    assert slot.step(held=True)
    assert (fetch(db, run_id).state, fetch(db, run_id).epoch) == ("running", 2)
    assert finished_epochs(db, run_id) == [1, 2]


def limited(db: Database, run_id: int, minutes: float) -> None:
    with db.write() as s:
        get_run(s, run_id).time_limit_minutes = minutes


def test_an_attempt_whose_time_is_up_is_stopped_and_fails(
    db: Database, executor: ScriptedExecutor, run: tuple[int, RunDir], monkeypatch: pytest.MonkeyPatch
) -> None:
    """It is asked first, so that it writes its checkpoint."""
    run_id, folder = run
    limited(db, run_id, 30)
    clock = Clock()
    monkeypatch.setattr(slots, "time", clock)
    slot = begun(db, executor, run)
    write_journal(folder, [started(), epoch(1)])
    assert slot.step(held=True)
    clock.now += 60 * 30 - 1
    assert slot.step(held=True)
    assert fetch(db, run_id).stop_requested is None
    clock.now += 1
    assert slot.step(held=True)
    assert (fetch(db, run_id).state, fetch(db, run_id).stop_requested) == ("running", "failed")
    slot.request_stop(10)
    assert slot.step(held=True)
    assert (executor.stopped, executor.killed) == (executor.started, [])
    write_journal(folder, [Stopped(epoch=1)])
    executor.end(executor.started[0], ExitStatus(3, None))
    assert not slot.step(held=True)
    ended = fetch(db, run_id)
    assert (ended.state, (ended.error or {})["type"], ended.epoch) == ("failed", "TimeLimit", 1)
    assert (ended.error or {})["message"] == "The time limit of 30 minutes was reached."
    with db.write() as s:
        queue.requeue(s, get_run(s, run_id))
    with db.write() as s:
        assert queue.claim(s, "w1") is not None
    slot = begun(db, executor, run)
    clock.now += 60 * 30 - 1
    assert slot.step(held=True)
    assert fetch(db, run_id).stop_requested is None, "a new attempt has a new allowance"


def test_time_that_is_up_changes_no_other_wish(
    db: Database, executor: ScriptedExecutor, run: tuple[int, RunDir], monkeypatch: pytest.MonkeyPatch
) -> None:
    run_id, _ = run
    limited(db, run_id, 1)
    clock = Clock()
    monkeypatch.setattr(slots, "time", clock)
    slot = begun(db, executor, run)
    assert slot.step(held=True)
    with db.write() as s:
        queue.request_stop(s, get_run(s, run_id), State.PAUSED)
    clock.now += 61
    assert slot.step(held=True)
    assert fetch(db, run_id).stop_requested == "paused"


@dataclass
class Clock:
    """In the place of `time`."""

    now: float = 0.0

    def monotonic(self) -> float:
        return self.now
