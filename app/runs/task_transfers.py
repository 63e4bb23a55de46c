"""Queueing a matrix of transfers between tasks on scenes."""

import hashlib
import json
from collections.abc import Collection, Mapping
from pathlib import Path
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.formats import counted
from app.lifecycle import State
from app.requirements import requirements, with_device
from app.runs.queue import enter
from app.store.engine import Database
from app.store.tables import TaskTransfer
from app.transfer_schemas import TaskTransferBody
from trainer.transfer.between_tasks.config import TaskTransferConfig
from trainer.transfer.between_tasks.plan import pieces_of
from trainer.transfer.between_tasks.promising import is_kept
from trainer.transfer.between_tasks.store import TransferStore

SCENES = "scenes"
_OF_THE_MACHINE = ("device", "threads")
_TO_COME: tuple[State, ...] = (State.QUEUED, State.RUNNING, State.PAUSED)
_OF_USE = (*_TO_COME, State.COMPLETED)


def launch_task_transfer(database: Database, body: TaskTransferBody, datasets_dir: Path) -> tuple[int, bool]:
    """Queue it; returns its number, and whether it is new: an equal one is used again, as it would come out
    the same.

    datasets_dir: where outcomes are kept; a completed one of which some are lost is not used again, and a new
    one measures what is missing.
    """
    from trainer.data.scenes import SOURCE  # takes scipy, which few launches need

    asked = body.model_dump(exclude={"name", "notes"}, exclude_none=True)
    config = TaskTransferConfig.model_validate(asked | {"seeds": sorted(body.seeds)})
    stored = config.model_dump(mode="json")
    digest = _digest(stored)
    of_use = _OF_USE if _is_kept(database, config, (digest, SOURCE), datasets_dir) else _TO_COME
    with database.write() as session:
        if (known := _equal(session, digest, SOURCE, of_use)) is not None:
            return known.id, False
        job = TaskTransfer(
            name=body.name or _name(config),
            notes=body.notes,
            config=stored,
            config_hash=digest,
            setting_hash=digest,
            dataset=SCENES,
            source=SOURCE,
            epochs=len(pieces_of(config)),
            requirements=with_device(requirements(), stored),
        )
        return enter(session, job), True


def _digest(config: Mapping[str, Any]) -> str:
    """Equal for jobs that come out the same: where they are trained changes no figure."""
    told = {name: value for name, value in config.items() if name not in _OF_THE_MACHINE}
    return hashlib.sha256(json.dumps(told, sort_keys=True).encode()).hexdigest()[:16]


def _is_kept(
    database: Database, config: TaskTransferConfig, equal: tuple[str, str], datasets_dir: Path
) -> bool:
    """False where an equal one is completed, and outcomes of it are lost. Nothing is written meanwhile."""
    with database.read() as session:
        known = _equal(session, *equal, _OF_USE)
        is_over = known is not None and known.state == State.COMPLETED
    return not is_over or is_kept(TransferStore(datasets_dir), config)


def _equal(session: Session, digest: str, source: str, of_use: Collection[State]) -> TaskTransfer | None:
    """The newest with this configuration and images of which a figure has come, or is to come."""
    job = TaskTransfer
    equal = (job.config_hash == digest, job.source == source, job.archived_at.is_(None))
    return session.scalar(select(job).where(*equal, job.state.in_(of_use)).order_by(job.id.desc()).limit(1))


def _name(config: TaskTransferConfig) -> str:
    return f"{counted(len(config.tasks), 'task')} on scenes, {counted(len(config.seeds), 'seed')}"
