"""What keeps a queued run from being claimed: those before it, the first stage it trains upon, a pause."""

from collections.abc import Sequence

from sqlalchemy import ColumnElement, and_, exists, func, or_, select
from sqlalchemy.orm import Session, aliased

from app.lifecycle import State
from app.store.clock import now
from app.store.tables import Job


def is_due() -> ColumnElement[bool]:
    """Whether a run may be claimed once it is queued: no first stage keeps it, and no pause."""
    return and_(_has_what_it_trains_upon(), or_(Job.not_before.is_(None), Job.not_before <= now()))


def _has_what_it_trains_upon() -> ColumnElement[bool]:
    first = aliased(Job)
    is_done = exists().where(first.id == Job.first_stage_id, first.state == State.COMPLETED)
    return or_(Job.first_stage_id.is_(None), is_done)


def places_in_queue(s: Session, run_ids: Sequence[int]) -> dict[int, int]:
    """The place of each of these runs that is queued and due, 1 for the one claimed next; in one query.

    Runs that wait for their first stage or for their next attempt have none: whoever is behind them passes.
    """
    order = func.row_number().over(order_by=(Job.priority.desc(), Job.id))
    due = select(Job.id, order.label("place")).where(Job.state == State.QUEUED, is_due()).subquery()
    query = select(due.c.id, due.c.place).where(due.c.id.in_(run_ids))
    return dict(s.execute(query).all())


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


def those_behind(s: Session, run_id: int) -> Sequence[Job]:
    """The queued runs that wait for this one, oldest first."""
    query = select(Job).where(Job.first_stage_id == run_id, Job.state == State.QUEUED)
    return s.scalars(query.order_by(Job.id)).all()
