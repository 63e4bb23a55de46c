"""In which order queued jobs are claimed: by priority, then turn by turn.

Within a priority, turns go round among lanes: each sweep is one, and all that no sweep launched is one
together. The next turn is that of the lane whose last one is longest ago; of lanes that had none yet, of that
whose first job has waited longest. Within a lane jobs come in the order in which they were queued, or into
which they were put by hand (app.runs.by_hand). Whose first stage is not done has no place: whoever is behind
passes. A worker sees the queue of what it can carry out.

What `first_of` gives, claim after claim, is what `places` tells beforehand.
"""

from collections import Counter
from collections.abc import Collection, Sequence
from functools import cache
from typing import Any

from sqlalchemy import ColumnElement, ScalarSelect, Select, Subquery, and_, func, select
from sqlalchemy.orm import Session, aliased

from app.lifecycle import State
from app.requirements import Requirements
from app.runs.waiting import is_due
from app.store.engine import plain_rows
from app.store.tables import Job


def required_now(s: Session) -> Sequence[dict[str, Any]]:
    """What the queued jobs require, each distinct requirement once."""
    return s.scalars(select(Job.requirements).where(Job.state == State.QUEUED).distinct()).all()


def first_of(
    required: Collection[Requirements], within_reach: ColumnElement[bool] | None = None
) -> Select[int]:
    """The id of the job claimed next, of those with one of these requirements, and within reach.

    The first of each lane is looked up in the index, so that a long queue costs little more than a short one.
    """
    waiting = _kinds(_waits(required))
    same = and_(*(getattr(Job, name) == column for name, column in waiting.c.items()))
    head = select(Job.id).where(Job.state == State.QUEUED, same, is_due()).order_by(Job.position, Job.id)
    if within_reach is not None:
        head = head.where(within_reach)
    head = head.limit(1).with_for_update(of=Job, skip_locked=True)
    job = _claimed()
    return (
        select(job.id)
        .join_from(waiting, job, job.id == head.correlate(waiting).scalar_subquery())
        .order_by(job.priority.desc(), _last_turn(waiting), job.position, job.id)
        .limit(1)
        .with_for_update(of=job, skip_locked=True)
    )


@cache
def _claimed() -> type[Job]:
    """Made once, as it takes long."""
    return aliased(Job)


def places(
    s: Session, required: Collection[Requirements], within_reach: ColumnElement[bool] | None = None
) -> dict[int, int]:
    """Id -> place, from 1, of every queued job that is due, has one of these requirements and is within
    reach, in order.
    """
    waiting = select(Job.id, Job.priority, Job.lane, Job.position).where(_waits(required), is_due())
    if within_reach is not None:
        waiting = waiting.where(within_reach)
    turns = {(priority, lane): turn for priority, lane, turn in plain_rows(s, _last_turns())}
    lengths: Counter[tuple[int, int]] = Counter()
    heads: dict[tuple[int, int], int] = {}
    line = []
    for job_id, priority, lane, position in plain_rows(s, waiting.order_by(Job.position, Job.id)):
        own = (priority, lane)
        line.append((-priority, lengths[own], turns[own], heads.setdefault(own, position), job_id))
        lengths[own] += 1
    return {job[-1]: place for place, job in enumerate(sorted(line), start=1)}


def _last_turns() -> Select[int, int, int]:
    lanes = _kinds(Job.state == State.QUEUED)
    return select(lanes.c.priority, lanes.c.lane, _last_turn(lanes)).distinct()


def _kinds(condition: ColumnElement[bool]) -> Subquery:
    """Each distinct priority, lane and requirement of these jobs."""
    return select(Job.priority, Job.lane, Job.requirements).where(condition).distinct().subquery("kinds")


def _waits(required: Collection[Requirements]) -> ColumnElement[bool]:
    return and_(Job.state == State.QUEUED, Job.requirements.in_(required))


def _last_turn(lanes: Subquery) -> ScalarSelect[int]:
    """When the lane was claimed from last."""
    query = select(func.max(Job.turn)).where(Job.lane == lanes.c.lane, Job.priority == lanes.c.priority)
    return query.correlate(lanes).scalar_subquery()
