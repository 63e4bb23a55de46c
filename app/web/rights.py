"""What each route asks of its caller: to GET, the right to read; to do anything else, the right to write.

A route that is otherwise says so: POST that changes nothing with `asks_right("read")`. It is looked at behind
the routing, so that no other way to write an address leads past it.
"""

from collections.abc import Callable, Iterable
from typing import TypeVar

from fastapi.routing import APIRoute
from starlette.routing import BaseRoute
from starlette.types import ASGIApp, Receive, Scope, Send

from app.web.callers import CALLER, Right, demand

READING = frozenset({"GET", "HEAD", "OPTIONS"})
_MARK = "asks_right"
_HEEDS = "heeds_right"

EndpointT = TypeVar("EndpointT", bound=Callable[..., object])


def asks_right(right: Right) -> Callable[[EndpointT], EndpointT]:
    """Marks an endpoint whose right does not follow from its method."""

    def mark(endpoint: EndpointT) -> EndpointT:
        setattr(endpoint, _MARK, right)
        return endpoint

    return mark


def right_of(route: APIRoute) -> Right:
    """What a caller must hold."""
    usual: Right = "read" if READING.issuperset(route.methods or ()) else "write"
    marked: Right = getattr(route.endpoint, _MARK, usual)
    return marked


def heed_rights(routes: Iterable[BaseRoute]) -> None:
    """Let these routes refuse callers without the right; done twice, it is done once."""
    for route in routes:
        if isinstance(route, APIRoute) and not hasattr(route, _HEEDS):
            setattr(route, _HEEDS, True)
            route.app = _Rightful(route.app, right_of(route))


class _Rightful:
    """A route's application, behind a look at who calls."""

    def __init__(self, app: ASGIApp, right: Right) -> None:
        self._app = app
        self._right = right

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        demand(scope[CALLER], self._right, f"{scope['method']} {scope['path']}")
        await self._app(scope, receive, send)
