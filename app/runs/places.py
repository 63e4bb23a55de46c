"""Which queued job stands at which place now, and how many there are, among the workers that are alive."""

from collections.abc import Iterable

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from app.lifecycle import State
from app.requirements import Requirements
from app.runs import order
from app.runs.queue import LEASE_SECONDS
from app.store import workers
from app.store.tables import Job, Worker


def alive(s: Session) -> list[Worker]:
    """The workers that are alive."""
    return workers.living(s, LEASE_SECONDS)


def able(among: Iterable[Worker], required: Requirements) -> list[Worker]:
    """Those of the workers that can carry out what requires that."""
    return [worker for worker in among if workers.offer_of(worker).fits(required)]


def places_now(s: Session) -> dict[int, int]:
    """Id -> place of what is due, the next one first.

    What no living worker can carry out has none; as long as none lives at all, every job has its place.
    """
    living, required = alive(s), order.required_now(s)
    return order.places(s, [one for one in required if not living or able(living, one)])


def queue_counts(s: Session) -> tuple[int, int, int]:
    """(running runs, queued runs, living workers)."""
    query = select(Job.state, func.count()).where(Job.state.in_((State.RUNNING, State.QUEUED)))
    counts: dict[str, int] = dict(s.execute(query.group_by(Job.state)).all())
    alive = workers.count_alive(s, LEASE_SECONDS)
    return counts.get(State.RUNNING, 0), counts.get(State.QUEUED, 0), alive
