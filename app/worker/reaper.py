"""Runs whose worker fell silent: their journal is read to its end, then they end, truthfully.

Web process and workers both do this, at any time; the database decides who was first.
"""

from app.lifecycle import State
from app.queue import expired, move
from app.settings import Settings
from app.store.clock import now
from app.store.engine import Database
from app.worker.endings import of_lease
from app.worker.ingest import LostClaimError, ingest, owned
from trainer.run_dir import RunDir


def reap(db: Database, settings: Settings) -> list[int]:
    """End every running run whose lease has run out; returns the ids of those that crashed.

    A run whose journal has an ending takes that state instead.
    """
    with db.read() as s:
        silent = expired(s)
    return [run_id for run_id, attempt in silent if _crash(db, settings, run_id, attempt)]


def _crash(db: Database, settings: Settings, run_id: int, attempt: int) -> bool:
    try:
        ingest(db, run_id, attempt, RunDir(settings.run_dir(run_id)))
        with db.write() as s:
            run = owned(s, run_id, attempt)
            if run.lease_expires_at is not None and run.lease_expires_at >= now():
                return False
            move(s, run, *of_lease())
            return run.state == State.CRASHED
    except LostClaimError:
        return False
