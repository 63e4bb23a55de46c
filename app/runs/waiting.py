"""What keeps a queued run from being due: its first stage, a pause. For who is first see app.runs.order."""

from collections.abc import Sequence
from functools import cache

from sqlalchemy import ColumnElement, and_, exists, or_, select
from sqlalchemy.orm import Session, aliased

from app.lifecycle import State
from app.store.clock import now
from app.store.tables import Job


def is_due() -> ColumnElement[bool]:
    """Whether a run may be claimed once it is queued: no first stage keeps it, and no pause."""
    return and_(_has_what_it_trains_upon(), or_(Job.not_before.is_(None), Job.not_before <= now()))


def pauses(state: str, not_before: str | None) -> bool:
    """Whether a job waits for the moment at which it is tried again by itself."""
    return state == State.QUEUED and not_before is not None and not_before > now()


def _has_what_it_trains_upon() -> ColumnElement[bool]:
    first = _first_stage()
    is_done = exists().where(first.id == Job.first_stage_id, first.state == State.COMPLETED)
    return or_(Job.first_stage_id.is_(None), is_done)


def awaited(s: Session, run_ids: Sequence[int]) -> dict[int, tuple[int, str | None]]:
    """(its first stage, that one's state) of each queued run of these that waits for it; in one query.

    The state is None where somebody has taken the run out of the database by hand.
    """
    first = aliased(Job)
    query = (
        select(Job.id, Job.first_stage_id, first.state)
        .outerjoin(first, first.id == Job.first_stage_id)
        .where(Job.id.in_(run_ids), Job.state == State.QUEUED, ~_has_what_it_trains_upon())
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
