"""Worker processes as rows, and the speed that was measured on this installation."""

from collections.abc import Sequence
from dataclasses import dataclass
from statistics import median

from sqlalchemy import ColumnElement, func, select, update
from sqlalchemy.orm import Session

from app.store.clock import ahead, now
from app.store.tables import Epoch, Run, Worker
from trainer.config import ModelConfig
from trainer.models import MODELS

SPEED_EPOCHS = 20
"""The newest epochs whose median is the measured speed."""


@dataclass(frozen=True)
class WorkerInfo:
    """What a worker says of itself: its slots, CPU threads of one slot, and devices such as "cpu"."""

    id: str
    pid: int
    host: str
    slots: int
    threads: int
    devices: tuple[str, ...]


def register(s: Session, info: WorkerInfo) -> None:
    """Announce a worker that begins its life."""
    moment = now()
    told = vars(info) | {"devices": list(info.devices)}
    s.add(Worker(**told, started_at=moment, heartbeat_at=moment))


def beat(s: Session, info: WorkerInfo, trouble: str | None = None) -> None:
    """Say that the worker lives, announcing it where it is new; trouble: what keeps it from starting runs."""
    values = {"heartbeat_at": now(), "trouble": trouble}
    known = update(Worker).where(Worker.id == info.id).values(**values).returning(Worker.id)
    if s.scalar(known.execution_options(synchronize_session=False)) is None:
        register(s, info)


def measured(s: Session, worker_id: str, images_per_second: float) -> None:
    """Note the training speed that the worker's newest epoch showed."""
    s.execute(update(Worker).where(Worker.id == worker_id).values(images_per_second=images_per_second))


def retire(s: Session, worker_id: str) -> None:
    """Say that the worker ended in good order."""
    moment = now()
    s.execute(update(Worker).where(Worker.id == worker_id).values(stopped_at=moment, heartbeat_at=moment))


def is_alive(worker: Worker, lease_seconds: float) -> bool:
    """Whether the worker has not ended and its heartbeat is younger than the lease."""
    return worker.stopped_at is None and worker.heartbeat_at >= ahead(-lease_seconds)


def list_workers(s: Session, seen_within_seconds: float = 86_400) -> list[Worker]:
    """Workers heard of within that time, the latest heartbeat first."""
    query = select(Worker).where(Worker.heartbeat_at >= ahead(-seen_within_seconds))
    return list(s.scalars(query.order_by(Worker.heartbeat_at.desc(), Worker.id)))


def count_alive(s: Session, lease_seconds: float) -> int:
    """Workers that are alive now."""
    query = select(func.count()).where(
        Worker.stopped_at.is_(None), Worker.heartbeat_at >= ahead(-lease_seconds)
    )
    return s.scalar(query) or 0


def slots_alive(s: Session, lease_seconds: float) -> int:
    """Runs that the living workers can train at the same time."""
    living = (worker.slots for worker in list_workers(s) if is_alive(worker, lease_seconds))
    return sum(living)


def running_by_worker(s: Session) -> dict[str, tuple[int, ...]]:
    """Ids of the runs that each worker trains now."""
    found: dict[str, tuple[int, ...]] = {}
    query = select(Run.worker_id, Run.id).where(Run.state == "running", Run.worker_id.is_not(None))
    for worker_id, run_id in s.execute(query.order_by(Run.id)):
        found[str(worker_id)] = (*found.get(str(worker_id), ()), run_id)
    return found


def seconds_per_image(s: Session, dataset: str, model: ModelConfig) -> float | None:
    """Median seconds of an epoch, evaluation included, per training image, over its newest epochs.

    Of runs with this data set and a model of this cost; failing those, with such a model; None before one
    was measured.
    """
    stored, entry = Run.config["model"], MODELS[model.name]
    same = [stored["name"].as_string() == model.name]
    for name in entry.costs:
        before = entry.fields.model_fields[name].default
        same.append(func.coalesce(stored[name].as_float(), before) == getattr(model, name))
    costs = _newest_costs(s, [*same, Run.dataset == dataset]) or _newest_costs(s, same)
    return median(costs) if costs else None


def _newest_costs(s: Session, conditions: Sequence[ColumnElement[bool]]) -> list[float]:
    query = (
        select(Epoch.seconds / Epoch.images)
        .join(Run, Run.id == Epoch.run_id)
        .where(Epoch.images > 0, *conditions)
        .order_by(Run.id.desc(), Epoch.epoch.desc())
        .limit(SPEED_EPOCHS)
    )
    return list(s.scalars(query))
