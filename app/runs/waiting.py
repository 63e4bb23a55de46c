"""What keeps a queued run from being due: its first stage. Which due one comes first: app.runs.order."""

from collections.abc import Sequence
from functools import cache

from sqlalchemy import ColumnElement, exists, or_, select
from sqlalchemy.orm import Session, aliased

from app.lifecycle import State
from app.store.tables import Job


def is_due() -> ColumnElement[bool]:
    """Whether a run may be claimed once it is queued: it has no first stage, or one that is completed."""
    first = _first_stage()
    is_done = exists().where(first.id == Job.first_stage_id, first.state == State.COMPLETED)
    return or_(Job.first_stage_id.is_(None), is_done)


def awaited(s: Session, run_ids: Sequence[int]) -> dict[int, tuple[int, str | None]]:
    """(its first stage, that one's state) of each of these runs that is queued and not due; in one query.

    The state is None where somebody has taken the run out of the database by hand.
    """
    first = aliased(Job)
    query = (
        select(Job.id, Job.first_stage_id, first.state)
        .outerjoin(first, first.id == Job.first_stage_id)
        .where(Job.id.in_(run_ids), Job.state == State.QUEUED, ~is_due())
    )
    return {run_id: (first_id, state) for run_id, first_id, state in s.execute(query) if first_id is not None}


@cache
def _first_stage() -> type[Job]:
    """Made once: a claim takes longer to write than to carry out."""
    return aliased(Job)


def those_behind(s: Session, run_id: int) -> Sequence[Job]:
    """The queued runs that wait for this one, oldest first."""
    query = select(Job).where(Job.first_stage_id == run_id, Job.state == State.QUEUED)
    return s.scalars(query.order_by(Job.id)).all()
