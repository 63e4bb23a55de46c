"""/datasets/{name}: one data set: its images, how it came to be, its duplicates, the runs that used it."""

from dataclasses import dataclass
from typing import Annotated

from fastapi import APIRouter, Depends, Form, Path, Query, Request
from starlette.responses import Response

from app.dataset_schemas import PREFIX, DatasetPatchBody, RunsToo
from app.errands.about import fetch, give_up_fetch, search
from app.pages.compare.controls import log_heights
from app.runs.datasets import delete_dataset, rename_dataset
from app.schema_types import LARGEST_ID
from app.schemas import read
from app.settings import Settings
from app.urls import dataset_api, dataset_page
from app.views.datasets.fill import dataset_detail
from app.views.datasets.view import DatasetDetail
from app.views.images.arrays import pool_of, stored_arrays
from app.views.images.sheet import of_class, sheet_view
from app.views.images.view import PoolSplit, SheetView
from app.web.deps import DatabaseDep, ReadSession, SettingsDep
from app.web.templating import render, see_other
from trainer.metrics.table import equal_classes

router = APIRouter(prefix="/datasets/{name}", include_in_schema=False)

Name = Annotated[str, Path(max_length=80)]
SHOWN = 96
"""Images of a sheet."""


@dataclass(frozen=True)
class Shown:
    """Which images the page shows: a split, of one class or of all, from a place on."""

    split: PoolSplit = "train"
    class_name: Annotated[str, Query(alias="class", max_length=200)] = ""
    start: Annotated[int, Query(alias="from", ge=0, le=LARGEST_ID)] = 0


ShownDep = Annotated[Shown, Depends()]


@router.get("")
def show(
    request: Request, name: Name, shown: ShownDep, session: ReadSession, settings: SettingsDep
) -> Response:
    """The data set; under a former name, on to the page of the present one."""
    view = dataset_detail(session, settings, name)
    if view.name != name:
        return see_other(request, dataset_page(view.name))
    context = {
        "dataset": view,
        "own_name": view.name.removeprefix(PREFIX),
        "page": dataset_page(view.name),
        "api": dataset_api(view.name),
        "shown": shown,
        "sheet": _sheet(settings, view, shown),
        "step": SHOWN,
        "heights": log_heights(view.train_counts),
        "order": sorted(range(len(view.train_counts)), key=lambda at: -view.train_counts[at]),
        "has_equal_classes": equal_classes(view.train_counts),
        "is_long_tailed": len(set(view.train_counts)) > 1,
        "is_at_work": any(not work.is_over for work in view.work),
        "twin": dataset_api(view.name),
        "here": "/datasets",
    }
    return render(request, "dataset.html", context)


@router.post("/rename")
def rename(request: Request, name: Name, settings: SettingsDep, new: Annotated[str, Form()] = "") -> Response:
    """Give it another name."""
    body = read(DatasetPatchBody, {"name": new})
    return see_other(request, dataset_page(rename_dataset(settings, name, body.name)))


@router.post("/delete")
def delete(
    request: Request,
    name: Name,
    database: DatabaseDep,
    settings: SettingsDep,
    runs: Annotated[RunsToo, Form()] = "refuse",
) -> Response:
    """Delete it, and its runs where that was said."""
    delete_dataset(database, settings, name, runs)
    return see_other(request, "/datasets")


@router.post("/fetch")
def begin_fetch(request: Request, name: Name, settings: SettingsDep) -> Response:
    """Download or draw it."""
    fetch(settings, name)
    return see_other(request, dataset_page(name))


@router.post("/fetch/cancel")
def end_fetch(request: Request, name: Name, settings: SettingsDep) -> Response:
    """Give the download up."""
    give_up_fetch(settings, name)
    return see_other(request, dataset_page(name))


@router.post("/duplicates")
def begin_search(request: Request, name: Name, settings: SettingsDep) -> Response:
    """Look for duplicates."""
    search(settings, name)
    return see_other(request, f"{dataset_page(name)}#duplicates")


def _sheet(settings: Settings, view: DatasetDetail, shown: Shown) -> SheetView | None:
    """The images that the address asks for; None where none are on this disk. Raises InvalidError."""
    if not view.ready:
        return None
    pool = pool_of(stored_arrays(settings, view.name, view.source), shown.split)
    return sheet_view(pool, of_class(pool, shown.class_name or None, shown.start, SHOWN))
