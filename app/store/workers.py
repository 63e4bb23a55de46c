"""Worker processes as rows, and the speed that was measured on this installation.

Who is alive is judged by one clock, the database's: workers and web processes may be on different hosts.
"""

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from functools import cache, partial
from math import log
from statistics import median
from typing import Any

from sqlalchemy import Select, exists, func, select, update
from sqlalchemy.orm import Session

from app.requirements import Offer
from app.store.base import Json
from app.store.dialects import shared_now
from app.store.tables import Epoch, Job, Run, Worker
from trainer.config import ModelConfig
from trainer.models import model_spec
from trainer.stages import NONE

SPEED_RUNS, SPEED_EPOCHS = 100, 20
"""Newest runs among which like ones are looked for; their newest epochs, whose median is the speed."""
FARTHEST = 10
"""Multiply-adds of a network over those of a like one, or the reverse, at most."""


@dataclass(frozen=True)
class WorkerInfo:
    """What a worker says of itself: its slots, CPU threads of one slot, devices such as "cpu", and labels.

    split: what decided on slots and threads, as `app.runs.split` has it.
    """

    id: str
    pid: int
    host: str
    slots: int
    threads: int
    devices: tuple[str, ...]
    labels: tuple[str, ...] = ()
    split: str | None = None


def register(s: Session, info: WorkerInfo) -> None:
    """Announce a worker that begins its life."""
    told = vars(info) | {"devices": list(info.devices), "labels": list(info.labels)}
    s.add(Worker(**told, started_at=shared_now(), heartbeat_at=shared_now()))


def beat(s: Session, info: WorkerInfo, trouble: str | None = None) -> None:
    """Say that the worker lives, announcing it where it is new; trouble: what keeps it from starting runs."""
    values = {"heartbeat_at": shared_now(), "trouble": trouble}
    known = update(Worker).where(Worker.id == info.id).values(**values).returning(Worker.id)
    if s.scalar(known.execution_options(synchronize_session=False)) is None:
        register(s, info)


def measured(s: Session, worker_id: str, images_per_second: float) -> None:
    """Note the training speed that the worker's newest epoch showed."""
    s.execute(update(Worker).where(Worker.id == worker_id).values(images_per_second=images_per_second))


def retire(s: Session, worker_id: str) -> None:
    """Say that the worker ended in good order."""
    ended = update(Worker).where(Worker.id == worker_id)
    s.execute(ended.values(stopped_at=shared_now(), heartbeat_at=shared_now()))


def list_workers(s: Session, seen_within_seconds: float = 86_400) -> list[Worker]:
    """Workers heard of within that time, the latest heartbeat first."""
    query = select(Worker).where(Worker.heartbeat_at >= shared_now(-seen_within_seconds))
    return list(s.scalars(query.order_by(Worker.heartbeat_at.desc(), Worker.id)))


def offer_of(worker: Worker | WorkerInfo) -> Offer:
    """What a job may require of it."""
    return Offer(worker.devices, worker.labels)


def living(s: Session, lease_seconds: float) -> list[Worker]:
    """Workers that have not ended and whose heartbeat is younger than the lease, the latest first."""
    return [worker for worker in list_workers(s, lease_seconds) if worker.stopped_at is None]


def count_alive(s: Session, lease_seconds: float) -> int:
    """Workers that are alive now."""
    query = select(func.count()).where(
        Worker.stopped_at.is_(None), Worker.heartbeat_at >= shared_now(-lease_seconds)
    )
    return s.scalar(query) or 0


def slots_alive(s: Session, lease_seconds: float) -> int:
    """Runs that the living workers can train at the same time."""
    return sum(worker.slots for worker in living(s, lease_seconds))


def running_by_worker(s: Session, kind: type[Job] = Run) -> dict[str, tuple[int, ...]]:
    """Ids of the jobs of this kind that each worker carries out now."""
    found: dict[str, tuple[int, ...]] = {}
    query = select(kind.worker_id, kind.id).where(kind.state == "running", kind.worker_id.is_not(None))
    for worker_id, run_id in s.execute(query.order_by(kind.id)):
        found[str(worker_id)] = (*found.get(str(worker_id), ()), run_id)
    return found


def seconds_per_image(
    s: Session, dataset: str, model: ModelConfig, classes: int, image_size: int
) -> float | None:
    """Median seconds of an epoch, evaluation included, per training image, over newest epochs of like runs.

    Like are, of the newest runs, those of this data set if any are, of them those of this model if any are,
    and of them the nearest in multiply-adds, by which their seconds are scaled. None before one was measured
    that has a tenth to ten times as many: far from there, what takes the time is not the same.
    """
    work = cache(partial(_multiply_adds, classes, image_size))
    ours, like = work(model) or 1, dict[tuple[bool, bool, float], dict[int, float]]()
    for run_id, its_dataset, config in s.execute(_measured_runs()):
        if theirs := _work_of(config["model"], work):
            scale = ours / theirs
            if abs(log(scale)) > log(FARTHEST):
                continue
            key = (its_dataset != dataset, config["model"]["name"] != model.name, abs(log(scale)))
            like.setdefault(key, {})[run_id] = scale
    if not like:
        return None
    scales = like[min(like)]
    costs = s.execute(_newest_costs(scales))
    return median(scales[run_id] * seconds for run_id, seconds in costs)


def _multiply_adds(classes: int, image_size: int, model: ModelConfig) -> int:
    return model_spec(model, classes, image_size).multiply_adds


def _work_of(stored: Mapping[str, Any], work: Callable[[ModelConfig], int]) -> int | None:
    """None of a network that is not known here, or that does not take such images."""
    try:
        return work(ModelConfig.model_validate(stored))
    except ValueError:
        return None


def _measured_runs() -> Select[int, str, Json]:
    """Not those of a second stage, whose epochs are shorter than others."""
    measured = exists().where(Epoch.run_id == Run.id, Epoch.images > 0)
    whole = func.coalesce(Run.config["second_stage"]["name"].as_string(), NONE) == NONE
    return (
        select(Run.id, Run.dataset, Run.config)
        .where(measured, whole)
        .order_by(Run.id.desc())
        .limit(SPEED_RUNS)
    )


def _newest_costs(run_ids: Collection[int]) -> Select[int, float]:
    return (
        select(Epoch.run_id, Epoch.seconds / Epoch.images)
        .where(Epoch.run_id.in_(run_ids), Epoch.images > 0)
        .order_by(Epoch.run_id.desc(), Epoch.epoch.desc())
        .limit(SPEED_EPOCHS)
    )
