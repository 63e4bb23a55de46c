"""Runs that train upon other runs: which do, and which are still needed."""

from collections.abc import Sequence

from sqlalchemy import select
from sqlalchemy.orm import Session, defer

from app.errors import ConflictError
from app.lifecycle import State
from app.store.tables import Job, Run


def relation(job: Job) -> str:
    """What the run that this one trains upon is to it."""
    return "its first stage" if job.continued_after is None else "from which it goes on"


def second_stages(s: Session, run_id: int) -> Sequence[Run]:
    """The runs that train upon this one, oldest first."""
    query = select(Run).where(Run.first_stage_id == run_id).order_by(Run.id)
    return s.scalars(query.options(defer(Run.started), defer(Run.config))).all()


def check_needed(s: Session, run_id: int) -> None:
    """Pass where no run needs this one any more. Raises ConflictError naming those that do."""
    needing = [run for run in second_stages(s, run_id) if run.state != State.COMPLETED]
    if needing:
        named = ", ".join(f"run {run.id} ({run.state})" for run in needing[:3])
        more = f" and {len(needing) - 3} more" if len(needing) > 3 else ""
        is_first = all(run.continued_after is None for run in needing)
        what = "is the first stage of" if is_first else "is what others go on from:"
        raise ConflictError(
            f"Run {run_id} {what} {named}{more}, which would have nothing to train upon.",
            "Delete that first.",
        )
