"""The queue is the runs table: enter it, claim from it, and every move between states.

A claim is one conditional UPDATE that counts `attempt` up, of whoever app.runs.order has first; the worker's
heartbeat changes its lease, and a claim whose lease stays the same for LEASE_SECONDS is lost. Nobody compares
a lease with a clock: who judges, watches (app.runs.reaper). Whoever acts for a run names its attempt: an
older one finds nothing to act on. What a claim's end means (journal, reasons) is up to app.worker.

A run with a second stage trains upon another, its first stage. It waits in the queue until that one is
completed. Where that one fails, crashes or is canceled, what waits for it ends, too; a retry of either brings
both back. So what waits never waits for a run of which nothing more comes.
"""

from collections.abc import Collection, Iterable, Mapping, Sequence
from types import MappingProxyType

from sqlalchemy import delete, func, insert, literal, or_, select, update
from sqlalchemy.orm import Session

from app.lifecycle import ENDED, TO_RETRY, State, check_move
from app.requirements import Offer, Requirements
from app.runs.drafts import NO_LIMITS, Draft, Limits, drafted, store_beside
from app.runs.order import first_of, required_now
from app.runs.reasons import Reason, announce, state_event
from app.runs.waiting import pauses, those_behind
from app.store import attempts, files
from app.store.clock import ahead, now
from app.store.stages import relation, second_stages
from app.store.sweeps import reusable_runs
from app.store.tables import Event, Job, Run
from trainer.config import RunConfig

FIRST_STAGE = "FirstStage"
"""The type of the error of a run that ended because its first stage did."""
LEASE_SECONDS = 8.0
HEARTBEAT_SECONDS = 2.0
PLAIN = Offer()
"""Of a worker without a GPU and without labels."""


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
    common["lane"] = sweep_id or 0
    stored = insert(Run).returning(Run.id, sort_by_parameter_order=True)
    ids = list(s.scalars(stored, [{**draft.row, **common} for draft in drafts]))
    _stand_last(s, ids)
    store_beside(s, ids, drafts)
    s.execute(insert(Event), [state_event(run_id, None, State.QUEUED) for run_id in ids])
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


def enter(s: Session, job: Job) -> int:
    """Put a new job that is no training into the queue; returns its id."""
    moment = now()
    job.state, job.created_at, job.queued_at = State.QUEUED, moment, moment
    s.add(job)
    s.flush()
    _stand_last(s, [job.id])
    announce(s, job.id, None, State.QUEUED)
    return job.id


def _stand_last(s: Session, ids: Sequence[int]) -> None:
    own = update(Job).where(Job.id.in_(ids)).values(position=Job.id)
    s.execute(own.execution_options(synchronize_session=False))


def enqueue(
    s: Session,
    config: RunConfig,
    name: str,
    tags: Iterable[str] = (),
    notes: str = "",
    priority: int = 0,
    source: str | None = None,
    limits: Limits = NO_LIMITS,
    required: Requirements | None = None,
) -> Run:
    """Put a new run into the queue, as `drafted` makes it.

    It trains upon an equal run of its first stage where there is one, else a new one is queued before it.
    """
    draft = drafted(config, name, tags, notes, priority, source, limits, required)
    known = reusable_runs(s, {one.config_hash: source for one in draft.below})
    [run_id] = enqueue_all(s, [draft], first_stages=known)
    return s.get_one(Run, run_id)


def claim(
    s: Session,
    worker_id: str,
    lease_seconds: float = LEASE_SECONDS,
    offer: Offer = PLAIN,
    idle: bool = True,
    folder_id: str | None = None,
) -> Job | None:
    """Take the first job of the queue that a worker with this offer can carry out; None where none is.

    idle: whether the worker has no other run. A run that is to have it to itself is not passed by: until then
    a busy worker takes none. folder_id: its data folder, within reach of which a run must be.
    """
    fitting = [required for required in required_now(s) if offer.fits(required)]
    if not fitting:
        return None
    reach = files.within_reach(folder_id) if folder_id and files.others(s, folder_id) else None
    taken = (
        update(Job)
        .where(
            Job.id == first_of(fitting, reach).scalar_subquery(),
            Job.state == State.QUEUED,
            or_(literal(idle), ~Job.alone),
        )
        .values(
            state=State.RUNNING,
            worker_id=worker_id,
            lease_expires_at=ahead(lease_seconds),
            attempt=Job.attempt + 1,
            turn=select(func.max(Job.turn) + 1).correlate(None).scalar_subquery(),
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
        announce(s, run.id, State.QUEUED, State.RUNNING)
    return run


def move(s: Session, run: Job, state: State, error: Reason | None = None) -> None:
    """Change the run's state and write the change into its events. Raises IllegalMoveError."""
    check_move(State(run.state), state)
    _change(s, run, state, error)


def give_back(s: Session, run: Job, reason: Reason) -> None:
    """Put a run that could not be carried out, through no fault of its own, back into the queue, saying why.

    That is no failed attempt. Only its worker may; people cannot queue what is running. The turn that it took
    is given back with it.
    """
    run.turn = 0
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
    announce(s, run.id, before, state, error)
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
            announce(s, waiting.id, State.QUEUED, State.QUEUED, told)


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

    One that waits for its next attempt need not wait any longer; its attempts are counted on. What it trains
    upon comes along, unless that is done or paused, and what ended because this run did.
    Raises IllegalMoveError for a run that is queued, running or completed.
    """
    if pauses(run.state, run.not_before):
        run.not_before = None
        announce(s, run.id, State.QUEUED, State.QUEUED)
        return
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
