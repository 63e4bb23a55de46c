"""The queue is the runs table: enter it, claim from it, and every move between states.

A claim is one conditional UPDATE that counts `attempt` up; the worker's heartbeat changes its lease, and a
claim whose lease stays the same for LEASE_SECONDS is lost. Nobody compares a lease with a clock: who judges,
watches (app.runs.reaper). Whoever acts for a run names its attempt: an older one finds nothing to act on.
What a claim's end means for the run (journal, reasons) is up to app.worker.

A run with a second stage trains upon another, its first stage. It waits in the queue until that one is
completed. Where that one fails, crashes or is canceled, what waits for it ends, too; a retry of either brings
both back. So what waits never waits for a run of which nothing more comes.
"""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any

from sqlalchemy import delete, func, insert, literal, or_, select, update
from sqlalchemy.orm import Session

from app.lifecycle import ENDED, TO_RETRY, State, check_move
from app.runs.drafts import NO_LIMITS, Draft, Limits, drafted
from app.runs.waiting import is_due, those_behind
from app.store import attempts, workers
from app.store.clock import ahead, now
from app.store.files import within_reach
from app.store.stages import relation, second_stages
from app.store.sweeps import reusable_runs
from app.store.tables import Event, Job, Run, Tag
from trainer.config import RunConfig

FIRST_STAGE = "FirstStage"
"""The type of the error of a run that ended because its first stage did."""
LEASE_SECONDS = 8.0
HEARTBEAT_SECONDS = 2.0


@dataclass(frozen=True)
class Reason:
    """Why a run failed, crashed or stopped; what the `error` column holds."""

    type: str
    message: str
    hint: str = ""
    traceback: str = ""

    def as_json(self) -> dict[str, Any]:
        """As stored."""
        return {"type": self.type, "message": self.message, "hint": self.hint, "traceback": self.traceback}


def enqueue_all(
    s: Session,
    drafts: Sequence[Draft],
    sweep_id: int | None = None,
    first_stages: Mapping[str, int] = MappingProxyType({}),
) -> list[int]:
    """Put these runs into the queue, on their own or for a sweep; returns their ids, in this order.

    first_stages: config_hash -> the run that is to be trained upon. A first stage that is neither there nor
    among the drafts is queued before them.
    """
    if not drafts:
        return []
    upon = {**first_stages, **_lacking_first_stages(s, drafts, first_stages)}
    moment = now()
    common = {"state": State.QUEUED, "sweep_id": sweep_id, "created_at": moment, "queued_at": moment}
    stored = insert(Run).returning(Run.id, sort_by_parameter_order=True)
    ids = list(s.scalars(stored, [{**draft.row, **common} for draft in drafts]))
    tags = [
        {"run_id": run_id, "tag": tag}
        for run_id, draft in zip(ids, drafts, strict=True)
        for tag in draft.tags
    ]
    if tags:
        s.execute(insert(Tag), tags)
    s.execute(insert(Event), [_state_event(run_id, None, State.QUEUED) for run_id in ids])
    upon |= {draft.config_hash: run_id for draft, run_id in zip(drafts, ids, strict=True)}
    links = [
        {"id": run_id, "first_stage_id": upon[draft.first_stage.config_hash]}
        for draft, run_id in zip(drafts, ids, strict=True)
        if draft.first_stage
    ]
    if links:
        s.execute(update(Run), links)
        _bring_back(s, {link["first_stage_id"] for link in links})
    return ids


def _lacking_first_stages(s: Session, drafts: Sequence[Draft], known: Mapping[str, int]) -> dict[str, int]:
    """config_hash -> the run that is queued now, of each first stage that is neither known nor a draft."""
    own = {draft.config_hash for draft in drafts}
    needed = {first.config_hash: first for draft in drafts if (first := draft.first_stage)}
    lacking = {digest: first for digest, first in needed.items() if digest not in known and digest not in own}
    return dict(zip(lacking, enqueue_all(s, list(lacking.values()), first_stages=known), strict=True))


def announce_queued(s: Session, job_id: int) -> None:
    """Write into its events that a new job waits."""
    _announce(s, job_id, None, State.QUEUED)


def enqueue(
    s: Session,
    config: RunConfig,
    name: str,
    tags: Iterable[str] = (),
    notes: str = "",
    priority: int = 0,
    source: str | None = None,
    limits: Limits = NO_LIMITS,
) -> Run:
    """Put a new run into the queue, as `drafted` makes it.

    It trains upon an equal run of its first stage where there is one, else a new one is queued before it.
    """
    draft = drafted(config, name, tags, notes, priority, source, limits)
    known = reusable_runs(s, {one.config_hash: source for one in draft.below})
    [run_id] = enqueue_all(s, [draft], first_stages=known)
    return s.get_one(Run, run_id)


