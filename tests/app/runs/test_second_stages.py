"""A run that trains upon another: which run that is, when it is claimed, and what else may become of both."""

import subprocess
import sys
from typing import Any

import pytest
from sqlalchemy import select

from app.errors import ConflictError
from app.lifecycle import State
from app.runs import queue, waiting
from app.runs.archiving import archive
from app.runs.drafts import drafted
from app.runs.places import places_now, queue_counts
from app.runs.reasons import Reason
from app.settings import Settings
from app.store.engine import Database
from app.store.runs import delete_run, get_run, tags_of
from app.store.series import events_after
from app.store.tables import Run
from trainer.config import RunConfig, config_hash, parse_config

SOURCE = "shapes10/v2"

TAKE_ALL = """
import sys, time
from sqlalchemy import func, select
from app.lifecycle import State
from app.runs.queue import claim, move
from app.store.engine import Database
from app.store.runs import get_run
from app.store.tables import Run
db = Database(sys.argv[1])
sys.stdin.readline()
left = True
while left:
    with db.write() as s:
        run = claim(s, sys.argv[2])
    if run is not None:
        time.sleep(0.005)
        with db.write() as s:
            move(s, get_run(s, run.id), State.COMPLETED)
    with db.read() as s:
        left = s.scalar(select(func.count()).where(Run.state != State.COMPLETED))
"""


def config(stage: str = "none", **changes: Any) -> RunConfig:
    return parse_config({"optim": {"epochs": 7}, "second_stage": {"name": stage}, **changes})


def launch(db: Database, stage: str = "none", **options: Any) -> Run:
    with db.write() as s:
        run = queue.enqueue(s, config(stage), stage, source=options.pop("source", SOURCE), **options)
        return get_run(s, run.id)


def fetch(db: Database, run_id: int) -> Run:
    with db.read() as s:
        return get_run(s, run_id)


def first_of(db: Database, run: Run) -> Run:
    assert run.first_stage_id is not None
    return fetch(db, run.first_stage_id)


def claim(db: Database) -> int | None:
    with db.write() as s:
        run = queue.claim(s, "w")
    return run.id if run else None


def move(db: Database, run_id: int, state: State) -> None:
    with db.write() as s:
        run = get_run(s, run_id)
        queue.requeue(s, run) if state is State.QUEUED else queue.move(s, run, state, Reason("X", "x"))


def bring_to(db: Database, run_id: int, state: State) -> None:
    """From the queue, where it is the next, to this state."""
    if state is not State.QUEUED:
        assert claim(db) == run_id
        if state is not State.RUNNING:
            move(db, run_id, state)


def test_a_second_stage_brings_its_first_one_along(db: Database) -> None:
    second = launch(db, "crt", tags=["thesis"], priority=3)
    first = first_of(db, second)
    assert (first.id, first.state, first.priority, first.first_stage_id) == (1, "queued", 3, None)
    assert (first.config_hash, first.source) == (config_hash(config()), SOURCE)
    assert (first.epochs, second.epochs) == (7, 10)
    with db.read() as s:
        assert tags_of(s, [first.id, second.id]) == {first.id: ("thesis",), second.id: ("thesis",)}


@pytest.mark.parametrize("state", [State.COMPLETED, State.RUNNING, State.PAUSED, State.QUEUED])
def test_a_run_that_is_there_is_trained_upon(db: Database, state: State) -> None:
    first = launch(db)
    bring_to(db, first.id, state)
    assert [launch(db, stage).first_stage_id for stage in ("crt", "lws")] == [first.id] * 2


@pytest.mark.parametrize("state", [State.FAILED, State.CRASHED, State.CANCELED])
def test_a_run_that_came_to_nothing_is_not(db: Database, state: State) -> None:
    first = launch(db)
    bring_to(db, first.id, state)
    assert launch(db, "crt").first_stage_id == first.id + 1


