"""A lost attempt is tried again by itself, after a pause; what would come again is not; each is told."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

import pytest
from sqlalchemy import func, select, update

from app.errors import IllegalMoveError
from app.lifecycle import State
from app.runs import actions, queue, waiting
from app.runs.drafts import Limits
from app.runs.endings import Ending, asked_of, of_lease, of_process, of_shutdown
from app.runs.ingest import end
from app.runs.reasons import Reason
from app.runs.retries import Retries
from app.settings import Settings
from app.store.attempts import attempts_of
from app.store.clock import ahead
from app.store.engine import Database
from app.store.runs import delete_run, get_run
from app.store.series import events_after
from app.store.tables import Attempt, Job, Run
from app.store.workers import WorkerInfo, beat
from app.views.runs import waits
from app.views.runs.fill import run_detail
from trainer.config import parse_config
from trainer.errors import (
    CheckpointError,
    ConfigError,
    DataError,
    DivergedError,
    FieldProblem,
    JournalError,
)
from trainer.executors.base import ExitStatus
from trainer.failures import failure

VANISHED = of_process(ExitStatus(None, 9), None, shutdown=False)
NO_MEMORY = (State.FAILED, Reason("OutOfMemory", "Out of memory.", "Take a smaller optim.batch_size."))
AGAIN: dict[str, Ending] = {"vanished": VANISHED, "lease": of_lease(None)}
FOR_GOOD = [DivergedError("Not finite."), DataError("No image."), TypeError("?"), JournalError("Damaged."),
            CheckpointError("Another configuration."), OSError(28, "No space left"),
            ConfigError([FieldProblem("device", "none")])]  # fmt: skip


def launch(db: Database, stage: str = "none", seed: int = 0, **options: Any) -> int:
    config = parse_config({"seed": seed, "second_stage": {"name": stage}})
    with db.write() as s:
        return queue.enqueue(s, config, "run", source="images", **options).id


def claim(db: Database, idle: bool = True) -> int | None:
    with db.write() as s:
        run = queue.claim(s, "w1", idle=idle)
        return run.id if run else None


def ends(db: Database, ending: Ending, retries: Retries = Retries(), run_id: int = 1) -> None:  # noqa: B008 (frozen)
    with db.write() as s:
        end(s, get_run(s, run_id), ending, retries)


def wait_out(db: Database) -> None:
    """The pause is over."""
    with db.write() as s:
        s.execute(update(Job).where(Job.not_before.is_not(None)).values(not_before=ahead(-0.001)))


def fetch(db: Database, run_id: int = 1) -> Run:
    with db.read() as s:
        return get_run(s, run_id)


def attempts(db: Database, run_id: int = 1) -> list[tuple[int, str | None]]:
    with db.read() as s:
        return [(one.attempt, one.ended) for one in attempts_of(s, run_id)]


def reasons(db: Database, run_id: int = 1) -> list[str]:
    """Of the moves that have one."""
    with db.read() as s:
        told: list[Mapping[str, Any]] = [event.payload for event in events_after(s, 0, run_id)]
    return [move["reason"] for move in told if move["reason"]]


def waits_for(db: Database, run_id: int = 1) -> str | None:
    with db.read() as s:
        return run_detail(s, run_id).waits_for


def act(db: Database, action: str, run_id: int = 1) -> None:
    with db.write() as s:
        actions.act(s, get_run(s, run_id), action)


@pytest.fixture
def _alive(db: Database) -> None:
    with db.write() as s:
        beat(s, WorkerInfo("w1", 1, "desk", 2, 1, ("cpu",)))


def test_pauses_grow_up_to_five_minutes() -> None:
    assert [Retries(first_seconds=5).pause(retried) for retried in range(6)] == [5, 30, 180, 300, 300, 300]
    assert Retries(first_seconds=300).pause(99) == 300
    assert Retries(first_seconds=0).pause(99) == 0


@pytest.mark.parametrize("ending", AGAIN.values(), ids=AGAIN)
def test_a_lost_run_is_tried_three_times_and_then_stays_crashed(db: Database, ending: Ending) -> None:
    launch(db)
    for attempt, pause in ((1, "5 s"), (2, "30 s")):
        assert claim(db) == 1
        ends(db, ending)
        assert (fetch(db).state, fetch(db).error, fetch(db).finished_at) == ("queued", None, None)
        assert reasons(db)[-1].endswith(f"; tried again in {pause} (attempt {attempt + 1} of 3).")
        assert reasons(db)[-1].startswith("Crashed: The ")
        assert claim(db) is None
        wait_out(db)
    assert claim(db) == 1
    assert fetch(db).not_before is None
    ends(db, ending)
    assert (fetch(db).state, (fetch(db).error or {})["type"]) == ("crashed", ending[1] and ending[1].type)
    assert (fetch(db).error or {})["message"].endswith(" It was tried 3 times.")
    assert claim(db) is None
    assert attempts(db) == [(1, "crashed"), (2, "crashed"), (3, "crashed")]


def test_a_pause_lasts_as_long_as_is_said(db: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    launch(db)
    claim(db)
    ends(db, VANISHED, Retries(first_seconds=100))
    for seconds, found in ((99, None), (101, 1)):
        with monkeypatch.context() as later:
            later.setattr(waiting, "now", lambda seconds=seconds: ahead(seconds))
            assert claim(db) == found


@pytest.mark.usefixtures("_alive")
def test_its_page_says_when_and_others_pass_it_by(db: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    launch(db)
    claim(db)
    ends(db, VANISHED, Retries(first_seconds=25, most_attempts=4))
    ended = datetime.fromisoformat(fetch(db).queued_at)
    since = lambda moment: (datetime.fromisoformat(moment) - ended).total_seconds()  # noqa: E731
    monkeypatch.setattr(waits, "seconds_until", since)
    assert waits_for(db) == "Tries again in 25 s (attempt 2 of 4)."
    other = launch(db, seed=1)
    assert waits_for(db, other) == "Number 1 in the queue."
    with db.read() as s:
        view = run_detail(s, 1)
    assert (view.not_before, view.max_attempts) == (fetch(db).not_before, 4)
    assert view.moves == ("cancel", "retry", "delete")
    [told] = view.attempts
    assert (told.attempt, told.worker_id, told.host) == (1, "w1", "desk")
    assert (told.ended, told.epoch) == ("crashed", 0)
    assert told.reason == "The training process vanished (killed by SIGKILL)."
    assert (told.ended_at or "") >= told.started_at
    assert claim(db) == other
    wait_out(db)
    assert waits_for(db) == "Number 1 in the queue."


def test_without_a_worker_it_says_so_first(db: Database) -> None:
    launch(db)
    claim(db)
    ends(db, VANISHED)
    assert "No worker is alive" in (waits_for(db) or "")


@pytest.mark.parametrize("error", FOR_GOOD, ids=lambda error: type(error).__name__)
def test_what_would_come_again_is_not_tried_again(db: Database, error: Exception) -> None:
    told = failure(error)
    launch(db)
    claim(db)
    ends(db, (State.FAILED, Reason(told.error_type, told.message, told.hint)))
    assert (fetch(db).state, (fetch(db).error or {})["message"]) == ("failed", told.message)
    assert attempts(db) == [(1, "failed")]


@pytest.mark.usefixtures("_alive")
def test_a_run_without_memory_is_tried_once_more_with_a_worker_to_itself(db: Database) -> None:
    launch(db)
    claim(db)
    ends(db, NO_MEMORY)
    assert (fetch(db).state, attempts(db)) == ("queued", [(1, "failed")])
    assert reasons(db) == ["Failed: Out of memory; tried again in 5 s (attempt 2 of 3). It gets a worker to "
                           "itself. Take a smaller optim.batch_size."]  # fmt: skip
    with db.read() as s:
        assert run_detail(s, 1).attempts[0].hint == "Take a smaller optim.batch_size."
    behind = launch(db, seed=1)
    wait_out(db)
    assert waits_for(db) == "Number 1 in the queue. Memory ran out, so it gets a worker to itself."
    assert claim(db, idle=False) is None, "a busy worker takes none that stands behind it"
    assert [claim(db), claim(db, idle=False)] == [1, behind]
    ends(db, NO_MEMORY)
    assert fetch(db).state == "failed"
    assert (fetch(db).error or {})["hint"] == "Take a smaller optim.batch_size."
    assert attempts(db) == [(1, "failed"), (2, "failed")]
    act(db, "retry")
    assert (fetch(db).alone, fetch(db).retried) == (False, 0)


def test_a_retry_by_hand_begins_to_count_anew(db: Database) -> None:
    launch(db)
    for _ in range(2):
        for _ in range(3):
            wait_out(db)
            assert claim(db) == 1
            assert fetch(db).state == "running"
            ends(db, VANISHED)
        assert (fetch(db).state, fetch(db).retried) == ("crashed", 2)
        act(db, "retry")
        assert (fetch(db).state, fetch(db).retried, fetch(db).not_before) == ("queued", 0, None)
    assert attempts(db) == [(number, "crashed") for number in range(1, 7)]


@pytest.mark.parametrize(("own", "installation", "tried"), [(1, 3, 1), (2, 5, 2), (None, 1, 1), (None, 4, 4)])
def test_the_runs_own_number_of_attempts_goes_first(
    db: Database, own: int | None, installation: int, tried: int
) -> None:
    launch(db, limits=Limits(max_attempts=own))
    while claim(db):
        ends(db, VANISHED, Retries(installation, first_seconds=0))
    assert (fetch(db).state, len(attempts(db))) == ("crashed", tried)


def test_a_worker_that_is_asked_to_end_costs_no_attempt(db: Database) -> None:
    launch(db, limits=Limits(max_attempts=1))
    for _ in range(5):
        claim(db)
        ends(db, of_shutdown())
        assert (fetch(db).state, fetch(db).retried, fetch(db).not_before) == ("queued", 0, None)
    claim(db)
    ends(db, (State.COMPLETED, None))
    assert attempts(db) == [*((number, "queued") for number in range(1, 6)), (6, "completed")]


@pytest.mark.parametrize("asked", [State.CANCELED, State.PAUSED])
def test_who_asked_a_lost_run_to_stop_gets_that(db: Database, asked: State) -> None:
    """Its worker was lost before it heard of it."""
    launch(db)
    claim(db)
    with db.write() as s:
        queue.request_stop(s, get_run(s, 1), asked)
    ends(db, of_lease(asked_of(fetch(db))))
    assert (fetch(db).state, attempts(db)) == (asked, [(1, str(asked))])


def test_a_failure_of_a_run_that_was_to_stop_is_not_tried_again(db: Database) -> None:
    launch(db)
    claim(db)
    with db.write() as s:
        queue.request_stop(s, get_run(s, 1), State.CANCELED)
    ends(db, NO_MEMORY)
    assert fetch(db).state == "failed"


def test_a_run_that_waits_for_its_next_attempt_is_tried_at_once_where_that_is_asked_for(db: Database) -> None:
    launch(db)
    claim(db)
    ends(db, VANISHED)
    assert claim(db) is None
    act(db, "retry")
    assert (fetch(db).state, fetch(db).not_before, fetch(db).retried) == ("queued", None, 1)
    with pytest.raises(IllegalMoveError):
        act(db, "retry")
    assert claim(db) == 1
    ends(db, VANISHED)
    assert reasons(db)[-1].endswith("; tried again in 30 s (attempt 3 of 3).")


def test_a_run_that_waits_for_its_next_attempt_can_be_canceled(db: Database) -> None:
    launch(db)
    claim(db)
    ends(db, VANISHED)
    act(db, "cancel")
    assert (fetch(db).state, fetch(db).not_before) == ("canceled", None)
    act(db, "retry")
    assert claim(db) == 1


def test_what_trains_upon_it_waits_for_its_next_attempt(db: Database) -> None:
    second = launch(db, "crt")
    first = fetch(db, second).first_stage_id or 0
    for _ in range(2):
        assert claim(db) == first
        ends(db, VANISHED, Retries(first_seconds=0), first)
        assert fetch(db, second).state == "queued"
    assert reasons(db, second) == [f"Run {first}, its first stage, is queued."] * 2
    assert "its first stage, which is queued" in (waits_for(db, second) or "")
    assert claim(db) == first
    ends(db, VANISHED, Retries(first_seconds=0), first)
    assert (fetch(db, first).state, fetch(db, second).state) == ("crashed", "failed")


def test_attempts_go_with_their_run(db: Database, settings: Settings) -> None:
    for seed in (0, 1):
        launch(db, seed=seed)
        claim(db)
        ends(db, (State.COMPLETED, None), run_id=seed + 1)
    delete_run(db, settings, 1)
    with db.read() as s:
        assert list(s.execute(select(Attempt.run_id, func.count()).group_by(Attempt.run_id))) == [(2, 1)]


def test_an_attempt_from_before_attempts_were_kept_is_not_made_up(db: Database) -> None:
    """It was under way when the board got its new version."""
    launch(db)
    claim(db)
    with db.write() as s:
        s.execute(Attempt.__table__.delete())  # type: ignore[attr-defined]
    ends(db, VANISHED, Retries(first_seconds=0))
    assert attempts(db) == []
    claim(db)
    assert attempts(db) == [(2, None)]
