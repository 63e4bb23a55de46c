"""The web process: `create_app(settings)` puts API, pages, guard and error renderer together.

Nothing here imports torch, and nothing is kept in modules: settings, database, event feed, drawn figures,
lines of the list and who may come in hang on `app.state`. Migration happens before, in `serve`.
"""

import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from threading import Event, Thread

import uvicorn
from fastapi import FastAPI
from starlette.concurrency import run_in_threadpool

from app import api, lab, pages
from app.comparing.figures.cache import FigureCache
from app.errands.keeper import Keeper
from app.keeping.usage import DiskUse
from app.runs.hooks.messenger import Messenger
from app.runs.reaper import Reaper
from app.runs.receiving import Receiver
from app.settings import Settings
from app.store.engine import Database
from app.urls import OPENAPI
from app.views.runs.fill import Lines
from app.views.system.fill import version
from app.web import api_docs, error_pages, login
from app.web.callers import Callers
from app.web.lazy import LazyApp
from app.web.network_process import NetworkProcess
from app.web.patience import PatientProtocol
from app.web.security import Guard
from app.web.sse import EventFeed
from app.web.templating import mount_static

STREAMS_END_WITHIN_SECONDS = 5


def create_app(settings: Settings) -> LazyApp:
    """The application for these settings, over a database that is migrated already."""
    app = LazyApp(
        title="betaboard",
        version=version(),
        docs_url=None,
        redoc_url=None,
        openapi_url=OPENAPI,
        lifespan=_lifespan,
    )
    app.state.settings = settings
    app.state.database = Database(settings.url)
    app.state.callers = Callers(app.state.database, settings.token)
    app.state.feed = EventFeed(app.state.database, app.state.callers.gone)
    app.state.figures = FigureCache()
    app.state.lines = Lines()
    app.state.disk = DiskUse(settings)
    app.state.network = NetworkProcess(settings)
    error_pages.install(app)
    app.add_middleware(Guard, settings=settings, callers=app.state.callers)
    app.add((*api.ROUTERS, *lab.ROUTERS, api_docs.router, login.router, *pages.PAGES, *lab.PAGES))
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
        log_config=None,
        log_level="warning",
        server_header=False,
        ws="none",
        http=PatientProtocol,
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
    """Keep a judge over lost runs meanwhile: they end even where no other worker is left to notice.

    Beside it, a receiver of what runs in other data folders leave, a keeper of the work on data sets, and who
    tells webhooks of what has ended.
    """
    stop = Event()
    judge = Reaper(app.state.database, app.state.settings)
    receiver, keeper = Receiver(app.state.database, app.state.settings), Keeper(app.state.settings)
    messenger = Messenger(app.state.database, app.state.settings)
    threads = [
        Thread(target=run_until, args=(stop,), name=name, daemon=True)
        for name, run_until in (
            ("reaper", judge.run_until),
            ("receiver", receiver.run_until),
            ("keeper", keeper.run_until),
            ("messenger", messenger.run_until),
        )
    ]
    for thread in threads:
        thread.start()
    yield
    stop.set()
    for thread in threads[:2]:  # a receiver of messages that does not answer holds up nothing
        await run_in_threadpool(thread.join)
    await run_in_threadpool(app.state.network.close)
    app.state.feed.close()
    app.state.callers.close()
    app.state.database.close()