def test_a_completed_run_is_preferred_and_other_images_are_not_the_same(db: Database) -> None:
    done, other, waits = launch(db), launch(db, source="other"), launch(db)
    bring_to(db, done.id, State.COMPLETED)
    assert launch(db, "crt").first_stage_id == done.id
    assert launch(db, "crt", source="other").first_stage_id == other.id
    assert launch(db, "crt", source="third").first_stage_id == waits.id + 3
    with db.write() as s:
        archive(get_run(s, done.id))
    assert launch(db, "lws").first_stage_id == waits.id


def test_it_is_claimed_once_its_first_stage_is_completed(db: Database) -> None:
    second = launch(db, "crt", priority=9)
    other = launch(db, source="other")
    assert [claim(db), claim(db), claim(db)] == [second.first_stage_id, other.id, None]
    move(db, first_of(db, second).id, State.COMPLETED)
    assert [claim(db), claim(db)] == [second.id, None]


ENDS = [
    (State.FAILED, "failed", "Run 1, its first stage, failed."),
    (State.CRASHED, "failed", "Run 1, its first stage, crashed."),
    (State.CANCELED, "canceled", "Run 1, its first stage, was canceled."),
]


@pytest.mark.parametrize("retried", ["first", "second"])
@pytest.mark.parametrize(("state", "after", "words"), ENDS)
def test_both_end_and_a_retry_of_either_brings_both_through(
    db: Database, state: State, after: str, words: str, retried: str
) -> None:
    second, other = launch(db, "crt"), launch(db, "lws")
    bring_to(db, 1, state)
    for one in (fetch(db, second.id), fetch(db, other.id)):
        assert (one.state, (one.error or {})["message"], one.finished_at is None) == (after, words, False)
    assert claim(db) is None
    move(db, 1 if retried == "first" else second.id, State.QUEUED)
    assert [fetch(db, one).state for one in (1, second.id, other.id)] == ["queued"] * 3
    assert fetch(db, second.id).error is None
    bring_to(db, 1, State.COMPLETED)
    assert [claim(db), claim(db), claim(db)] == [second.id, other.id, None]


def test_what_somebody_canceled_does_not_come_back(db: Database) -> None:
    second = launch(db, "crt")
    move(db, second.id, State.CANCELED)
    bring_to(db, 1, State.FAILED)
    move(db, 1, State.QUEUED)
    assert fetch(db, second.id).state == "canceled"


def test_it_waits_for_a_paused_run(db: Database) -> None:
    second = launch(db, "crt")
    bring_to(db, 1, State.PAUSED)
    with db.read() as s:
        assert waiting.awaited(s, [1, second.id]) == {second.id: (1, "paused")}
    assert (claim(db), fetch(db, second.id).state) == (None, "queued")
    move(db, 1, State.QUEUED)
    bring_to(db, 1, State.COMPLETED)
    with db.read() as s:
        assert waiting.awaited(s, [second.id]) == {}
    assert claim(db) == second.id


def test_a_run_that_is_named_is_brought_back(db: Database) -> None:
    """A sweep's own first stage that failed: what joins the sweep trains upon that."""
    first = launch(db)
    bring_to(db, first.id, State.FAILED)
    with db.write() as s:
        draft = drafted(config("crt"), "run", source=SOURCE)
        queue.enqueue_all(s, [draft], first_stages={first.config_hash: first.id})
    assert fetch(db, first.id).state == "queued"


def test_the_events_of_a_waiting_run_tell_of_its_first_stage(db: Database) -> None:
    second, alone = launch(db, "crt"), launch(db, source="other")
    for state in (State.PAUSED, State.QUEUED, State.FAILED):
        move(db, 1, state) if state is State.QUEUED else bring_to(db, 1, state)
    with db.read() as s:
        told = [(event.run_id, event.payload) for event in events_after(s, 0) if event.run_id != 1]
    begun = {"from": None, "to": "queued", "reason": None}
    assert told[:2] == [(second.id, begun), (alone.id, begun)]
    assert [(at, news["from"], news["to"], news["reason"]) for at, news in told[2:]] == [
        (second.id, "queued", "queued", "Run 1, its first stage, is paused."),
        (second.id, "queued", "queued", "Run 1, its first stage, is queued."),
        (second.id, "queued", "failed", "Run 1, its first stage, failed."),
    ]


