"""Real training children under a real worker: they train, fail, are canceled, killed, retried."""

import os
import signal
from collections.abc import Iterator
from threading import Event, Thread
from typing import Any

import psutil
import pytest
import torch
from sqlalchemy import select

from app.lifecycle import ENDED, State
from app.runs import queue
from app.runs.continuing import continue_run
from app.schemas import ContinueBody
from app.settings import Settings
from app.store import series
from app.store.attempts import attempts_of
from app.store.engine import Database
from app.store.runs import delete_run, get_run
from app.store.tables import Run
from app.worker.supervisor import Pace, Worker
from tests.app.real_processes import add_tiny_dataset, role, wait_for
from tests.trainer.tiny import tiny_config
from trainer.config import parse_config
from trainer.events import Epoch, Stopped
from trainer.executors.local import LocalExecutor
from trainer.journal import read_entries
from trainer.run_dir import RunDir

pytestmark = pytest.mark.slow

LONG: dict[str, Any] = {"optim": {"epochs": 5000}}


@pytest.fixture
def worker(settings: Settings, db: Database) -> Iterator[Event]:
    """A worker with one slot, in a thread, that is quick to kill; the event ends it."""
    add_tiny_dataset(settings.datasets_dir)
    stop, executor = Event(), LocalExecutor(settings.datasets_dir)
    soon, pace = settings.model_copy(update={"retry_seconds": 0.1}), Pace(stop_grace_seconds=2)
    thread = Thread(target=Worker(soon, db, executor, pace).run_until, args=(stop,))
    thread.start()
    yield stop
    stop.set()
    thread.join(60)
    executor.close()
    assert not thread.is_alive()


def launch(db: Database, source: str | None = None, **changes: Any) -> int:
    with db.write() as s:
        return queue.enqueue(s, tiny_config(threads=1, **changes), "run", source=source).id


def fetch(db: Database, run_id: int) -> Run:
    with db.read() as s:
        return get_run(s, run_id)


def wait_for_end(db: Database, run_id: int) -> Run:
    wait_for(lambda: State(fetch(db, run_id).state) in ENDED | {State.PAUSED}, 60)
    return fetch(db, run_id)


def wait_for_epoch(db: Database, run_id: int, epoch: int) -> None:
    wait_for(lambda: fetch(db, run_id).epoch >= epoch, 60)


def wait_for_start(db: Database, run_id: int, attempt: int) -> None:
    wait_for(lambda: (fetch(db, run_id).started or {}).get("attempt") == attempt, 60)


def trainers() -> list[psutil.Process]:
    """Children of this process's own fork servers (not of a board that other tests keep running)."""
    servers = [child for child in psutil.Process().children() if "fork server" in role(child)]
    return [child for server in servers for child in server.children()]


def told_losses(settings: Settings, run_id: int) -> list[tuple[int, float | None]]:
    """(epoch, training loss) as the journal tells them last."""
    told: dict[int, float | None] = {}
    for entry, _ in read_entries(RunDir(settings.run_dir(run_id)).events):
        if isinstance(entry.event, Epoch):
            told[entry.event.epoch] = entry.event.train_loss
    return sorted(told.items())


def stored_losses(db: Database, run_id: int) -> list[tuple[int, float | None]]:
    with db.read() as s:
        return [(row.epoch, row.train_loss) for row in series.epochs(s, run_id)]


def test_one_failing_run_does_not_take_the_queue_down(
    settings: Settings, db: Database, worker: Event
) -> None:
    """S11: runs before and after the one that fails complete."""
    first, broken, third = launch(db), launch(db, data={"dataset": "folder:gone"}), launch(db, seed=1)
    assert wait_for_end(db, third).state == "completed"
    assert wait_for_end(db, first).state == "completed"
    failed = wait_for_end(db, broken)
    assert failed.state == "failed"
    assert "folder:gone" in (failed.error or {})["message"]
    for run_id in (first, third):
        assert [epoch for epoch, _ in stored_losses(db, run_id)] == [1, 2, 3]
        assert stored_losses(db, run_id) == told_losses(settings, run_id)


def test_a_killed_child_is_noticed_at_once_and_tried_again_by_itself_without_loss(
    settings: Settings, db: Database, worker: Event
) -> None:
    """S10: kill -9 of the trainer."""
    run_id = launch(db, optim={"epochs": 30})
    wait_for_epoch(db, run_id, 2)
    (child,) = trainers()
    child.kill()
    done = wait_for_end(db, run_id)
    assert (done.state, done.attempt, done.epoch) == ("completed", 2, 30)
    assert [epoch for epoch, _ in stored_losses(db, run_id)] == list(range(1, 31))
    assert stored_losses(db, run_id) == told_losses(settings, run_id)
    with db.read() as s:
        lost, last = attempts_of(s, run_id)
    assert (lost.ended, last.ended, last.epoch) == ("crashed", "completed", 30)
    assert "SIGKILL" in (lost.reason or "")
    kept = lost.epoch or 0
    assert kept - 1 <= (done.started or {})["resumed_after_epoch"] <= kept + 1


