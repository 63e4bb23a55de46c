"""The queue: who is claimed next and by whom, what a stop request does, and what each move leaves behind."""

import json
import subprocess
import sys
from typing import Any

import pytest
from sqlalchemy import select

from app.errors import ConflictError, IllegalMoveError
from app.lifecycle import State
from app.runs import leases, queue
from app.runs.archiving import archive, restore
from app.runs.places import places_now, queue_counts
from app.runs.reasons import Reason
from app.settings import Settings
from app.store import workers
from app.store.clock import ahead, now
from app.store.engine import Database
from app.store.runs import get_run, tags_of
from app.store.series import events_after
from app.store.tables import Job, Run, Worker
from app.store.workers import WorkerInfo
from trainer.config import RunConfig, config_hash, parse_config

CLAIM_ALL = """
import json, sys
from app.runs.queue import claim
from app.store.engine import Database
db, mine = Database(sys.argv[1]), []
sys.stdin.readline()
while True:
    with db.write() as s:
        run = claim(s, sys.argv[2])
    if run is None:
        break
    mine.append(run.id)
print(json.dumps(mine))
"""


def queued(db: Database, **options: Any) -> int:
    with db.write() as s:
        return queue.enqueue(s, options.pop("config", RunConfig()), "run", **options).id


def claim(db: Database, worker: str = "w", lease_seconds: float = 10) -> Job | None:
    with db.write() as s:
        return queue.claim(s, worker, lease_seconds)


def fetch(db: Database, run_id: int) -> Run:
    with db.read() as s:
        return get_run(s, run_id)


def move(db: Database, run_id: int, state: State, error: Reason | None = None) -> None:
    with db.write() as s:
        queue.move(s, get_run(s, run_id), state, error)


def test_a_queued_run_holds_what_was_asked(db: Database) -> None:
    config = parse_config({"data": {"dataset": "folder:x"}, "optim": {"epochs": 7}})
    run = fetch(db, queued(db, config=config, tags=["b", " a ", "b", ""], notes="why", priority=2))
    assert (run.state, run.dataset, run.epochs, run.epoch, run.attempt) == ("queued", "folder:x", 7, 0, 0)
    assert (run.config_hash, run.notes, run.priority) == (config_hash(config), "why", 2)
    assert parse_config(run.config) == config
    with db.read() as s:
        assert tags_of(s, [run.id]) == {run.id: ("a", "b")}


def test_the_highest_priority_goes_first_then_the_oldest(db: Database) -> None:
    ids = [queued(db, priority=priority) for priority in (0, 5, 0, 5, -1)]
    with db.read() as s:
        places = places_now(s)
    assert [places[run_id] for run_id in ids] == [3, 1, 4, 2, 5]
    claims = [claim(db) for _ in range(6)]
    assert [run and run.id for run in claims] == [ids[1], ids[3], ids[0], ids[2], ids[4], None]


def test_a_claim_counts_attempts_and_holds_a_lease(db: Database) -> None:
    run_id = queued(db)
    run = claim(db, "w1")
    assert run is not None
    assert (run.state, run.worker_id, run.attempt) == ("running", "w1", 1)
    assert now() < (run.lease_expires_at or "") < ahead(11)
    move(db, run_id, State.CRASHED)
    first_start = run.started_at
    with db.write() as s:
        queue.requeue(s, get_run(s, run_id))
    again = claim(db, "w2")
    assert again is not None
    assert (again.attempt, again.started_at) == (2, first_start)


