"""Who may ask at all: Host and Origin checks, whether a token is shown, and the limit on bodies.

Without a token the server listens on loopback only (settings), and the danger is a web page that a browser
on this machine shows: it must neither read (DNS rebinding: Host) nor write (cross-site form: Origin).
With a token, scripts send it as a bearer and browsers hold a cookie (see callers); what each may then do, the
routes ask (see rights).
"""

import logging
import re
from http import HTTPStatus
from urllib.parse import quote, urlsplit

from anyio import BrokenResourceError
from sqlalchemy.exc import SQLAlchemyError
from starlette.datastructures import Headers
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from app.errands.importing import CHUNK_BYTES
from app.errors import (
    AppError,
    BadRequestError,
    ForbiddenError,
    TooLargeError,
    UnauthorizedError,
)
from app.settings import Settings
from app.urls import API, HEALTH, LOGIN, LOGOUT, below_root
from app.web.callers import CALLER, STRANGER, Callers
from app.web.error_pages import error_response, on_system_error, wants_page
from app.web.headers import with_headers
from trainer.data.tree import Limits

BODY_BYTES = 1_000_000
BUNDLE_BYTES = 34_000_000
"""A browser sends its drawn plots."""
PICTURES_BYTES = 24_000_000
"""Photographs that a network is to look at."""
_LARGER = (
    (re.compile(f"{API}/compare/bundle"), BUNDLE_BYTES),
    (re.compile(rf"({API})?/runs/[0-9]+/predict", re.ASCII), PICTURES_BYTES),
    (re.compile(f"{API}/datasets/imports/[0-9a-f]+/content"), CHUNK_BYTES),
    (re.compile("/datasets"), Limits.total_bytes),  # an archive, which goes to the disk as it comes
)
"""What takes more than BODY_BYTES."""

_SAFE = frozenset({"GET", "HEAD", "OPTIONS"})
_OPEN = (LOGIN, LOGOUT, HEALTH)
_HOST = re.compile(r"(\[[0-9A-Fa-f:.]+\]|[^\s\[\]/\\?#:]*)(:[0-9]{0,5})?", re.ASCII)
_LOCAL = ("localhost", "127.0.0.1", "[::1]")


class Guard:
    """Middleware around everything: sets root path and caller, refuses or passes on, and adds the headers.

    Whether or not the proxy took the root path off, everything behind sees it on the path, as ASGI has it.
    """

    def __init__(self, app: ASGIApp, settings: Settings, callers: Callers) -> None:
        self._app = app
        self._settings = settings
        self._callers = callers
        self._root = settings.root_path

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """One request. The application's start and end pass; web sockets, which nothing here uses, do not."""
        if scope["type"] != "http":
            if scope["type"] == "lifespan":
                await self._app(scope, receive, send)
            return
        scope["root_path"] = self._root
        scope["path"] = self._root + below_root(scope["path"], self._root)
        request, dress = Request(scope), with_headers(scope, send, self._callers.asks)
        refusal = await self._refusal(request)
        if refusal is not None:
            await refusal(scope, receive, dress)
        else:
            await self._answer(scope, _limited(receive, self._limit(request)), dress)

    async def _answer(self, scope: Scope, receive: Receive, send: Send) -> None:
        """A listener that hangs up while an event is on its way to it is no error of ours."""
        try:
            await self._app(scope, receive, send)
        except* BrokenResourceError:
            logging.getLogger(__name__).debug("A listener hung up: %s", scope["path"])

    async def _refusal(self, request: Request) -> Response | None:
        try:
            check_host_form(request.headers)
            if not self._callers.asks:
                check_host(request.headers, self._settings.host)
            check_origin(request.method, request.headers)
            check_length(request.headers, self._limit(request))
            await self._find_caller(request)
        except UnauthorizedError as error:
            return _to_login(request) if wants_page(request) else error_response(request, error)
        except AppError as error:
            return error_response(request, error)
        except SQLAlchemyError as error:
            return on_system_error(request, error)
        return None

    def _limit(self, request: Request) -> int:
        """Most bytes of the body."""
        path = below_root(request.scope["path"], self._root)
        return next((most for known, most in _LARGER if known.fullmatch(path)), BODY_BYTES)

    async def _find_caller(self, request: Request) -> None:
        """Put into the scope who calls, where the path is not open to all. Raises as `Callers.who`."""
        path = below_root(request.scope["path"], self._root)
        is_open = path in _OPEN or path.startswith("/static/")
        request.scope[CALLER] = STRANGER if is_open else await self._callers.who(request)


def check_host_form(headers: Headers) -> None:
    """Raises BadRequestError for a Host from which no address of this server can be made."""
    given = headers.get("host", "")
    if _HOST.fullmatch(given) is None:
        raise BadRequestError(f"The header Host holds {given[:60]!r}, which names no host.")


def check_host(headers: Headers, host: str) -> None:
    """Raises ForbiddenError for a Host that does not name this machine (DNS rebinding)."""
    given = headers.get("host", "")
    name = given.rpartition(":")[0] if not given.endswith("]") and ":" in given else given
    if name.lower() not in {*_LOCAL, host.lower()}:
        raise ForbiddenError(
            f"The host {name!r} does not name this machine.",
            "Open the server as localhost. Behind a proxy, set --token, or pass Host: localhost on.",
        )


def check_origin(method: str, headers: Headers) -> None:
    """Raises ForbiddenError where a page of another site makes a browser write.

    Sec-Fetch-Site cannot be set by a page, so it decides where it is present. Callers that are no browsers
    send neither header.
    """
    site, origin = headers.get("sec-fetch-site"), headers.get("origin")
    if method in _SAFE or site in ("same-origin", "none") or (site is None and origin is None):
        return
    hosts = (headers.get("host"), headers.get("x-forwarded-host"))
    if site is None and origin is not None and _netloc(origin) in filter(None, hosts):
        return
    raise ForbiddenError(
        f"The request comes from another site ({origin or site}).",
        "Use this server's own pages. Behind a proxy, let it pass the Host header on.",
    )


def _netloc(origin: str) -> str:
    """Host and port of an origin; "" for text that is no address."""
    try:
        return urlsplit(origin).netloc
    except ValueError:
        return ""


def check_length(headers: Headers, most: int = BODY_BYTES) -> None:
    """Raises TooLargeError for a body that announces more than `most` bytes."""
    length = headers.get("content-length", "")
    if length.isdecimal() and int(length[:18]) > most:
        raise TooLargeError(f"The body has {length[:18]} bytes.", f"At most {most} bytes are read.")


def _to_login(request: Request) -> Response:
    root, asked = request.scope["root_path"], request.scope["query_string"].decode("latin-1")
    wanted = below_root(request.scope["path"], root) + (f"?{asked}" if asked else "")
    return RedirectResponse(f"{root}{LOGIN}?next={quote(wanted)}", HTTPStatus.SEE_OTHER)


def _limited(receive: Receive, most: int) -> Receive:
    """`receive`, but for a body that grows beyond `most` bytes without having said so."""
    read = 0

    async def limited() -> Message:
        nonlocal read
        message = await receive()
        read += len(message.get("body", b""))
        if read > most:
            raise HTTPException(TooLargeError.status, f"At most {most} bytes of a body are read")
        return message

    return limited
