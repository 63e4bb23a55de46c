"""Who may ask what: Host and Origin checks, the token, how often it may be wrong, and the limit on bodies.

Without a token the server listens on loopback only (settings), and the danger is a web page that a browser
on this machine shows: it must neither read (DNS rebinding: Host) nor write (cross-site form: Origin).
With a token, scripts send it as a bearer and browsers hold a cookie made by `session_cookie` (see login).
"""

import hashlib
import hmac
import logging
import math
import re
import time
from collections import OrderedDict, deque
from collections.abc import Mapping, Sequence
from http import HTTPStatus
from threading import Lock
from urllib.parse import quote, urlsplit

from anyio import BrokenResourceError
from starlette.datastructures import Headers
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from app.errors import (
    AppError,
    BadRequestError,
    ForbiddenError,
    TooLargeError,
    TooManyError,
    UnauthorizedError,
)
from app.settings import Settings
from app.urls import API, HEALTH, LOGIN, below_root
from app.web.error_pages import error_response, wants_page
from app.web.headers import with_headers

BODY_BYTES = 1_000_000
BUNDLE = f"{API}/compare/bundle"
BUNDLE_BYTES = 24_000_000
"""A browser sends its drawn plots here."""
COOKIE = "betaboard_session"

_SAFE = frozenset({"GET", "HEAD", "OPTIONS"})
_OPEN = (LOGIN, HEALTH)
_HOST = re.compile(r"(\[[0-9A-Fa-f:.]+\]|[^\s\[\]/\\?#:]*)(:[0-9]{0,5})?", re.ASCII)
_LOCAL = ("localhost", "127.0.0.1", "[::1]")

MOST_WRONG, WRONG_SECONDS = 10, 60.0
"""So many wrong tokens within so long, and the next ones are not looked at."""
CLIENTS = 1000
"""Remembered; beyond that the one that was wrong longest ago is forgotten."""


class WrongTokens:
    """When each client was wrong last. Any thread may ask."""

    def __init__(self) -> None:
        self._wrong: OrderedDict[str, deque[float]] = OrderedDict()
        self._lock = Lock()

    def __len__(self) -> int:
        return len(self._wrong)

    def check(self, client: str) -> None:
        """Raises TooManyError for a client that was wrong too often to be heard now."""
        with self._lock:
            times: Sequence[float] = self._wrong.get(client, ())
            left = times[0] + WRONG_SECONDS - time.monotonic() if len(times) == MOST_WRONG else 0.0
        if left > 0:
            hint = f"Look for the right one; the next is read in {math.ceil(left)} s."
            raise TooManyError(f"{MOST_WRONG} wrong tokens came within a minute.", hint, math.ceil(left))

    def note(self, client: str) -> None:
        """It was wrong just now."""
        with self._lock:
            self._wrong.setdefault(client, deque(maxlen=MOST_WRONG)).append(time.monotonic())
            self._wrong.move_to_end(client)
            if len(self._wrong) > CLIENTS:
                self._wrong.popitem(last=False)


class Guard:
    """Middleware around everything: sets the root path, refuses or passes on, and adds the headers.

    Whether or not the proxy took the root path off, everything behind sees it on the path, as ASGI has it.
    """

    def __init__(self, app: ASGIApp, settings: Settings, attempts: WrongTokens) -> None:
        self._app = app
        self._settings = settings
        self._attempts = attempts
        self._root = settings.root_path

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """One request; what is not HTTP (lifespan) passes."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        scope["root_path"] = self._root
        scope["path"] = self._root + below_root(scope["path"], self._root)
        request, dress = Request(scope), with_headers(scope, send)
        refusal = self._refusal(request)
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

    def _refusal(self, request: Request) -> Response | None:
        try:
            check_host_form(request.headers)
            if not self._settings.token:
                check_host(request.headers, self._settings.host)
            check_origin(request.method, request.headers)
            check_length(request.headers, self._limit(request))
            self._check_token(request)
        except UnauthorizedError as error:
            return _to_login(request) if wants_page(request) else error_response(request, error)
        except AppError as error:
            return error_response(request, error)
        return None

    def _limit(self, request: Request) -> int:
        """Most bytes of the body."""
        return BUNDLE_BYTES if below_root(request.scope["path"], self._root) == BUNDLE else BODY_BYTES

    def _check_token(self, request: Request) -> None:
        path = below_root(request.scope["path"], self._root)
        is_open = path in _OPEN or path.startswith("/static/")
        if is_open or holds_cookie(self._settings.token, request.cookies):
            return
        if bearer(request.headers):
            self._attempts.check(client_of(request))
            if holds_bearer(self._settings.token, request.headers):
                return
            self._attempts.note(client_of(request))
        hint = "Send the header Authorization: Bearer TOKEN, or sign in at /login."
        raise UnauthorizedError("This server wants a token.", hint)


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


def client_of(request: Request) -> str:
    """Address of the caller; behind a proxy on this machine the one that it names."""
    return request.client.host if request.client else ""


def bearer(headers: Mapping[str, str]) -> str:
    """The token that a script sends, as it stands in the header; "" without one."""
    scheme, _, token = headers.get("authorization", "").partition(" ")
    return token.strip() if scheme.lower() == "bearer" else ""


def holds_bearer(token: str, headers: Mapping[str, str]) -> bool:
    """Whether it is the token. Headers reach us as latin-1; a token of other letters was sent as UTF-8."""
    return hmac.compare_digest(bearer(headers).encode("latin-1", "replace"), token.encode())


def holds_cookie(token: str, cookies: Mapping[str, str]) -> bool:
    """Whether the caller holds the cookie made from the token; anyone does where there is no token."""
    return not token or hmac.compare_digest(cookies.get(COOKIE, "").encode(), session_cookie(token).encode())


def session_cookie(token: str) -> str:
    """What a browser holds after signing in: a digest keyed by the token, which does not tell the token."""
    return hmac.new(token.encode(), b"betaboard browser session", hashlib.sha256).hexdigest()


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
