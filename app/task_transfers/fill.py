"""Jobs of transfers between tasks from the database and the store of outcomes, as views."""

from collections.abc import Sequence
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.errors import NotFoundError
from app.lifecycle import ENDED, State
from app.settings import Settings
from app.store.tables import Piece, TaskTransfer
from app.task_transfers.duration import seconds_left
from app.task_transfers.matrix import Matrix, matrix_of
from app.task_transfers.policy import importance_of, policy_view
from app.task_transfers.tasks import task_line
from app.task_transfers.view import (
    TaskPolicyView,
    TaskTransferList,
    TaskTransferSummary,
    TaskTransferView,
    Transfer,
)
from app.views.base import same_named
from app.views.runs.waits import waits
from trainer.transfer.between_tasks.config import TaskTransferConfig


def task_transfer_list(session: Session) -> TaskTransferList:
    """All that are not archived."""
    query = select(TaskTransfer).where(TaskTransfer.archived_at.is_(None)).order_by(TaskTransfer.id.desc())
    return TaskTransferList(
        items=tuple(TaskTransferSummary(**_summary(job)) for job in session.scalars(query))
    )


def get_task_transfer(session: Session, job_id: int) -> TaskTransfer:
    """Raises NotFoundError."""
    job = session.get(TaskTransfer, job_id)
    if job is None:
        raise NotFoundError(
            f"There are no transfers between tasks {job_id}.",
            "GET /api/v1/task-transfers lists those that there are.",
        )
    return job


def task_transfer_view(session: Session, settings: Settings, job_id: int) -> TaskTransferView:
    """One, as far as every seed has measured it. Raises NotFoundError."""
    job = get_task_transfer(session, job_id)
    config = TaskTransferConfig.model_validate(job.config)
    pieces = _pieces(session, job_id)
    matrix = matrix_of(settings.datasets_dir, config, [piece.name for piece in pieces])
    chances = _chances(pieces)
    return TaskTransferView(
        **_summary(job),
        notes=job.notes,
        order=config.order,
        finetune=config.finetune,
        width=config.width,
        epochs=config.epochs,
        tasks=tuple(task_line(config, name, matrix.own[name], chances) for name in config.tasks),
        transfers=matrix.transfers,
        scratch=matrix.scratch,
        order_of_sources=matrix.order_of_sources,
        order_of_targets=matrix.order_of_targets,
        answers=matrix.answers,
        eta_seconds=_eta(job, config, pieces),
        waits_for=waits(session, [job]).get(job_id, ""),
        error=job.error,
        warnings=(*matrix.warnings, *(job.started or {}).get("warnings", ())),
    )


def task_policy(
    session: Session, settings: Settings, job_id: int, budget: float, importance: str = ""
) -> TaskPolicyView:
    """Which of its sources to label. importance: such as "shape:2,edges:0", 1 where none is said.

    Raises NotFoundError, also before every target's single sources are measured, and InvalidError.
    """
    config, matrix = _matrix(session, settings, job_id)
    wanted = importance_of(importance, config.targets)
    missing = [target for target in config.targets if target not in matrix.options]
    if missing:
        raise NotFoundError(
            f"Transfers {job_id} have no policy yet: {len(missing)} of {len(config.targets)} targets are not "
            "measured from all sources.",
            "Wait until the single sources are read out.",
        )
    return policy_view(matrix.options, wanted, budget)


def task_transfers_of(session: Session, settings: Settings, job_id: int) -> tuple[Transfer, ...]:
    """All transfers that every seed has measured. Raises NotFoundError."""
    return _matrix(session, settings, job_id)[1].transfers


def _matrix(session: Session, settings: Settings, job_id: int) -> tuple[TaskTransferConfig, Matrix]:
    config = TaskTransferConfig.model_validate(get_task_transfer(session, job_id).config)
    done = [piece.name for piece in _pieces(session, job_id)]
    return config, matrix_of(settings.datasets_dir, config, done)


def _pieces(session: Session, job_id: int) -> Sequence[Piece]:
    return session.scalars(select(Piece).where(Piece.run_id == job_id).order_by(Piece.number)).all()


def _summary(job: TaskTransfer) -> dict[str, Any]:
    config = job.config
    return same_named(TaskTransferSummary, job) | {
        "sources": len(config["sources"]),
        "targets": len(config["targets"]),
        "seeds": tuple(config["seeds"]),
        "sizes": tuple(config["sizes"]),
        "pieces": job.epochs,
        "done": job.epoch,
    }


def _chances(pieces: Sequence[Piece]) -> dict[str, float | None]:
    """Of the tasks whose own network a piece has judged, which tells chance, too."""
    found = {}
    for piece in pieces:
        stage, _, rest = piece.name.partition(" ")
        if stage == "own" and "chance" in piece.figures:
            found[rest.partition(",")[0]] = piece.figures["chance"]
    return found


def _eta(job: TaskTransfer, config: TaskTransferConfig, done: Sequence[Piece]) -> float | None:
    """As many pieces are measured at once as the job's provenance has threads."""
    if job.state in ENDED or job.state == State.PAUSED or not done:
        return None
    provenance = (job.started or {}).get("provenance", {})
    is_cpu = provenance.get("device", "cpu") == "cpu"
    at_once = provenance.get("threads", 1) if is_cpu else 1
    return seconds_left(config, {piece.name: piece.seconds for piece in done}, at_once, is_cpu=is_cpu)
