"""The queue is the runs table: enter it, claim from it, renew a claim, and every move between states.

A claim is one conditional UPDATE that counts `attempt` up; the worker's heartbeat changes its lease, and a
claim whose lease stays the same for LEASE_SECONDS is lost. Nobody compares a lease with a clock: who judges,
watches (app.runs.reaper). Whoever acts for a run names its attempt: an older one finds nothing to act on.
What a claim's end means for the run (journal, reasons) is up to app.worker.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import and_, func, insert, select, update
from sqlalchemy.orm import Session

from app.errors import ConflictError
from app.lifecycle import ENDED, State, check_move
from app.store import workers
from app.store.clock import ahead, now
from app.store.runs import plain_tags
from app.store.tables import Event, Run, Tag
from trainer.config import RunConfig, as_json, config_hash, setting_hash
from trainer.stages import epochs_of

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


@dataclass(frozen=True)
class Draft:
    """A run before it is queued: all that takes time to make, so that the write lock is held shortly."""

    row: Mapping[str, Any]
    tags: tuple[str, ...]


def drafted(
    config: RunConfig,
    name: str,
    tags: Iterable[str] = (),
    notes: str = "",
    priority: int = 0,
    source: str | None = None,
) -> Draft:
    """A run of `config`.

    source: which images its data set is to hold whenever it is trained; None for those of its first start.
    """
    row = {
        "name": name,
        "notes": notes,
        "priority": priority,
        "config": as_json(config),
        "config_hash": config_hash(config),
        "setting_hash": setting_hash(config),
        "dataset": config.data.dataset,
        "source": source,
        "epochs": epochs_of(config),
    }
    return Draft(row, plain_tags(tags))


def enqueue_all(s: Session, drafts: Sequence[Draft], sweep_id: int | None = None) -> list[int]:
    """Put these runs into the queue, on their own or for a sweep; returns their ids, in this order."""
    if not drafts:
        return []
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
    return ids


def enqueue(
    s: Session,
    config: RunConfig,
    name: str,
    tags: Iterable[str] = (),
    notes: str = "",
    priority: int = 0,
    source: str | None = None,
) -> Run:
    """Put a new run into the queue, as `drafted` makes it."""
    [run_id] = enqueue_all(s, [drafted(config, name, tags, notes, priority, source)])
    return s.get_one(Run, run_id)


def claim(s: Session, worker_id: str, lease_seconds: float = LEASE_SECONDS) -> Run | None:
    """Take the queued run of the highest priority, then lowest id, for this worker; None where none waits."""
    first = select(Run.id).where(Run.state == State.QUEUED).order_by(Run.priority.desc(), Run.id).limit(1)
    taken = (
        update(Run)
        .where(Run.id == first.scalar_subquery(), Run.state == State.QUEUED)
        .values(
            state=State.RUNNING,
            worker_id=worker_id,
            lease_expires_at=ahead(lease_seconds),
            attempt=Run.attempt + 1,
            stop_requested=None,
            started_at=func.coalesce(Run.started_at, now()),
        )
        .returning(Run)
        .execution_options(synchronize_session=False, populate_existing=True)
    )
    run = s.scalar(taken)
    if run is not None:
        _announce(s, run.id, State.QUEUED, State.RUNNING)
    return run


def renew(s: Session, worker_id: str, run_ids: Iterable[int], lease_seconds: float = LEASE_SECONDS) -> None:
    """Change the leases that this worker holds; a run that is no longer its own is left alone."""
    mine = and_(Run.worker_id == worker_id, Run.state == State.RUNNING, Run.id.in_(tuple(run_ids)))
    s.execute(update(Run).where(mine).values(lease_expires_at=ahead(lease_seconds)))


def held(s: Session, worker_id: str, attempts: Mapping[int, int]) -> dict[int, State | None]:
    """Those of the attempts ({run id: attempt}) that still are this worker's, each with its stop request."""
    query = select(Run.id, Run.attempt, Run.stop_requested).where(
        Run.worker_id == worker_id, Run.state == State.RUNNING, Run.id.in_(tuple(attempts))
    )
    return {
        run_id: State(stop) if stop else None
        for run_id, attempt, stop in s.execute(query)
        if attempts[run_id] == attempt
    }


def leases(s: Session) -> list[tuple[int, int, str | None]]:
    """(run id, attempt, lease) of every running run; a lease is None once it was withdrawn."""
    query = select(Run.id, Run.attempt, Run.lease_expires_at).where(Run.state == State.RUNNING)
    return [(run_id, attempt, lease) for run_id, attempt, lease in s.execute(query.order_by(Run.id))]


def withdraw(s: Session, run_id: int, attempt: int) -> None:
    """Take a running attempt's lease away: a worker that lives renews it with its next heartbeat."""
    claim = (Run.id == run_id, Run.attempt == attempt, Run.state == State.RUNNING)
    s.execute(update(Run).where(*claim).values(lease_expires_at=None))


def move(s: Session, run: Run, state: State, error: Reason | None = None) -> None:
    """Change the run's state and write the change into its events. Raises IllegalMoveError."""
    check_move(State(run.state), state)
    _change(s, run, state, error)


def give_back(s: Session, run: Run, reason: Reason) -> None:
    """Put a run that could not be carried out, through no fault of its own, back into the queue, saying why.

    Only its worker may; people cannot queue what is running.
    """
    _change(s, run, State.QUEUED, reason)


def _change(s: Session, run: Run, state: State, error: Reason | None) -> None:
    before = State(run.state)
    run.state = state
    run.worker_id = run.lease_expires_at = run.stop_requested = run.batch = None
    run.error = error.as_json() if error and state is not State.QUEUED else None
    run.finished_at = now() if state in ENDED else None
    if state is State.QUEUED:
        run.queued_at, run.archived_at = now(), None
    _announce(s, run.id, before, state, error)


def request_stop(s: Session, run: Run, state: State) -> None:
    """Have the run end as `state` (canceled or paused): at once, or, while it trains, by its worker.

    Raises IllegalMoveError where the run cannot become that.
    """
    check_move(State(run.state), state)
    if run.state == State.RUNNING:
        run.stop_requested = state
    else:
        move(s, run, state)


def requeue(s: Session, run: Run) -> None:
    """Resume or retry: back into the queue, to go on after the last finished epoch.

    Raises IllegalMoveError for a run that is queued, running or completed.
    """
    move(s, run, State.QUEUED)


def archive(run: Run) -> None:
    """Hide the run from lists. Raises ConflictError while it waits or runs."""
    if run.state in (State.QUEUED, State.RUNNING):
        raise ConflictError(f"Run {run.id} is {run.state} and cannot be archived.", "Cancel it first.")
    run.archived_at = run.archived_at or now()


def restore(run: Run) -> None:
    """Undo `archive`; a run that is not archived stays as it is."""
    run.archived_at = None


def places_in_queue(s: Session, run_ids: Sequence[int]) -> dict[int, int]:
    """The place of each of these runs that is queued, 1 for the one that is claimed next; in one query."""
    order = func.row_number().over(order_by=(Run.priority.desc(), Run.id))
    queued = select(Run.id, order.label("place")).where(Run.state == State.QUEUED).subquery()
    query = select(queued.c.id, queued.c.place).where(queued.c.id.in_(run_ids))
    return dict(s.execute(query).all())


def queue_counts(s: Session) -> tuple[int, int, int]:
    """(running runs, queued runs, living workers)."""
    query = select(Run.state, func.count()).where(Run.state.in_((State.RUNNING, State.QUEUED)))
    counts: dict[str, int] = dict(s.execute(query.group_by(Run.state)).all())
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
