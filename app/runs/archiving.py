"""Hiding a run from lists, and showing it again."""

from app.errors import ConflictError
from app.lifecycle import State
from app.store.clock import now
from app.store.tables import Job


def archive(run: Job) -> None:
    """Hide the run from lists. Raises ConflictError while it waits or runs."""
    if run.state in (State.QUEUED, State.RUNNING):
        raise ConflictError(f"Run {run.id} is {run.state} and cannot be archived.", "Cancel it first.")
    run.archived_at = run.archived_at or now()


def restore(run: Job) -> None:
    """Undo `archive`; a run that is not archived stays as it is."""
    run.archived_at = None
