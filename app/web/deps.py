"""What handlers ask for: settings, database, drawn figures, a session that ends before the answer is sent."""

from collections.abc import Iterator
from typing import Annotated, cast

from fastapi import Depends, Path, Request
from sqlalchemy.orm import Session

from app.comparing.figures.cache import FigureCache
from app.keeping.usage import DiskUse
from app.schema_types import LARGEST_ID
from app.settings import Settings
from app.store.engine import Database
from app.views.runs.fill import Lines
from app.web.callers import Caller, Callers, caller_of
from app.web.network_process import NetworkProcess


def get_settings(request: Request) -> Settings:
    """The settings that `create_app` was given."""
    return cast(Settings, request.app.state.settings)


def get_database(request: Request) -> Database:
    """The one database of this process."""
    return cast(Database, request.app.state.database)


def get_figures(request: Request) -> FigureCache:
    """The figures that this process has drawn."""
    return cast(FigureCache, request.app.state.figures)


def get_lines(request: Request) -> Lines:
    """The lines of the list of runs that this process has made."""
    return cast(Lines, request.app.state.lines)


def get_callers(request: Request) -> Callers:
    """Who may come in."""
    return cast(Callers, request.app.state.callers)


def get_disk(request: Request) -> DiskUse:
    """What this process has seen on the disk."""
    return cast(DiskUse, request.app.state.disk)


def get_network(request: Request) -> NetworkProcess:
    """The process that looks at pictures."""
    return cast(NetworkProcess, request.app.state.network)


SettingsDep = Annotated[Settings, Depends(get_settings)]
DatabaseDep = Annotated[Database, Depends(get_database)]
FiguresDep = Annotated[FigureCache, Depends(get_figures)]
DiskDep = Annotated[DiskUse, Depends(get_disk)]
NetworkDep = Annotated[NetworkProcess, Depends(get_network)]
LinesDep = Annotated[Lines, Depends(get_lines)]
CallersDep = Annotated[Callers, Depends(get_callers)]
CallerDep = Annotated[Caller, Depends(caller_of)]
"""Who sent this request."""


def _read_session(database: DatabaseDep) -> Iterator[Session]:
    with database.read() as session:
        yield session


def _write_session(database: DatabaseDep) -> Iterator[Session]:
    with database.write() as session:
        yield session


ReadSession = Annotated[Session, Depends(_read_session, scope="function")]
WriteSession = Annotated[Session, Depends(_write_session, scope="function")]
"""Commits when the handler returns, before the answer goes out; rolls back where the handler raises."""

RunId = Annotated[int, Path(ge=1, le=LARGEST_ID, description="Number of the run.")]
