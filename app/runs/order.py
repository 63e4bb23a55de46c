"""In which order queued jobs are claimed: by priority, then turn by turn.

Within a priority, turns go round among lanes: each sweep is one, and all that no sweep launched is one
together. The next turn is that of the lane whose last one is longest ago; of lanes that had none yet, of that
whose first job has waited longest. Within a lane jobs come in the order in which they were queued, or into
which they were put by hand (app.runs.by_hand). Whose first stage is not done has no place: whoever is behind
passes. A worker sees the queue of what it can carry out.

What `first_of` gives, claim after claim, is what `places` tells beforehand.
"""

from collections.abc import Collection, Sequence
from typing import Any

from sqlalchemy import ColumnElement, ScalarSelect, Select, Subquery, and_, func, select
from sqlalchemy.orm import Session, aliased

from app.lifecycle import State
from app.runs.waiting import is_due
from app.store.requirements import Requirements
from app.store.tables import Job


def required_now(s: Session) -> Sequence[dict[str, Any]]:
    """What the queued jobs require, each distinct requirement once."""
    return s.scalars(select(Job.requirements).where(Job.state == State.QUEUED).distinct()).all()


def first_of(required: Collection[Requirements]) -> Select[int]:
    """The id of the job claimed next, of those with one of these requirements.

    The first of each lane is looked up in the index, so that a long queue costs little more than a short one.
    """
    kinds = (Job.priority, Job.lane, Job.requirements)
    waiting = select(*kinds).where(_waits(required)).distinct().subquery("waiting")
    same = and_(*(column == waiting.c[column.key] for column in kinds))
    head = select(Job.id).where(Job.state == State.QUEUED, same, is_due()).order_by(Job.position, Job.id)
    job = aliased(Job)
    return (
        select(job.id)
        .join_from(waiting, job, job.id == head.limit(1).correlate(waiting).scalar_subquery())
        .order_by(job.priority.desc(), _last_turn(waiting), job.position, job.id)
        .limit(1)
    )


def places(s: Session, required: Collection[Requirements]) -> dict[int, int]:
    """Id -> place of every queued job that is due and has one of these requirements; 1 is claimed next."""
    lane = (Job.priority, Job.lane)
    due = select(
        Job.id,
        *lane,
        func.row_number().over(partition_by=lane, order_by=(Job.position, Job.id)).label("round"),
        func.min(Job.position).over(partition_by=lane).label("head"),
    )
    jobs = due.where(_waits(required), is_due()).subquery("jobs")
    lanes = select(*lane).where(Job.state == State.QUEUED).distinct().subquery("lanes")
    turns = select(lanes, _last_turn(lanes).label("turn")).subquery("turns")
    query = (
        select(jobs.c.id)
        .join_from(jobs, turns, and_(jobs.c.priority == turns.c.priority, jobs.c.lane == turns.c.lane))
        .order_by(jobs.c.priority.desc(), jobs.c.round, turns.c.turn, jobs.c.head, jobs.c.id)
    )
    return {job_id: place for place, job_id in enumerate(s.scalars(query), start=1)}


def _waits(required: Collection[Requirements]) -> ColumnElement[bool]:
    return and_(Job.state == State.QUEUED, Job.requirements.in_(required))


def _last_turn(lanes: Subquery) -> ScalarSelect[int]:
    """When the lane was claimed from last."""
    query = select(func.max(Job.turn)).where(Job.lane == lanes.c.lane, Job.priority == lanes.c.priority)
    return query.correlate(lanes).scalar_subquery()
