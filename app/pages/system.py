"""/system: workers, queue, disk."""

from fastapi import APIRouter, Request
from starlette.responses import Response

from app.figures.sketches import share_sparkline
from app.urls import API
from app.views.system.fill import system
from app.web.deps import DiskDep, ReadSession, SettingsDep
from app.web.templating import render

router = APIRouter(include_in_schema=False)


@router.get("/system")
def show(request: Request, session: ReadSession, settings: SettingsDep, disk: DiskDep) -> Response:
    """The machine room."""
    view = system(session, settings, disk.latest())
    machines = {worker.host: worker.machine for worker in view.workers if worker.machine}
    curves = {host: (one.hour_cpu, one.hour_memory, *one.hour_gpus) for host, one in machines.items()}
    context = {
        "system": view,
        "curves": {host: [share_sparkline(curve) for curve in own] for host, own in curves.items()},
        "twin": f"{API}/system",
        "stream": f"{API}/stream",
        "here": "/system",
    }
    return render(request, "system.html", context)
