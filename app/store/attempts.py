"""Attempts at runs as rows: begun with a claim, ended with the first word about their end."""

from collections.abc import Sequence

from sqlalchemy import insert, select, update
from sqlalchemy.orm import Session

from app.store.clock import now
from app.store.tables import Attempt, Job, Worker


def begin(s: Session, job: Job) -> None:
    """Note the attempt that its worker has just claimed."""
    host = select(Worker.host).where(Worker.id == job.worker_id).scalar_subquery()
    told = {"run_id": job.id, "attempt": job.attempt, "worker_id": job.worker_id, "started_at": now()}
    s.execute(insert(Attempt).values(**told, host=host))


def close(s: Session, job: Job, ended: str, reason: str | None, hint: str | None) -> None:
    """Note how the attempt under way ended, unless that is known, or it began before any was kept."""
    under_way = (Attempt.run_id == job.id, Attempt.attempt == job.attempt, Attempt.ended.is_(None))
    told = {"ended": ended, "ended_at": now(), "reason": reason, "hint": hint, "epoch": job.epoch}
    s.execute(update(Attempt).where(*under_way).values(**told).execution_options(synchronize_session=False))


def attempts_of(s: Session, run_id: int) -> Sequence[Attempt]:
    """All attempts at the run that are known, the first one first."""
    return s.scalars(select(Attempt).where(Attempt.run_id == run_id).order_by(Attempt.attempt)).all()


def hosts_of(s: Session, run_ids: Sequence[int]) -> dict[int, str]:
    """By run, the host of its newest attempt, where that is known; in one query."""
    query = select(Attempt.run_id, Attempt.host).where(Attempt.run_id.in_(run_ids), Attempt.host.is_not(None))
    return {run_id: str(host) for run_id, host in s.execute(query.order_by(Attempt.run_id, Attempt.attempt))}