def claim(
    s: Session,
    worker_id: str,
    lease_seconds: float = LEASE_SECONDS,
    idle: bool = True,
    folder_id: str | None = None,
) -> Job | None:
    """Take the queued run of the highest priority, then lowest id, for this worker; None where none is.

    idle: whether the worker has no other run. A run that is to have it to itself is not passed by: until then
    a busy worker takes none. folder_id: its data folder, within reach of which a run must be.
    """
    due = select(Job.id).where(Job.state == State.QUEUED, is_due())
    if folder_id is not None:
        due = due.where(within_reach(folder_id))
    first = due.order_by(Job.priority.desc(), Job.id).limit(1)
    taken = (
        update(Job)
        .where(Job.id == first.scalar_subquery(), Job.state == State.QUEUED, or_(literal(idle), ~Job.alone))
        .values(
            state=State.RUNNING,
            worker_id=worker_id,
            lease_expires_at=ahead(lease_seconds),
            attempt=Job.attempt + 1,
            stop_requested=None,
            not_before=None,
            started_at=func.coalesce(Job.started_at, now()),
        )
        .returning(Job)
        .execution_options(synchronize_session=False, populate_existing=True)
    )
    run = s.scalar(taken)
    if run is not None:
        attempts.begin(s, run)
        _announce(s, run.id, State.QUEUED, State.RUNNING)
    return run


def move(s: Session, run: Job, state: State, error: Reason | None = None) -> None:
    """Change the run's state and write the change into its events. Raises IllegalMoveError."""
    check_move(State(run.state), state)
    _change(s, run, state, error)


def give_back(s: Session, run: Job, reason: Reason) -> None:
    """Put a run that could not be carried out, through no fault of its own, back into the queue, saying why.

    That is no failed attempt. Only its worker may; people cannot queue what is running.
    """
    _change(s, run, State.QUEUED, reason)


def _change(s: Session, run: Job, state: State, error: Reason | None) -> None:
    before = State(run.state)
    if before is State.RUNNING:  # its progress is of no use any more
        attempts.close(s, run, state, *((error.message, error.hint) if error else (None, None)))
        s.execute(delete(Event).where(Event.run_id == run.id, Event.kind == "batch"))
    run.state = state
    run.worker_id = run.lease_expires_at = run.stop_requested = run.batch = run.not_before = None
    run.error = error.as_json() if error and state is not State.QUEUED else None
    run.finished_at = now() if state in ENDED else None
    if state is State.QUEUED:
        run.queued_at, run.archived_at = now(), None
        if before is not State.RUNNING:
            run.retried, run.alone = 0, False
    _announce(s, run.id, before, state, error)
    _tell_those_behind(s, run)


def _tell_those_behind(s: Session, run: Job) -> None:
    """What waits for this run ends with it, unless it goes on or is completed: then its events tell so."""
    state = State(run.state)
    is_over = state in TO_RETRY
    word = f"{'was' if state is State.CANCELED else 'is' if not is_over else ''} {state}".strip()
    for waiting in those_behind(s, run.id):
        message = f"Run {run.id}, {relation(waiting)}, {word}."
        told = Reason(FIRST_STAGE, message, "Retry either: both come along.")
        if is_over:
            _change(s, waiting, State.CANCELED if state is State.CANCELED else State.FAILED, told)
        else:
            _announce(s, waiting.id, State.QUEUED, State.QUEUED, told)


def request_stop(s: Session, run: Job, state: State) -> None:
    """Have the run end as `state` (canceled or paused): at once, or, while it trains, by its worker.

    Raises IllegalMoveError where the run cannot become that.
    """
    check_move(State(run.state), state)
    if run.state == State.RUNNING:
        run.stop_requested = state
    else:
        move(s, run, state)


def requeue(s: Session, run: Job) -> None:
    """Resume or retry: back into the queue, to go on after the last finished epoch, as often as at first.

    What it trains upon comes along, unless that is done or paused, and what ended because this run did.
    Raises IllegalMoveError for a run that is queued, running or completed.
    """
    move(s, run, State.QUEUED)
    if run.first_stage_id is not None:
        _bring_back(s, {run.first_stage_id})
    for second in second_stages(s, run.id):
        if second.state in TO_RETRY and (second.error or {}).get("type") == FIRST_STAGE:
            move(s, second, State.QUEUED)


def _bring_back(s: Session, run_ids: Collection[int]) -> None:
    """Queue those of these runs again that somebody trains upon and of which nothing more would come."""
    for run in s.scalars(select(Job).where(Job.id.in_(run_ids), Job.state.in_(TO_RETRY)).order_by(Job.id)):
        requeue(s, run)


def queue_counts(s: Session) -> tuple[int, int, int]:
    """(running runs, queued runs, living workers)."""
    query = select(Job.state, func.count()).where(Job.state.in_((State.RUNNING, State.QUEUED)))
    counts: dict[str, int] = dict(s.execute(query.group_by(Job.state)).all())
    alive = workers.count_alive(s, LEASE_SECONDS)
    return counts.get(State.RUNNING, 0), counts.get(State.QUEUED, 0), alive


def _announce(
    s: Session, run_id: int, before: State | None, after: State, reason: Reason | None = None
) -> None:
    s.add(Event(**_state_event(run_id, before, after, reason)))


def _state_event(
    run_id: int, before: State | None, after: State, reason: Reason | None = None
) -> dict[str, Any]:
    payload = {"from": before, "to": after, "reason": reason.message if reason else None}
    return {"run_id": run_id, "seq": None, "time": now(), "kind": "state", "payload": payload}
