"""The worker's loop: fills its slots, forwards stops, keeps its leases, reaps others', ends in good order."""

import subprocess
import sys
import time
from collections.abc import Callable
from concurrent.futures import CancelledError
from itertools import pairwise
from threading import Event

import pytest
from sqlalchemy import select

from app.lifecycle import State
from app.requirements import requirements
from app.runs import queue, reaper, trouble
from app.settings import Settings
from app.store.engine import Database
from app.store.runs import get_run
from app.store.tables import Run
from app.store.tables import Worker as WorkerRow
from app.worker import machine
from app.worker.supervisor import Starter
from tests.app.journals import claimed, epoch, started, write_journal
from tests.app.worker.at_work import working
from tests.app.worker.scripted import ScriptedExecutor
from trainer.checkpoint_policy import CheckpointPolicy
from trainer.config import RunConfig
from trainer.errors import ExecutorError
from trainer.events import Finished, Stopped
from trainer.executors.base import ExitStatus, Handle
from trainer.executors.places import Need
from trainer.failures import failure

pytestmark = pytest.mark.slow


def wait_for(condition: Callable[[], bool]) -> None:
    deadline = time.monotonic() + 60
    while not condition():
        assert time.monotonic() < deadline, "it did not happen within 60 s"
        time.sleep(0.01)


def launch(db: Database, count: int = 1) -> list[int]:
    with db.write() as s:
        return [queue.enqueue(s, RunConfig(), "run").id for _ in range(count)]


def states(db: Database) -> list[str]:
    with db.read() as s:
        return list(s.scalars(select(Run.state).order_by(Run.id)))


def finish(handle: Handle) -> None:
    write_journal(handle.run_dir, [started(), epoch(1), Finished(epochs=1, seconds=1.0, best=None)])


def test_it_fills_its_slots_and_no_more(settings: Settings, db: Database) -> None:
    launch(db, 3)
    executor = ScriptedExecutor()
    kept = settings.model_copy(update={"checkpoint_minutes": 0.5, "keep_every_epochs": 2})
    with working(kept, db, executor, slots=2):
        wait_for(lambda: len(executor.followed) == 2)
        time.sleep(0.1)
        assert states(db) == ["running", "running", "queued"]
        finish(executor.started[0])
        executor.end(executor.started[0])
        wait_for(lambda: len(executor.followed) == 3)
        assert states(db) == ["completed", "running", "running"]
    assert all(1 <= (given.threads or 0) <= 64 for given in executor.resources)
    assert {given.checkpoints for given in executor.resources} == {CheckpointPolicy(0.5, 2)}


