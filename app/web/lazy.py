"""Nouns that are loaded when somebody first asks for them, so that the web process starts without them.

`LazyRouter(path, module)` stands in the list of routes for `module.router`. It takes every request at `path`
and below it, imports the module, puts the router's routes into its own place, and lets the app answer the
same request again: order, 404, 405 and redirects are then those of the routes themselves. A list of nouns may
hold routers of both kinds; what must answer at once is an APIRouter, what few pages need is lazy.

The first request of a noun waits for its import; what that costs stands in tests/benchmarks/bench_web.py.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from importlib import import_module
from threading import Lock
from typing import Any, cast

from fastapi import APIRouter, FastAPI
from starlette.concurrency import run_in_threadpool
from starlette.routing import BaseRoute, Match
from starlette.types import Receive, Scope, Send

from app.known import refuse_unknown
from app.urls import below_root
from app.web.refusals import described
from app.web.rights import heed_rights

_ONE_AT_A_TIME = Lock()
"""Two nouns of one circle of imports, loaded in two threads, would each see the other's half made.

It orders the loads of this module alone: an import inside a function, in another thread, takes no part.
"""


def _make_ready(routes: Sequence[BaseRoute]) -> None:
    """What routes do before an endpoint is asked: refuse words that they do not know, and who may not."""
    heed_rights(routes)
    refuse_unknown(routes)


@dataclass(frozen=True)
class LazyRouter(BaseRoute):
    """The place of a router that is not loaded yet.

    path: whole, such as "/api/v1/compare"; every route of the router begins with it. module: has a `router`.
    """

    path: str
    module: str

    def matches(self, scope: Scope) -> tuple[Match, Scope]:
        """Any method at the path or below: which ones are allowed, the routes know."""
        path = below_root(scope["path"], scope.get("root_path", ""))
        is_ours = scope["type"] == "http" and f"{path}/".startswith(f"{self.path}/")
        return (Match.FULL if is_ours else Match.NONE), {}

    async def handle(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Load, give way, and let the app look again."""
        router = await run_in_threadpool(self.load)
        self.give_way(scope["app"], router)
        await scope["app"].router(scope, receive, send)

    def load(self) -> APIRouter:
        """The router; its module is imported once, whoever asks."""
        with _ONE_AT_A_TIME:
            return cast(APIRouter, import_module(self.module).router)

    def give_way(self, app: FastAPI, router: APIRouter) -> None:
        """The routes of `router` in this place; nothing where they are there already.

        Only ever called in the event loop's thread, so that no request sees the list half changed.
        """
        if self in app.routes:
            at = app.routes.index(self)
            _make_ready(router.routes)
            app.routes[at : at + 1] = router.routes


@dataclass(frozen=True)
class _Document(BaseRoute):
    """Stands before the route of the OpenAPI document until somebody asks for it the first time.

    Loading every noun and describing it takes half a second, which the event loop has not to spare.
    """

    path: str

    def matches(self, scope: Scope) -> tuple[Match, Scope]:
        path = below_root(scope["path"], scope.get("root_path", ""))
        return (Match.FULL if scope["type"] == "http" and path == self.path else Match.NONE), {}

    async def handle(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Make the document beside the loop, and leave the answer to the route behind."""
        app: LazyApp = scope["app"]
        for noun in app.unloaded():
            noun.give_way(app, await run_in_threadpool(noun.load))
        await run_in_threadpool(app.openapi)
        if self in app.routes:
            app.routes.remove(self)
        await app.router(scope, receive, send)


_DOCUMENT = Lock()


class LazyApp(FastAPI):
    """An application whose nouns load when they are asked for; its OpenAPI document tells of all of them."""

    def setup(self) -> None:
        """FastAPI's own routes, the document's with a place before it."""
        super().setup()
        if self.openapi_url:
            self.routes.insert(0, _Document(self.openapi_url))

    def add(self, nouns: Iterable[APIRouter | LazyRouter]) -> None:
        """Answer for these nouns, in this order.

        Routers hold whole paths. `include_router` would build each of their routes a second time.
        """
        for noun in nouns:
            if isinstance(noun, LazyRouter):
                self.routes.append(noun)
            else:
                _make_ready(noun.routes)
                self.routes.extend(noun.routes)

    def unloaded(self) -> list[LazyRouter]:
        """Those that are not loaded yet."""
        return [route for route in self.routes if isinstance(route, LazyRouter)]

    def load_all(self) -> None:
        """Every noun, now and in this thread: the event loop's where it runs already."""
        for noun in self.unloaded():
            noun.give_way(self, noun.load())

    def openapi(self) -> dict[str, Any]:
        """The document, of every noun; made once, whoever else asks for it meanwhile waits."""
        with _DOCUMENT:
            self.load_all()
            return described(super().openapi(), self.routes)
