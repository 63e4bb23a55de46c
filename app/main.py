"""The web process: `create_app(settings)` puts API, pages, guard and error renderer together.

Nothing here imports torch, and nothing is kept in modules: settings, database, event feed and drawn figures
hang on `app.state`. Migration happens before, in `serve`.
"""

import asyncio
import logging
import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress

import uvicorn
from fastapi import FastAPI
from sqlalchemy.exc import SQLAlchemyError
from starlette.concurrency import run_in_threadpool

from app import api, docs, error_pages, login, pages
from app.figures.kept import FigureCache
from app.late import LateApp
from app.queue import REAP_SECONDS
from app.security import Guard
from app.settings import Settings
from app.sse import EventFeed
from app.store.engine import Database
from app.templating import mount_static
from app.urls import OPENAPI
from app.views.system_views import version
from app.worker.reaper import reap

STREAMS_END_WITHIN_SECONDS = 5


def create_app(settings: Settings) -> LateApp:
    """The application for these settings, over a database that is migrated already."""
    app = LateApp(
        title="betaboard",
        version=version(),
        docs_url=None,
        redoc_url=None,
        openapi_url=OPENAPI,
        lifespan=_lifespan,
    )
    app.state.settings = settings
    app.state.database = Database(settings.url)
    app.state.feed = EventFeed(app.state.database)
    app.state.figures = FigureCache()
    error_pages.install(app)
    app.add_middleware(Guard, settings=settings)
    app.add((*api.ROUTERS, docs.router, login.router, *pages.PAGES))
    mount_static(app)
    return app


def serve_web(settings: Settings, sockets: list[socket.socket] | None = None) -> None:
    """Serve until SIGINT or SIGTERM, on these bound sockets or on the settings' host and port."""
    web_server(settings).run(sockets)


def web_server(settings: Settings) -> "WebServer":
    """The application and the server that it runs in, not started."""
    app = create_app(settings)
    config = uvicorn.Config(
        app,
        host=settings.host,
        port=settings.port,
        access_log=False,
        log_level="warning",
        server_header=False,
        ws="none",
        timeout_graceful_shutdown=STREAMS_END_WITHIN_SECONDS,
    )
    return WebServer(config, app.state.feed)


class WebServer(uvicorn.Server):
    """A server that ends its open event streams before it waits for its connections to close."""

    def __init__(self, config: uvicorn.Config, feed: EventFeed) -> None:
        super().__init__(config)
        self._feed = feed

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        """Called by uvicorn when it was asked to end."""
        self._feed.close()
        await super().shutdown(sockets)


@asynccontextmanager
async def _lifespan(app: FastAPI) -> AsyncIterator[None]:
    reaper = asyncio.create_task(_reap_for_ever(app.state.database, app.state.settings))
    yield
    reaper.cancel()
    with suppress(asyncio.CancelledError):
        await reaper
    app.state.feed.close()
    app.state.database.close()


async def _reap_for_ever(database: Database, settings: Settings) -> None:
    """Runs whose worker fell silent end even where no other worker is left to notice."""
    while True:
        try:
            await run_in_threadpool(reap, database, settings)
        except SQLAlchemyError:
            logging.getLogger(__name__).exception("Expired runs could not be looked for; trying again.")
        await asyncio.sleep(REAP_SECONDS)
