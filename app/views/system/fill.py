"""Fills the views of the machine room: health, what can be launched, workers, queue, data sets, disk."""

import os
import shutil
from functools import cache
from importlib.metadata import PackageNotFoundError
from importlib.metadata import version as installed_version
from typing import Any, get_args, get_origin

from annotated_types import Ge, Gt, Le, Lt
from pydantic.fields import FieldInfo
from sqlalchemy import func, make_url, select
from sqlalchemy.orm import Session

from app.keeping.usage import TITLES, Usage
from app.lifecycle import State
from app.runs.places import queue_counts
from app.settings import Settings
from app.store.engine import database_file
from app.store.runs import bytes_of_runs
from app.store.tables import Job, Run
from app.store.trouble import unavailable
from app.urls import job_page
from app.views.base import same_named
from app.views.hooks import hook_views
from app.views.system.view import (
    DatasetList,
    DatasetView,
    DiskKind,
    FieldView,
    Health,
    JobLine,
    Meta,
    MethodView,
    QueueView,
    SystemView,
)
from app.views.system.workers import worker_list
from app.views.usage.fill import newest_shares
from trainer.config import PRESETS, as_json, preset
from trainer.config_fields import choices, leaf_fields
from trainer.config_section import meaning_of
from trainer.kinds import TRAINING
from trainer.methods import methods
from trainer.system_errors import DISK_FULL, READ_ONLY

LEAST_FREE_BYTES = 20_000_000
"""Below this a checkpoint of the larger networks and the database's own journal no longer fit."""


@cache
def version() -> str:
    """Of the installed package; "unknown" where it runs from a bare checkout."""
    try:
        return installed_version("betaboard")
    except PackageNotFoundError:
        return "unknown"


def health(session: Session, settings: Settings) -> Health:
    """That the database can be read and written, and that there is room for it.

    Raises UnavailableError with the code of what is wrong, and what the database raises.
    """
    session.scalar(select(func.max(Run.id)))
    file = database_file(settings.url)
    files = [] if file is None else [file]
    free = min(shutil.disk_usage(at).free for at in (settings.data_dir, *(one.parent for one in files)))
    if free < LEAST_FREE_BYTES:
        raise unavailable(DISK_FULL, f"The disk of the data folder or of the database has {free} bytes left.")
    for path in (settings.data_dir, settings.runs_dir, *files):
        if not os.access(path, os.W_OK):
            raise unavailable(READ_ONLY, f"{path} cannot be written.")
    return Health(status="ok", version=version(), database="ok", disk_free_bytes=free)


def meta(session: Session, settings: Settings) -> Meta:
    """What can be launched here."""
    alive = [worker for worker in worker_list(session).items if worker.alive]
    devices = {device.partition(":")[0] for worker in alive for device in worker.devices} | {"cpu"}
    return Meta(
        version=version(),
        datasets=datasets(settings).items,
        models=choices("model.name"),
        losses=choices("loss.name"),
        weightings=choices("loss.weighting"),
        devices=("auto", *(name for name in choices("device") if name in devices)),
        presets={name: as_json(preset(name)) for name in PRESETS},
        methods=tuple(MethodView(**same_named(MethodView, method)) for method in methods().values()),
        fields=fields(),
    )


def datasets(settings: Settings) -> DatasetList:
    """Data sets that a run may name, built-in ones first."""
    from trainer.data.sources import list_datasets

    found = (same_named(DatasetView, info) for info in list_datasets(settings.datasets_dir))
    return DatasetList(items=tuple(DatasetView(**fields) for fields in found))


def queue_state(session: Session) -> QueueView:
    """What the top bar says."""
    running, queued, alive = queue_counts(session)
    return QueueView(running=running, queued=queued, workers_alive=alive)


def other_jobs(session: Session) -> tuple[JobLine, ...]:
    """What runs or waits and is no run, what runs first."""
    found = session.scalars(
        select(Job)
        .where(Job.kind != TRAINING, Job.state.in_((State.RUNNING, State.QUEUED)), Job.archived_at.is_(None))
        .order_by(Job.state.desc(), Job.priority.desc(), Job.id)
    )
    return tuple(map(job_line, found))


def job_line(job: Job) -> JobLine:
    """The line of a job: how far it is, and where its page is."""
    page = job_page(job.kind, job.id)
    return JobLine(**same_named(JobLine, job), pieces=job.epochs, done=job.epoch, page=page)


def system(session: Session, settings: Settings, usage: Usage | None) -> SystemView:
    """The machine room whole. Sizes of runs are those of checkpoints and journals that the store knows.

    usage: what the disk was last seen to hold; None before the first look is over.
    """
    kinds = usage.kinds if usage else {}
    disk = shutil.disk_usage(settings.data_dir)
    return SystemView(
        version=version(),
        workers=worker_list(session).items,
        queue=queue_state(session),
        data_dir=str(settings.data_dir.resolve()),
        database=make_url(settings.url).render_as_string(hide_password=True),
        runs_bytes=bytes_of_runs(session),
        datasets_bytes=usage.datasets_bytes if usage else None,
        disk_use=tuple(DiskKind(kind=kind, title=TITLES[kind], bytes=taken) for kind, taken in kinds.items()),
        disk_measured_at=usage.measured_at if usage else None,
        disk_free_bytes=disk.free,
        disk_total_bytes=disk.total,
        webhooks=hook_views(session, settings.hooks),
        shares=newest_shares(session),
    )


_KINDS = {bool: "switch", int: "integer", float: "number", str: "text"}


def fields() -> tuple[FieldView, ...]:
    """Every field, in form order; defaults are the field's own, whether or not a default run uses it."""
    return tuple(_field(path, field) for path, field in leaf_fields().items())


def _field(path: str, field: FieldInfo) -> FieldView:
    bounds = {type(mark): mark for mark in field.metadata}
    least, most = bounds.get(Ge) or bounds.get(Gt), bounds.get(Le) or bounds.get(Lt)
    return FieldView(
        path=path,
        label=field.title or path,
        kind=_kind(path, field),
        unit=meaning_of(field).unit,
        about=field.description or "",
        why=meaning_of(field).why,
        default=list(field.default) if isinstance(field.default, tuple) else field.default,
        choices=choices(path),
        minimum=_number(least),
        maximum=_number(most),
        open_minimum=isinstance(least, Gt),
        open_maximum=isinstance(most, Lt),
        nullable=type(None) in get_args(field.annotation),
    )


def _kind(path: str, field: FieldInfo) -> str:
    if choices(path):
        return "choice"
    for kind in (field.annotation, *get_args(field.annotation)):
        if get_origin(kind) is tuple:
            return "list"
        if kind in _KINDS:
            return _KINDS[kind]
    raise TypeError(f"{path} has a type that no form can show: {field.annotation}")


def _number(mark: Any) -> float | None:
    """The bound that an annotated_types mark holds."""
    if mark is None:
        return None
    return float(getattr(mark, type(mark).__name__.lower()))