@pytest.mark.parametrize("stage", ["crt", "ncm"])
def test_a_second_stage_is_trained_upon_the_first(
    settings: Settings, db: Database, worker: Event, stage: str
) -> None:
    """It begins after the other has ended, and its child finds the other's network."""
    second = launch(db, second_stage={"name": stage, **({"epochs": 2} if stage == "crt" else {})})
    first = fetch(db, second).first_stage_id
    assert first is not None
    done, before = wait_for_end(db, second), fetch(db, first)
    assert (before.state, done.state) == ("completed", "completed"), done.error
    assert (before.finished_at or "") <= (done.started_at or "")
    assert [epoch for epoch, _ in stored_losses(db, second)] == ([1, 2] if stage == "crt" else [1])
    network, upon = (
        torch.load(RunDir(settings.run_dir(one)).checkpoints / "last.pt", weights_only=True)["model"]
        for one in (second, first)
    )
    kept = [name for name in upon if name in network and upon[name].equal(network[name])]
    assert 0 < len(kept) >= len(upon) - 2


def test_a_continued_run_has_every_epoch_from_the_first_on(
    settings: Settings, db: Database, worker: Event
) -> None:
    """And needs the other run no more once it is completed."""
    first = launch(db, optim={"schedule": "cosine"})
    wait_for_end(db, first)
    new, _ = continue_run(db, settings, first, ContinueBody(epochs=2))
    done = wait_for_end(db, new)
    assert (done.state, done.epoch, done.epochs) == ("completed", 5, 5), done.error
    assert (done.first_stage_id, done.continued_after) == (first, 3)
    assert [epoch for epoch, _ in stored_losses(db, new)] == [1, 2, 3, 4, 5]
    assert stored_losses(db, new)[:3] == stored_losses(db, first)
    delete_run(db, settings, first)
    with db.write() as s:
        again = queue.enqueue(s, parse_config(done.config), "again", source=done.source)
        assert again.first_stage_id != first


def test_a_second_stage_whose_first_is_gone_says_so(settings: Settings, db: Database, worker: Event) -> None:
    first = launch(db)
    source = wait_for_end(db, first).source
    checkpoint = RunDir(settings.run_dir(first)).checkpoints / "last.pt"
    kept = checkpoint.rename(checkpoint.with_name("kept"))
    second = launch(db, source, second_stage={"name": "ncm"})
    failed = wait_for_end(db, second)
    assert (failed.state, failed.first_stage_id) == ("failed", first)
    assert f"The last checkpoint of run {first}, its first stage, is gone" in (failed.error or {})["message"]
    kept.rename(checkpoint)
    with db.write() as s:
        queue.requeue(s, get_run(s, second))
    assert wait_for_end(db, second).state == "completed"


def test_canceling_gives_everything_back(settings: Settings, db: Database, worker: Event) -> None:
    """S11: after five cancels there are no more processes than before, and no more memory."""
    wait_for_end(db, launch(db, optim={"epochs": 1, "milestones": []}))
    wait_for(lambda: trainers() == [])
    before, memory = len(psutil.Process().children(recursive=True)), psutil.Process().memory_info().rss
    for _ in range(5):
        run_id = launch(db, **LONG)
        wait_for_epoch(db, run_id, 1)
        with db.write() as s:
            queue.request_stop(s, get_run(s, run_id), State.CANCELED)
        assert wait_for_end(db, run_id).state == "canceled"
    wait_for(lambda: trainers() == [])
    assert len(psutil.Process().children(recursive=True)) == before
    assert psutil.Process().memory_info().rss - memory < 30e6


def test_a_paused_run_goes_on_with_the_next_step(settings: Settings, db: Database, worker: Event) -> None:
    run_id = launch(db, optim={"epochs": 20})
    wait_for_epoch(db, run_id, 2)
    with db.write() as s:
        queue.request_stop(s, get_run(s, run_id), State.PAUSED)
    paused = wait_for_end(db, run_id)
    assert (paused.state, paused.finished_at) == ("paused", None)
    *_, stopped = [entry.event for entry, _ in read_entries(RunDir(settings.run_dir(run_id)).events)]
    assert isinstance(stopped, Stopped)
    with db.read() as s:
        [within] = [file for file in series.checkpoints(s, run_id) if file.name == "within-epoch.pt"]
    assert (stopped.epoch, stopped.steps) == (paused.epoch, within.steps) > (0, 0)
    with db.write() as s:
        queue.requeue(s, get_run(s, run_id))
    done = wait_for_end(db, run_id)
    told = done.started or {}
    assert (told["resumed_after_epoch"], told["resumed_after_steps"]) == (stopped.epoch, stopped.steps)
    assert done.state == "completed"
    with db.read() as s:
        assert {file.name for file in series.checkpoints(s, run_id)} == {"last.pt", "best.pt"}
    assert [epoch for epoch, _ in stored_losses(db, run_id)] == list(range(1, 21))