@pytest.mark.slow
def test_processes_never_claim_the_same_run(settings: Settings, db: Database) -> None:
    with db.write() as s:
        for _ in range(60):
            queue.enqueue(s, RunConfig(), "run")
    racers = [
        subprocess.Popen(
            [sys.executable, "-c", CLAIM_ALL, settings.url, name],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        for name in ("a", "b", "c")
    ]
    claims = {
        name: json.loads(racer.communicate("go\n")[0]) for name, racer in zip("abc", racers, strict=True)
    }
    assert sorted(run_id for mine in claims.values() for run_id in mine) == list(range(1, 61))
    with db.read() as s:
        owners = dict(s.execute(select(Run.id, Run.worker_id)).all())
        assert set(s.scalars(select(Run.attempt))) == {1}
    assert {run_id: name for name, mine in claims.items() for run_id in mine} == owners


def test_a_worker_renews_only_what_it_holds(db: Database) -> None:
    mine, theirs, ended = (queued(db) for _ in range(3))
    for worker in ("me", "them", "me"):
        claim(db, worker, lease_seconds=0)
    move(db, ended, State.COMPLETED)
    with db.write() as s:
        assert leases.held(s, "me", {mine: 1, theirs: 1, ended: 1}) == {mine: None}
        assert leases.held(s, "me", {mine: 0}) == {}
        leases.renew(s, "me", [mine, theirs, ended])
    assert (fetch(db, mine).lease_expires_at or "") > now()
    assert (fetch(db, theirs).lease_expires_at or "") <= now()
    assert fetch(db, ended).lease_expires_at is None
    with db.read() as s:
        assert [claim[:2] for claim in leases.running(s)] == [(mine, 1), (theirs, 1)]


def test_a_withdrawn_lease_is_there_again_with_the_next_renewal(db: Database) -> None:
    mine, other = queued(db), queued(db)
    claim(db), claim(db)
    with db.write() as s:
        leases.withdraw(s, mine, 1)
        leases.withdraw(s, other, 0)
        assert [lease is None for _, _, lease in leases.running(s)] == [True, False]
        leases.renew(s, "w", [mine])
        assert [lease is None for _, _, lease in leases.running(s)] == [False, False]


def test_a_run_given_back_waits_again_and_its_events_say_why(db: Database) -> None:
    run_id = queued(db)
    claim(db)
    with db.write() as s:
        queue.give_back(s, get_run(s, run_id), Reason("DiskFull", "The disk is full.", "Free some space."))
    run = fetch(db, run_id)
    assert (run.state, run.error, run.worker_id, run.lease_expires_at) == ("queued", None, None, None)
    with db.read() as s:
        told = events_after(s, 0)[-1].payload
    assert told == {"from": "running", "to": "queued", "reason": "The disk is full."}


@pytest.mark.parametrize("state", [State.CANCELED, State.PAUSED])
def test_a_running_run_is_asked_to_stop(db: Database, state: State) -> None:
    run_id = queued(db)
    claim(db, "w")
    with db.write() as s:
        queue.request_stop(s, get_run(s, run_id), state)
    assert fetch(db, run_id).state == "running"
    with db.read() as s:
        assert leases.held(s, "w", {run_id: 1}) == {run_id: state}


def test_a_waiting_run_is_canceled_at_once_but_cannot_pause(db: Database) -> None:
    run_id = queued(db)
    with db.write() as s, pytest.raises(IllegalMoveError):
        queue.request_stop(s, get_run(s, run_id), State.PAUSED)
    with db.write() as s:
        queue.request_stop(s, get_run(s, run_id), State.CANCELED)
    assert fetch(db, run_id).state == "canceled"
    assert claim(db) is None


def test_a_move_clears_the_claim_and_tells_the_reason(db: Database) -> None:
    run_id = queued(db)
    claim(db)
    with db.write() as s:
        run = get_run(s, run_id)
        run.batch = {"step": 1}
        queue.request_stop(s, run, State.PAUSED)
    move(db, run_id, State.FAILED, Reason("DataError", "No such file.", "Look."))
    run = fetch(db, run_id)
    assert (run.worker_id, run.lease_expires_at, run.stop_requested, run.batch) == (None,) * 4
    assert run.error == {"type": "DataError", "message": "No such file.", "hint": "Look.", "traceback": ""}
    assert run.finished_at is not None
    with db.read() as s:
        events = events_after(s, 0)
    assert [(event.kind, event.seq) for event in events] == [("state", None)] * 3
    assert [event.payload["to"] for event in events] == ["queued", "running", "failed"]
    assert events[-1].payload == {"from": "running", "to": "failed", "reason": "No such file."}


@pytest.mark.parametrize("state", [State.FAILED, State.CRASHED, State.CANCELED, State.PAUSED])
def test_a_run_goes_back_into_the_queue(db: Database, state: State) -> None:
    run_id = queued(db)
    claim(db)
    move(db, run_id, state, Reason("X", "x"))
    with db.write() as s:
        archive(get_run(s, run_id))
        queue.requeue(s, get_run(s, run_id))
    run = fetch(db, run_id)
    assert (run.state, run.error, run.finished_at, run.archived_at) == ("queued", None, None, None)


@pytest.mark.parametrize("state", [State.QUEUED, State.RUNNING, State.COMPLETED])
def test_other_runs_do_not(db: Database, state: State) -> None:
    run_id = queued(db)
    if state is not State.QUEUED:
        claim(db)
    if state is State.COMPLETED:
        move(db, run_id, state)
    with db.write() as s, pytest.raises(IllegalMoveError):
        queue.requeue(s, get_run(s, run_id))


def test_only_a_run_at_rest_is_archived(db: Database) -> None:
    run_id = queued(db)
    with db.write() as s, pytest.raises(ConflictError, match="is queued"):
        archive(get_run(s, run_id))
    claim(db)
    with db.write() as s, pytest.raises(ConflictError, match="is running"):
        archive(get_run(s, run_id))
    move(db, run_id, State.COMPLETED)
    with db.write() as s:
        archive(get_run(s, run_id))
    assert fetch(db, run_id).archived_at is not None
    with db.write() as s:
        restore(get_run(s, run_id))
    assert fetch(db, run_id).archived_at is None


def test_counts_runs_and_living_workers(db: Database) -> None:
    for _ in range(3):
        queued(db)
    claim(db)
    with db.write() as s:
        for name in ("alive", "silent", "ended"):
            workers.register(s, WorkerInfo(name, 1, "host", 1, 1, ("cpu",)))
        s.get_one(Worker, "silent").heartbeat_at = ahead(-queue.LEASE_SECONDS - 1)
        workers.retire(s, "ended")
    with db.read() as s:
        assert queue_counts(s) == (1, 2, 1)
        assert len(s.scalars(select(Worker)).all()) == 3
