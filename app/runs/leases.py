"""Claims while they last: a worker renews what it holds, a judge sees each lease and may withdraw it.

A claim is made by app.runs.queue, which also says how long a lease is.
"""

from collections.abc import Iterable, Mapping

from sqlalchemy import and_, select, update
from sqlalchemy.orm import Session

from app.lifecycle import State
from app.runs.queue import LEASE_SECONDS
from app.store.clock import ahead
from app.store.tables import Job


def renew(s: Session, worker_id: str, run_ids: Iterable[int], lease_seconds: float = LEASE_SECONDS) -> None:
    """Change the leases that this worker holds; a run that is no longer its own is left alone."""
    mine = and_(Job.worker_id == worker_id, Job.state == State.RUNNING, Job.id.in_(tuple(run_ids)))
    s.execute(update(Job).where(mine).values(lease_expires_at=ahead(lease_seconds)))


def held(s: Session, worker_id: str, attempts: Mapping[int, int]) -> dict[int, State | None]:
    """Those of the attempts ({run id: attempt}) that still are this worker's, each with its stop request."""
    query = select(Job.id, Job.attempt, Job.stop_requested).where(
        Job.worker_id == worker_id, Job.state == State.RUNNING, Job.id.in_(tuple(attempts))
    )
    return {
        run_id: State(stop) if stop else None
        for run_id, attempt, stop in s.execute(query)
        if attempts[run_id] == attempt
    }


def running(s: Session) -> list[tuple[int, int, str | None]]:
    """(run id, attempt, lease) of every running run; a lease is None once it was withdrawn."""
    query = select(Job.id, Job.attempt, Job.lease_expires_at).where(Job.state == State.RUNNING)
    return [(run_id, attempt, lease) for run_id, attempt, lease in s.execute(query.order_by(Job.id))]


def withdraw(s: Session, run_id: int, attempt: int) -> None:
    """Take a running attempt's lease away: a worker that lives renews it with its next heartbeat."""
    claim = (Job.id == run_id, Job.attempt == attempt, Job.state == State.RUNNING)
    s.execute(update(Job).where(*claim).values(lease_expires_at=None))