def test_a_child_that_hangs_is_killed_after_its_grace(
    settings: Settings, db: Database, worker: Event
) -> None:
    run_id = launch(db, **LONG)
    wait_for_epoch(db, run_id, 1)
    (child,) = trainers()
    os.kill(child.pid, signal.SIGSTOP)
    with db.write() as s:
        queue.request_stop(s, get_run(s, run_id), State.CANCELED)
    assert wait_for_end(db, run_id).state == "canceled"
    assert not child.is_running()


def test_a_run_that_dies_of_itself_is_tried_three_times(
    settings: Settings, db: Database, worker: Event
) -> None:
    """Killed by SIGKILL, SIGSEGV and SIGABRT; each attempt goes on after the one before."""
    run_id = launch(db, **LONG)
    for attempt, number in enumerate((signal.SIGKILL, signal.SIGSEGV, signal.SIGABRT), start=1):
        wait_for_start(db, run_id, attempt)
        wait_for_epoch(db, run_id, fetch(db, run_id).epoch + 2)  # the first of them has its checkpoint
        (child,) = trainers()
        os.kill(child.pid, number)
    crashed = wait_for_end(db, run_id)
    assert crashed.state == "crashed"
    assert "SIGABRT" in (crashed.error or {})["message"]
    assert (crashed.error or {})["message"].endswith("It was tried 3 times.")
    with db.read() as s:
        kept = attempts_of(s, run_id)
    assert [one.ended for one in kept] == ["crashed"] * 3
    reached = [one.epoch or 0 for one in kept]
    assert reached == sorted(set(reached)), "each got further"
    assert stored_losses(db, run_id) == told_losses(settings, run_id)


def test_a_run_whose_fork_server_is_killed_is_tried_again(
    settings: Settings, db: Database, worker: Event
) -> None:
    run_id = launch(db, optim={"epochs": 30})
    wait_for_epoch(db, run_id, 2)
    [server] = [child for child in psutil.Process().children() if "fork server" in role(child)]
    server.kill()
    assert wait_for_end(db, run_id).state == "completed"
    with db.read() as s:
        lost, last = attempts_of(s, run_id)
    assert (lost.ended, last.ended) == ("crashed", "completed")
    assert "starts training processes ended" in (lost.reason or "")
    assert [epoch for epoch, _ in stored_losses(db, run_id)] == list(range(1, 31))


def test_a_run_whose_time_is_up_fails_and_a_retry_goes_on(
    settings: Settings, db: Database, worker: Event
) -> None:
    run_id = launch(db, **LONG)
    wait_for_epoch(db, run_id, 1)
    with db.write() as s:
        queue.request_stop(s, get_run(s, run_id), State.PAUSED)
    paused = wait_for_end(db, run_id)
    with db.write() as s:
        get_run(s, run_id).time_limit_minutes = 1 / 60
        queue.requeue(s, get_run(s, run_id))
    failed = wait_for_end(db, run_id)
    assert (failed.state, (failed.error or {})["type"]) == ("failed", "TimeLimit")
    assert failed.epoch > paused.epoch
    with db.write() as s:
        queue.requeue(s, get_run(s, run_id))
    wait_for_start(db, run_id, 3)
    assert (fetch(db, run_id).started or {})["resumed_after_epoch"] >= failed.epoch - 1
    again = wait_for_end(db, run_id)
    assert ((again.error or {})["type"], again.epoch > failed.epoch) == ("TimeLimit", True)
    with db.read() as s:
        assert [one.ended for one in attempts_of(s, run_id)] == ["paused", "failed", "failed"]


def test_a_worker_that_ends_takes_its_children_along_and_their_runs_wait_for_the_next(
    settings: Settings, db: Database, worker: Event
) -> None:
    run_id = launch(db, **LONG)
    wait_for_epoch(db, run_id, 1)
    worker.set()
    wait_for(lambda: fetch(db, run_id).state == State.QUEUED, 60)
    wait_for(lambda: trainers() == [])
    assert stored_losses(db, run_id) == told_losses(settings, run_id)
    with db.read() as s:
        assert s.scalars(select(Run.worker_id)).all() == [None]
