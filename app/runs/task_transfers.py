"""Queueing a matrix of transfers between tasks on scenes."""

import hashlib
import json
from collections.abc import Mapping
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.formats import counted
from app.lifecycle import State
from app.runs.queue import announce_queued
from app.schemas import TaskTransferBody
from app.store.clock import now
from app.store.engine import Database
from app.store.tables import TaskTransfer
from trainer.transfer.between_tasks.config import TaskTransferConfig
from trainer.transfer.between_tasks.plan import pieces_of

SCENES = "scenes"
_OF_THE_MACHINE = ("device", "threads")


def launch_task_transfer(database: Database, body: TaskTransferBody) -> tuple[int, bool]:
    """Queue it; returns its number, and whether it is new: an equal one is used again, as it would come out
    the same.
    """
    from trainer.data.scenes import SOURCE  # takes scipy, which few launches need

    asked = body.model_dump(exclude={"name", "notes"}, exclude_none=True)
    config = TaskTransferConfig.model_validate(asked | {"seeds": sorted(body.seeds)})
    stored = config.model_dump(mode="json")
    digest = _digest(stored)
    moment = now()
    with database.write() as session:
        if (known := _equal(session, digest, SOURCE)) is not None:
            return known, False
        job = TaskTransfer(
            name=body.name or _name(config),
            notes=body.notes,
            state=State.QUEUED,
            config=stored,
            config_hash=digest,
            setting_hash=digest,
            dataset=SCENES,
            source=SOURCE,
            epochs=len(pieces_of(config)),
            created_at=moment,
            queued_at=moment,
        )
        session.add(job)
        session.flush()
        announce_queued(session, job.id)
        return job.id, True


def _digest(config: Mapping[str, Any]) -> str:
    """Equal for jobs that come out the same: where they are trained changes no figure."""
    told = {name: value for name, value in config.items() if name not in _OF_THE_MACHINE}
    return hashlib.sha256(json.dumps(told, sort_keys=True).encode()).hexdigest()[:16]


def _equal(session: Session, digest: str, source: str) -> int | None:
    """The newest with this configuration and images of which a figure has come, or is to come."""
    job = TaskTransfer
    equal = (job.config_hash == digest, job.source == source, job.archived_at.is_(None))
    of_use = job.state.in_((State.QUEUED, State.RUNNING, State.PAUSED, State.COMPLETED))
    return session.scalar(select(job.id).where(*equal, of_use).order_by(job.id.desc()).limit(1))


def _name(config: TaskTransferConfig) -> str:
    return f"{counted(len(config.tasks), 'task')} on scenes, {counted(len(config.seeds), 'seed')}"
