"""/health, /meta, /workers, /system and /datasets: the machine room."""

from fastapi import APIRouter
from starlette.responses import Response

from app.urls import API
from app.views.system import fill as build
from app.views.system import view as views
from app.views.system.workers import worker_list
from app.web.answers import answer
from app.web.deps import DatabaseDep, DiskDep, ReadSession, SettingsDep
from app.web.rights import asks_right

router = APIRouter(prefix=API, tags=["system"])


@router.get("/health", response_model=views.Health)
@asks_right("none")
def health(session: ReadSession, database: DatabaseDep, settings: SettingsDep) -> Response:
    """Whether the process answers, its database can be read and written, and the disk has room; else 503
    with the reason. Needs no token.
    """
    told = build.health(session, settings)
    database.probe()
    return answer(told)


@router.get("/meta", response_model=views.Meta)
def meta(session: ReadSession, settings: SettingsDep) -> Response:
    """What can be launched: data sets, models, losses, devices, presets, and every field with its bounds."""
    return answer(build.meta(session, settings))


@router.get("/workers", response_model=views.WorkerList)
def workers(session: ReadSession) -> Response:
    """Workers heard of within a day."""
    return answer(worker_list(session))


@router.get("/system", response_model=views.SystemView)
def system(session: ReadSession, settings: SettingsDep, disk: DiskDep) -> Response:
    """The machine room whole: workers, queue, disk."""
    return answer(build.system(session, settings, disk.latest()))


@router.get("/datasets", response_model=views.DatasetList)
def datasets(settings: SettingsDep) -> Response:
    """Data sets that a run may name."""
    return answer(build.datasets(settings))