def test_places_are_of_those_that_may_be_claimed(db: Database) -> None:
    second, other = launch(db, "crt", priority=1), launch(db, source="other")
    with db.read() as s:
        assert places_now(s) == {1: 1, other.id: 2}
    bring_to(db, 1, State.COMPLETED)
    with db.read() as s:
        assert places_now(s) == {second.id: 1, other.id: 2}
        assert queue_counts(s) == (0, 2, 0)


@pytest.mark.parametrize("state", [State.QUEUED, State.RUNNING, State.FAILED, State.CANCELED])
def test_what_is_needed_is_not_deleted(db: Database, settings: Settings, state: State) -> None:
    second = launch(db, "crt")
    bring_to(db, 1, State.COMPLETED)
    bring_to(db, second.id, state)
    with pytest.raises(ConflictError, match=rf"first stage of run {second.id} \({state}\)"):
        delete_run(db, settings, 1)
    if state is State.RUNNING:
        move(db, second.id, State.FAILED)
    delete_run(db, settings, second.id)
    delete_run(db, settings, 1)
    with db.read() as s:
        assert s.scalars(select(Run.id)).all() == []


def test_what_is_done_outlives_its_first_stage(db: Database, settings: Settings) -> None:
    second = launch(db, "crt")
    for run_id in (1, second.id):
        bring_to(db, run_id, State.COMPLETED)
    delete_run(db, settings, 1)
    assert fetch(db, second.id).first_stage_id == 1
    assert launch(db, "crt").first_stage_id == second.id + 1


@pytest.mark.slow
def test_of_several_workers_none_begins_a_second_stage_too_early(settings: Settings, db: Database) -> None:
    with db.write() as s:
        for seed in range(12):
            for stage in ("crt", "lws", "none"):
                queue.enqueue(s, config(stage, seed=seed), "run", priority=len(stage), source=SOURCE)
    workers = [
        subprocess.Popen(
            [sys.executable, "-c", TAKE_ALL, settings.url, name], stdin=subprocess.PIPE, text=True
        )
        for name in ("a", "b", "c")
    ]
    for one in workers:
        one.communicate("go\n", timeout=120)
    assert [one.returncode for one in workers] == [0, 0, 0]
    with db.read() as s:
        upon = dict(s.execute(select(Run.id, Run.first_stage_id)).all())
        moves = [(event.run_id, event.payload["to"]) for event in events_after(s, 0, limit=1000)]
    assert len(upon) == 36 + 12
    for run_id, first in upon.items():
        assert moves.count((run_id, "running")) == 1
        if first is not None:
            assert moves.index((first, "completed")) < moves.index((run_id, "running"))


def test_runs_that_enter_together_are_linked_among_each_other(db: Database) -> None:
    """Each first stage once: among the drafts, named by the caller, or queued beside them."""
    named = launch(db, source="named")
    asked = [(stage, seed) for seed in (0, 1, 2) for stage in ("crt", "none", "tau_norm")]
    drafts = [drafted(config(stage, seed=seed), f"{stage} {seed}", source=SOURCE) for stage, seed in asked]
    drafts = [draft for draft in drafts if draft.row["name"] not in ("none 1", "none 2")]
    with db.write() as s:
        queue.enqueue_all(s, drafts, 5, {config_hash(config(seed=1)): named.id})
    with db.read() as s:
        runs = {run.name: run for run in s.scalars(select(Run))}
    [added] = [run for run in runs.values() if run.sweep_id is None and run.id != named.id]
    assert added.config_hash == config_hash(config(seed=2))
    upon = {name: run.first_stage_id for name, run in runs.items() if run.first_stage_id is not None}
    zero = runs["none 0"].id
    assert upon == {
        "crt 0": zero, "tau_norm 0": zero, "crt 1": named.id, "tau_norm 1": named.id,
        "crt 2": added.id, "tau_norm 2": added.id,
    }  # fmt: skip
