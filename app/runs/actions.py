"""What people do to runs, for API and pages alike: launch, change, and move along their life."""

import hashlib
from collections.abc import Callable
from functools import partial
from typing import Literal

from sqlalchemy.orm import Session

from app.errors import InvalidError
from app.lifecycle import State
from app.runs import archiving, queue
from app.runs.drafts import Limits
from app.runs.naming import default_name
from app.runs.sweep_checks import check_data
from app.schemas import LaunchBody, PatchBody, RequirementsBody, SweepBody
from app.settings import Settings
from app.store import runs as store
from app.store.engine import Database
from app.store.tables import Job
from trainer.config import as_json
from trainer.errors import FieldProblem

LONGEST_KEY = 200
Action = Literal["cancel", "pause", "resume", "retry", "archive", "restore"]


def launch(
    database: Database, settings: Settings, body: LaunchBody, key: str | None = None
) -> tuple[int, bool]:
    """Queue a run; returns its id and whether it is new (not so for a repeated idempotency key).

    Raises InvalidError, naming data.dataset, for data that cannot be trained on, and ConflictError for a
    key that launched something else.
    """
    source = check_data(body.config, settings.datasets_dir)
    digest = body_hash(body)
    with database.write() as session:
        known = store.idempotent_run(session, checked_key(key), digest) if key else None
        if known is not None:
            return known, False
        name = body.name or default_name(as_json(body.config))
        asked = (body.tags, body.notes, body.priority)
        needs, limits = body.requirements.model_dump(), Limits.of(body)
        run = queue.enqueue(session, body.config, name, *asked, source=source, required=needs, limits=limits)
        if key:
            store.remember_key(session, key, digest, run.id)
        return run.id, True


def body_hash(body: LaunchBody | SweepBody) -> str:
    """Equal for equal launches: what an idempotency key stands for.

    Presets and methods are in the configuration. What an earlier version did not know counts where it is
    said, so that a key from before stands for the same launch.
    """
    apart = {"preset", "methods"} | {name for name, limit in vars(Limits.of(body)).items() if limit is None}
    apart |= {"requirements"} if body.requirements == RequirementsBody() else set()
    apart |= {"priority"} if isinstance(body, SweepBody) and not body.priority else set()
    return hashlib.sha256(body.model_dump_json(exclude=apart).encode()).hexdigest()


def change(session: Session, run_id: int, body: PatchBody) -> None:
    """Set the fields that the body names. Raises NotFoundError."""
    run = store.get_run(session, run_id)
    for field in body.model_fields_set - {"tags"}:
        setattr(run, field, getattr(body, field))
    if "tags" in body.model_fields_set:
        store.set_tags(session, run, body.tags)


def act(session: Session, job: Job, action: str) -> None:
    """Carry out one of ACTIONS. Raises IllegalMoveError naming both states."""
    ACTIONS[action](session, job)


def checked_key(key: str) -> str:
    """An idempotency key that may be stored. Raises InvalidError for one that is too long or unprintable."""
    if len(key) > LONGEST_KEY or not key.isprintable():
        problem = FieldProblem("Idempotency-Key", f"must be at most {LONGEST_KEY} printable characters")
        raise InvalidError("The idempotency key was refused.", fields=[problem])
    return key


ACTIONS: dict[str, Callable[[Session, Job], None]] = {
    "cancel": partial(queue.request_stop, state=State.CANCELED),
    "pause": partial(queue.request_stop, state=State.PAUSED),
    "resume": queue.requeue,
    "retry": queue.requeue,
    "archive": lambda _session, run: archiving.archive(run),
    "restore": lambda _session, run: archiving.restore(run),
}
"""Deleting is apart (store.runs.delete_run): it takes the run's folder, too."""
