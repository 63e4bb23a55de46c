"""Fills the view of one data set from its folder, the errands about it, and the runs that used it."""

import json
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

from pydantic import ValidationError
from sqlalchemy.orm import Session

from app.errands.place import place_about
from app.errors import NotFoundError
from app.keeping.usage import taken
from app.settings import Settings
from app.store.datasets import count_on, newest_on
from app.views.base import same_named
from app.views.datasets.view import (
    DatasetDetail,
    DatasetKind,
    DuplicatesView,
    ReportView,
    RunOnData,
    UsedBy,
    WorkView,
)
from app.views.system.view import DatasetView
from trainer.errors import DataError

if TYPE_CHECKING:
    from trainer.data.cache import DatasetInfo

NEWEST = 8
_KINDS: tuple[Literal["fetch", "duplicates"], ...] = ("fetch", "duplicates")


def dataset_detail(session: Session, settings: Settings, name: str) -> DatasetDetail:
    """One data set, whole. Raises NotFoundError."""
    info = dataset_info(settings, name)
    folder = folder_of(settings, info)
    return DatasetDetail(
        **same_named(DatasetView, info),
        kind=_kind(info.name),
        source=info.source,
        former_names=info.former_names,
        bytes=taken(folder),
        report=_report(folder),
        duplicates=_duplicates(folder, info.source),
        used_by=_used_by(session, info),
        work=_work(settings, info.name),
    )


def dataset_info(settings: Settings, name: str) -> "DatasetInfo":
    """What is known of a data set. Raises NotFoundError, with its present name where it was renamed."""
    from trainer.data.sources import describe

    try:
        return describe(name, settings.datasets_dir)
    except DataError as error:
        raise NotFoundError(error.message, error.hint) from error


def folder_of(settings: Settings, info: "DatasetInfo") -> Path:
    """Where its images are, or will be."""
    from trainer.data.sources import place

    return place(info.name, settings.datasets_dir, info.source)


def _kind(name: str) -> DatasetKind:
    from trainer.data.sources import PUBLISHED

    if name.startswith("folder:"):
        return "imported"
    return "published" if any(known.name == name for known in PUBLISHED) else "drawn"


def _report(folder: Path) -> ReportView | None:
    """The report of its import; None of what was not imported, or where it is damaged."""
    from trainer.data.cache import INFO

    try:
        stored: dict[str, Any] = json.loads((folder / INFO).read_bytes())
        return ReportView.model_validate({"image_size": stored["image_size"], **stored["report"]})
    except (OSError, ValueError, KeyError, TypeError, ValidationError):
        return None


def _duplicates(folder: Path, source: str) -> DuplicatesView | None:
    from trainer.data.duplicates import read_duplicates

    found = read_duplicates(folder, source)
    return None if found is None else DuplicatesView.model_validate(found, from_attributes=True)


def _used_by(session: Session, info: "DatasetInfo") -> UsedBy:
    names = (info.name, *info.former_names)
    counts = count_on(session, names, info.source)
    newest = newest_on(session, names, info.source, NEWEST)
    return UsedBy(
        runs=counts.runs,
        waiting=counts.waiting,
        others=counts.others,
        newest=tuple(RunOnData(**same_named(RunOnData, run)) for run in newest),
    )


def _work(settings: Settings, name: str) -> tuple[WorkView, ...]:
    """Errands about it that are under way or have failed; what went well shows in the data set itself."""
    found = []
    for kind in _KINDS:
        place = place_about(settings, kind, name)
        errand = place.errand()
        if errand is None:
            continue
        told = place.told(errand.step)
        if not told.is_over or told.failure is not None:
            found.append(WorkView(kind=kind, **same_named(WorkView, told)))
    return tuple(found)
