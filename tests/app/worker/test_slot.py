"""One attempt in one slot: followed while it lives, ended truthfully, never touched once it is lost."""

import signal

import pytest
from sqlalchemy import update

from app import queue
from app.lifecycle import State
from app.settings import Settings
from app.store.engine import Database
from app.store.runs import get_run
from app.store.series import epochs
from app.store.tables import Run
from app.worker.slot import Slot
from tests.app.journals import claimed, epoch, started, write_journal
from tests.app.worker.scripted import AtOnce, ScriptedExecutor
from trainer.config import RunConfig
from trainer.events import Failed, Finished, Stopped
from trainer.executors.base import Handle
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


def begun(db: Database, executor: ScriptedExecutor, run: tuple[int, RunDir]) -> Slot:
    run_id, folder = run
    slot = Slot(db, executor, folder, run_id, 1)
    with db.read() as s:
        row = get_run(s, run_id)
    slot.begin(row, 3, AtOnce())
    return slot


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
    assert executor.threads == [3]


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
    failed = Failed(error_type="OutOfMemory", message="out of memory", hint="Take a smaller batch.")
    write_journal(folder, [started(), epoch(1), failed])
    executor.end(executor.started[0], code=1)
    assert not slot.step(held=True)
    assert finished_epochs(db, run_id) == [1]
    assert fetch(db, run_id).state == "failed"
    assert (fetch(db, run_id).error or {})["hint"] == "Take a smaller batch."


def test_a_child_that_vanished_is_a_crash_with_a_reason(
    db: Database, executor: ScriptedExecutor, run: tuple[int, RunDir], slot: Slot
) -> None:
    run_id, folder = run
    write_journal(folder, [started(), epoch(1)])
    executor.end(executor.started[0], None, signal.SIGKILL)
    assert not slot.step(held=True)
    assert fetch(db, run_id).state == "crashed"
    assert "SIGKILL" in (fetch(db, run_id).error or {})["message"]
    assert finished_epochs(db, run_id) == [1]


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
    executor.end(executor.started[0], code=3)
    assert not slot.step(held=True)
    assert fetch(db, run_id).state == "paused"


def test_a_child_that_does_not_stop_is_killed(
    db: Database, executor: ScriptedExecutor, run: tuple[int, RunDir], slot: Slot
) -> None:
    run_id, _ = run
    with db.write() as s:
        queue.request_stop(s, get_run(s, run_id), State.CANCELED)
    slot.request_stop(-1)
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
    write_journal(folder, [started(), epoch(1), Stopped(epoch=1)])
    slot = begun(db, executor, run)
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

    def create(self, config: RunConfig, source: str | None = None) -> None:
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


def test_a_damaged_journal_starts_no_child(
    db: Database, executor: ScriptedExecutor, run: tuple[int, RunDir]
) -> None:
    run_id, folder = run
    folder.events.write_bytes(b"garbage\n")
    assert not begun(db, executor, run).step(held=True)
    assert executor.started == []
    assert fetch(db, run_id).state == "failed"


def test_damage_while_it_trains_ends_the_child(
    db: Database, executor: ScriptedExecutor, run: tuple[int, RunDir], slot: Slot
) -> None:
    run_id, folder = run
    folder.events.write_bytes(b"garbage\n")
    assert slot.step(held=True)
    assert fetch(db, run_id).state == "failed"
    assert slot.step(held=False)
    assert executor.killed == executor.started
    assert not slot.step(held=False)
