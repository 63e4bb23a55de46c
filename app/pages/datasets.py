"""/datasets: what a run may be trained on, and how to add one's own images."""

import shlex

from fastapi import APIRouter, Request
from starlette.responses import Response

from app.pages.compare.controls import log_heights
from app.settings import Settings
from app.urls import API
from app.views.system.fill import datasets
from app.web.deps import SettingsDep
from app.web.templating import render

router = APIRouter(include_in_schema=False)


@router.get("/datasets")
def show(request: Request, settings: SettingsDep) -> Response:
    """All data sets with their classes and counts."""
    view = datasets(settings)
    context = {
        "datasets": view,
        "heights": {item.name: log_heights(item.train_counts) for item in view.items},
        "data_dir": "" if settings.data_dir == Settings().data_dir else shlex.quote(str(settings.data_dir)),
        "twin": f"{API}/datasets",
        "here": "/datasets",
    }
    return render(request, "datasets.html", context)
