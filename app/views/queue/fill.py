"""Fills the view of the queue from the store."""

from collections.abc import Collection, Sequence

from sqlalchemy import func, select
from sqlalchemy.orm import Session, defer

from app.lifecycle import State
from app.runs.places import places_now
from app.store.tables import Job
from app.urls import job_page
from app.views.base import same_named
from app.views.queue.view import QueuedJob, QueueOrder
from app.views.runs.view import Requirements
from app.views.runs.waits import waits
from app.views.system.fill import job_line

_UNSEEN = tuple(defer(column) for column in (Job.config, Job.started, Job.batch, Job.last, Job.best))


def queue_order(session: Session, limit: int) -> QueueOrder:
    """What runs, and the first `limit` jobs that wait; those without a place come last."""
    places = places_now(session)
    first = list(places)[:limit]
    found = {job.id: job for job in session.scalars(select(Job).where(Job.id.in_(first)).options(*_UNSEEN))}
    rest = _without_place(session, places, limit - len(first))
    running = select(Job).where(Job.state == State.RUNNING).options(*_UNSEEN).order_by(Job.id)
    waiting = (Job.state == State.QUEUED,)
    return QueueOrder(
        running=tuple(map(job_line, session.scalars(running))),
        items=_lines(session, [*(found[job_id] for job_id in first), *rest], places),
        placed=len(places),
        total=session.scalar(select(func.count()).select_from(Job).where(*waiting)) or 0,
    )


def queued_job(session: Session, job: Job) -> QueuedJob:
    """The line of one job."""
    return _lines(session, [job], places_now(session))[0]


def _lines(session: Session, jobs: Sequence[Job], places: dict[int, int]) -> tuple[QueuedJob, ...]:
    why = waits(session, jobs)
    return tuple(
        QueuedJob(
            **same_named(QueuedJob, job)
            | {"requirements": Requirements.model_validate(job.requirements)}
            | {"place": places.get(job.id), "waits_for": why.get(job.id), "page": job_page(job.kind, job.id)}
        )
        for job in jobs
    )


def _without_place(session: Session, places: Collection[int], limit: int) -> Sequence[Job]:
    """Queued jobs that wait for something else, in the order of their priority and age."""
    if limit <= 0:
        return ()
    waiting = select(Job.id).where(Job.state == State.QUEUED).order_by(Job.priority.desc(), Job.position)
    ids = [job_id for job_id in session.scalars(waiting) if job_id not in places][:limit]
    found = {job.id: job for job in session.scalars(select(Job).where(Job.id.in_(ids)).options(*_UNSEEN))}
    return [found[job_id] for job_id in ids]
