"""/system: workers, queue, disk."""

from fastapi import APIRouter, Request
from starlette.responses import Response

from app.urls import API
from app.views.system.fill import system
from app.web.deps import DiskDep, ReadSession, SettingsDep
from app.web.templating import render

router = APIRouter(include_in_schema=False)


@router.get("/system")
def show(request: Request, session: ReadSession, settings: SettingsDep, disk: DiskDep) -> Response:
    """The machine room."""
    context = {
        "system": system(session, settings, disk.latest()),
        "twin": f"{API}/system",
        "stream": f"{API}/stream",
        "here": "/system",
    }
    return render(request, "system.html", context)
