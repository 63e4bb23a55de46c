"""/datasets: what a run may be trained on, imports under way, and the form that begins one."""

import shlex

from fastapi import APIRouter, Request
from starlette.concurrency import run_in_threadpool
from starlette.responses import Response

from app.errands.importing import check_room
from app.pages.compare.controls import log_heights
from app.pages.datasets.archive_form import ArchiveForm
from app.settings import Settings
from app.urls import API, dataset_page, import_page
from app.views.datasets.imports import import_list
from app.views.system.fill import datasets
from app.web.deps import SettingsDep
from app.web.templating import render, see_other

router = APIRouter(include_in_schema=False)


@router.get("/datasets")
def show(request: Request, settings: SettingsDep) -> Response:
    """All data sets with their classes and counts."""
    view = datasets(settings)
    context = {
        "datasets": view,
        "pages": {item.name: dataset_page(item.name) for item in view.items},
        "imports": [(item, import_page(item.id)) for item in import_list(settings).items],
        "heights": {item.name: log_heights(item.train_counts) for item in view.items},
        "data_dir": "" if settings.data_dir == Settings().data_dir else shlex.quote(str(settings.data_dir)),
        "twin": f"{API}/datasets",
        "here": "/datasets",
    }
    return render(request, "datasets.html", context)


@router.post("/datasets")
async def receive(request: Request, settings: SettingsDep) -> Response:
    """Take an archive as the plain form sends it, straight to the disk, and go to the page of the import."""
    length = request.headers.get("content-length", "")
    check_room(settings, int(length) if length.isdecimal() else 0)
    form = ArchiveForm(settings, request.headers.get("content-type", ""))
    try:
        async for data in request.stream():
            await run_in_threadpool(form.feed, data)
        place = await run_in_threadpool(form.finished)
    except BaseException:  # the disk is full, or whoever sent it is gone
        form.abandon()
        raise
    return see_other(request, import_page(place.id))