def test_auto_fills_the_slots_that_it_took_and_a_run_keeps_its_threads(
    settings: Settings, db: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(machine, "cores", lambda: 4)
    monkeypatch.setattr(machine, "memory_bytes", lambda: 4 * 10**9)
    first, *_ = launch(db, 3)
    with db.write() as s:
        get_run(s, first).started = started(provenance={"threads": 3}).model_dump(mode="json")
    executor = ScriptedExecutor()
    with working(settings, db, executor, slots="auto"):
        wait_for(lambda: len(executor.followed) == 2)
        time.sleep(0.1)
        assert states(db) == ["running", "running", "queued"]
    assert [given.threads for given in executor.resources] == [3, 2]


@pytest.mark.parametrize("state", [State.CANCELED, State.PAUSED])
def test_a_stop_reaches_the_child(settings: Settings, db: Database, state: State) -> None:
    (run_id,) = launch(db)
    executor = ScriptedExecutor()
    with working(settings, db, executor):
        wait_for(lambda: bool(executor.followed))
        with db.write() as s:
            queue.request_stop(s, get_run(s, run_id), state)
        wait_for(lambda: bool(executor.stopped))
        write_journal(executor.started[0].run_dir, [started(), Stopped(epoch=0)])
        executor.end(executor.started[0], ExitStatus(3, None))
        wait_for(lambda: states(db) == [state])
    assert executor.killed == []


def test_a_child_that_ignores_the_stop_is_killed_after_its_grace(settings: Settings, db: Database) -> None:
    (run_id,) = launch(db)
    executor = ScriptedExecutor()
    with working(settings, db, executor):
        wait_for(lambda: bool(executor.followed))
        with db.write() as s:
            queue.request_stop(s, get_run(s, run_id), State.CANCELED)
        wait_for(lambda: states(db) == ["canceled"])
    assert executor.killed[:1] == executor.started


def test_a_run_that_lacked_memory_gets_the_worker_to_itself(settings: Settings, db: Database) -> None:
    """It begins once the other has ended, before those behind it, and they begin once it has ended."""
    launch(db, 3)
    begun: list[tuple[str, list[str]]] = []
    executor = ScriptedExecutor(lambda handle: begun.append((handle.run_dir.path.name, states(db))))
    with working(settings.model_copy(update={"retry_seconds": 0.0}), db, executor, slots=2):
        wait_for(lambda: len(executor.followed) == 2)
        write_journal(executor.started[0].run_dir, [started(), failure(MemoryError())])
        executor.end(executor.started[0], ExitStatus(1, None))
        wait_for(lambda: states(db)[0] == "queued")
        for number in (1, 2):
            finish(executor.started[number])
            executor.end(executor.started[number])
            wait_for(lambda number=number: len(executor.followed) == number + 2)  # type: ignore[misc]
    assert begun[2:] == [
        ("1", ["running", "completed", "queued"]),
        ("3", ["completed", "completed", "running"]),
    ]


def test_at_its_end_the_children_stop_and_their_runs_wait_again(settings: Settings, db: Database) -> None:
    launch(db, 2)
    executor = ScriptedExecutor()
    with working(settings, db, executor, slots=2):
        wait_for(lambda: len(executor.followed) == 2)
        write_journal(executor.started[0].run_dir, [started(), epoch(1)])
    assert executor.stopped == executor.started
    assert states(db) == ["queued", "queued"]
    with db.read() as s:
        assert s.scalars(select(Run.epoch)).first() == 1
        (worker,) = s.scalars(select(WorkerRow))
        assert worker.stopped_at is not None


def test_a_worker_that_ends_claims_nothing_more(settings: Settings, db: Database) -> None:
    launch(db, 2)
    executor = ScriptedExecutor()
    with working(settings, db, executor) as stop:
        wait_for(lambda: len(executor.followed) == 1)
        stop.set()
    assert states(db) == ["queued", "queued"]
    assert len(executor.started) == 1


def test_it_keeps_its_own_leases_and_reaps_those_of_others(
    settings: Settings, db: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, seconds in {"LOOK_SECONDS": 0.05, "AWAY_SECONDS": 2.0}.items():
        monkeypatch.setattr(reaper, name, seconds)
    monkeypatch.setattr(queue, "LEASE_SECONDS", 0.5)
    monkeypatch.setattr(queue, "HEARTBEAT_SECONDS", 0.05)
    lost, _ = claimed(db, settings, worker="dead")
    (mine,) = launch(db)
    executor, once = ScriptedExecutor(), settings.model_copy(update={"max_attempts": 1})
    with working(once, db, executor):
        wait_for(lambda: states(db) == ["crashed", "running"])
        time.sleep(1)
        assert states(db) == ["crashed", "running"]
        with db.read() as s:
            worker = s.scalars(select(WorkerRow)).one()
            assert get_run(s, mine).worker_id == worker.id
            assert get_run(s, lost).worker_id is None


def test_a_run_taken_from_a_stalled_worker_is_let_go(settings: Settings, db: Database) -> None:
    (run_id,) = launch(db)
    executor = ScriptedExecutor()
    with working(settings, db, executor):
        wait_for(lambda: bool(executor.followed))
        with db.write() as s:
            queue.move(s, get_run(s, run_id), State.CRASHED)
        wait_for(lambda: executor.killed == executor.started)
        finish(executor.started[0])
        time.sleep(0.1)
        assert states(db) == ["crashed"]
        with db.write() as s:
            queue.requeue(s, get_run(s, run_id))
        wait_for(lambda: len(executor.followed) == 2)
        assert executor.started[1].attempt == 2


def test_trouble_is_shown_and_waited_out(
    settings: Settings, db: Database, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    """B5: no run fails, tries come ever later, and when they succeed the trouble is over."""
    monkeypatch.setattr(trouble, "FIRST_DELAY_SECONDS", 0.1)
    monkeypatch.setattr(queue, "HEARTBEAT_SECONDS", 0.05)
    tries: list[float] = []

    def refuse(_: Handle) -> None:
        tries.append(time.monotonic())
        if len(tries) <= 4:
            raise ExecutorError("The fork server ended.", "Memory may be short.")

    launch(db, 3)
    executor = ScriptedExecutor(refuse)
    with working(settings, db, executor):
        wait_for(lambda: troubles(db) == ["The fork server ended. Memory may be short."])
        wait_for(lambda: len(executor.followed) == 1)
        write_journal(executor.started[0].run_dir, [started()])
        wait_for(lambda: troubles(db) == [None])
        assert states(db) == ["running", "queued", "queued"]
    waits = [after - before for before, after in pairwise(tries)]
    assert [wait > least for wait, least in zip(waits, (0.1, 0.2, 0.4, 0.8), strict=True)] == [True] * 4
    assert sum("No run can be started" in text for text in caplog.messages) == 4


def troubles(db: Database) -> list[str | None]:
    with db.read() as s:
        return list(s.scalars(select(WorkerRow.trouble)))


ENDING = """
import time
from app.worker import machine
from app.worker.supervisor import Starter
Starter().submit(time.sleep, 600)
"""


def test_what_came_of_a_start_is_told() -> None:
    starter = Starter()
    assert starter.submit(divmod, 7, 2).result(20) == (3, 1)
    with pytest.raises(ZeroDivisionError):
        starter.submit(divmod, 7, 0).result(20)


def test_starts_come_one_after_the_other_and_none_after_the_end() -> None:
    starter, goes_on, begun = Starter(), Event(), Event()

    def slow() -> str:
        begun.set()
        goes_on.wait(20)
        return "first"

    first, second = starter.submit(slow), starter.submit(str)
    assert begun.wait(20)
    assert not second.running()
    assert not second.done()
    starter.shutdown()
    goes_on.set()
    assert first.result(20) == "first"
    with pytest.raises(CancelledError):
        second.result(20)


def test_a_process_ends_in_the_midst_of_a_start() -> None:
    assert subprocess.run([sys.executable, "-c", ENDING], timeout=60, check=False).returncode == 0


def test_it_carries_out_only_what_its_labels_and_devices_can(settings: Settings, db: Database) -> None:
    with db.write() as s:
        other = queue.enqueue(s, RunConfig(), "other", required=requirements(labels=["small"])).id
        mine = queue.enqueue(s, RunConfig(), "mine", required=requirements(labels=["big"])).id
        card = queue.enqueue(s, RunConfig(), "card", required=requirements("cuda"), priority=9).id
    executor = ScriptedExecutor()
    labelled = settings.model_copy(update={"label": ("big", "fast")})
    with working(labelled, db, executor, slots=3):
        wait_for(lambda: len(executor.followed) == 1)
        with db.read() as s:
            assert s.scalars(select(WorkerRow)).one().labels == ["big", "fast"]
        assert fetch_state(db, mine) == "running"
        with db.write() as s:
            last = queue.enqueue(s, RunConfig(), "last").id
        wait_for(lambda: fetch_state(db, last) == "running")
        assert [fetch_state(db, one) for one in (other, card)] == ["queued", "queued"]


def test_what_a_run_requires_is_asked_of_the_cluster(settings: Settings, db: Database) -> None:
    """The machine of a cluster's worker may have no GPU, and a label there is one of a node."""
    of_cluster = settings.model_copy(update={"executor": "ray", "label": ("big",)})
    with db.write() as s:
        for needed in (requirements(), requirements("cuda", ["big"])):
            queue.enqueue(s, RunConfig(), "run", required=needed)
    executor = ScriptedExecutor()
    with working(of_cluster, db, executor, slots=2):
        wait_for(lambda: len(executor.resources) == 2)
    asked = [(one.gpus, one.labels) for one in executor.resources]
    assert asked == [(0.0, ()), (1.0, ("big",))]
    assert Need.of(RunConfig(threads=3), executor.resources[1]) == Need(3, 1.0, (("big", "true"),))


def fetch_state(db: Database, run_id: int) -> str:
    with db.read() as s:
        return get_run(s, run_id).state
