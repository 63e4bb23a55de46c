"""Who calls: the holder of the server's own token, of a named one, or a browser that signed in with either.

A server without a token of its own asks for none (settings: it listens on this machine only), and whoever
calls is its owner; who shows a named token there all the same is held to its scope.

What was found in the database is believed for CACHED_SECONDS, and forgotten at once where this process
withdraws it.
"""

import hashlib
import hmac
import secrets
import time
from collections import OrderedDict
from collections.abc import Mapping, Sequence, Set
from dataclasses import dataclass, replace
from threading import Lock
from typing import Literal, cast, get_args

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request

from app.errors import ForbiddenError, UnauthorizedError
from app.store import sign_ins, tokens
from app.store.engine import Database
from app.store.tables import Token
from app.web.attempts import Attempts
from app.web.token_uses import TokenUses

COOKIE = "betaboard_session"
CALLER = "betaboard.caller"
"""Key of a request's scope under which its Caller stands."""
CACHED_SECONDS = 1.0
MOST_CACHED = 1000
MOST_COOKIES = 4

Right = Literal["none", "read", "write", "own"]
RIGHTS: tuple[Right, ...] = get_args(Right)
"""Each holds those before it. own: see, make and withdraw tokens; of the server's own token only."""


@dataclass(frozen=True)
class Caller:
    """Who sent a request, and what for it may be used."""

    right: Right
    name: str = ""
    """Of the named token."""
    token_id: int | None = None
    digest: str = ""
    """Under which the database holds the token or the sign-in; "" for what no row stands for."""
    signed_in: bool = False
    """A browser, by its cookie."""

    def may(self, right: Right) -> bool:
        """Whether it holds this right."""
        return RIGHTS.index(self.right) >= RIGHTS.index(right)


OWNER = Caller("own")
STRANGER = Caller("none")
"""Anyone, at an address that is open to all."""
_HINT = (
    "Give one with --token or BETABOARD_TOKEN, in scripts as the header Authorization: Bearer TOKEN; "
    "in a browser sign in at /login."
)
_OWN = "the server's own token (the one that it was started with)"
_WAYS: dict[Right, str] = {
    "none": "",
    "read": "Sign in at /login.",
    "write": f"Use one of the scope write (`betaboard token create NAME --scope write`), or {_OWN}.",
    "own": f"Only {_OWN} allows that; or use `betaboard token` on the server's machine.",
}


class Callers:
    """Finds out who calls. Any thread may ask."""

    def __init__(self, database: Database, own_token: str) -> None:
        self._database = database
        self._own = own_token
        self._attempts = Attempts()
        self._found: OrderedDict[str, tuple[float, Caller]] = OrderedDict()
        self._forgotten = 0
        self._lock = Lock()
        self._uses = TokenUses(database)

    @property
    def asks(self) -> bool:
        """Whether callers have to show anything."""
        return bool(self._own)

    async def who(self, request: Request) -> Caller:
        """Who sent the request. Raises UnauthorizedError, TooManyError."""
        if shown := bearer(request.headers):
            return await self._holder(shown, address_of(request))
        if not self.asks:
            return OWNER
        for digest in map(self._digest_of_cookie, cookies_of(request)):
            if caller := self._cached(digest) or await run_in_threadpool(self._browser, digest):
                return caller
        raise UnauthorizedError("This server wants a token.", _HINT)

    def sign_in(self, typed: str, address: str, before: Sequence[str]) -> str:
        """What the cookie of a browser is to hold whose user typed this token; its cookies before end.

        Raises UnauthorizedError, TooManyError, and what the database raises.
        """
        digest = tokens.digest_of(typed)
        holder = self._look(digest)
        if holder is None:
            self._judge(typed, address)
        cookie = secrets.token_urlsafe(32)
        with self._database.write() as session:
            if holder is not None and tokens.find_token(session, digest) is None:
                raise UnauthorizedError("This token was withdrawn a moment ago.", _HINT)
            sign_ins.end(session, [*map(self._digest_of_cookie, before)])
            sign_ins.begin(session, self._digest_of_cookie(cookie), holder.token_id if holder else None)
        self.forget()
        return cookie

    def sign_out(self, cookies: Sequence[str], everywhere: bool) -> None:
        """End this browser's session, or those of all that signed in with the same token."""
        found = [caller for caller in map(self._browser, map(self._digest_of_cookie, cookies)) if caller]
        if not found:
            return
        with self._database.write() as session:
            sign_ins.end(session, [caller.digest for caller in found])
            for caller in found if everywhere else ():
                sign_ins.end_all(session, caller.token_id)
        self.forget()

    def close(self) -> None:
        """Write what is to be written, before the database is closed."""
        self._uses.close()

    def forget(self) -> None:
        """Look anew at all: something was withdrawn."""
        with self._lock:
            self._forgotten += 1
            self._found.clear()

    def gone(self, digests: Set[str]) -> Set[str]:
        """Those of the digests whose token or sign-in has ended; "" never does."""
        asked = digests - {""}
        if not asked:
            return set()
        with self._database.read() as session:
            ended = asked - tokens.lasting(session, asked) - sign_ins.lasting(session, asked)
        if ended:
            self.forget()
        return ended

    async def _holder(self, shown: str, address: str) -> Caller:
        digest = tokens.digest_of(shown)
        caller = self._cached(digest)
        if caller is None and (shown.startswith(tokens.MARK) or not self.asks):
            caller = await run_in_threadpool(self._look, digest)
        if caller is None and self.asks:
            self._judge(shown, address)
        return caller or OWNER

    def _judge(self, tried: str, address: str) -> None:
        """Raises UnauthorizedError for what is not the server's own token, or TooManyError."""
        is_right = hmac.compare_digest(tokens.digest_of(tried), tokens.digest_of(self._own)) and self.asks
        self._attempts.judge(address, tried, is_right)
        if not is_right:
            raise UnauthorizedError("This is no token of this server.", f"Was it withdrawn? {_HINT}")

    def _look(self, digest: str) -> Caller | None:
        """The holder of a named token, as the database has it now."""
        begun = self._forgotten
        with self._database.read() as session:
            found = tokens.find_token(session, digest)
        return None if found is None else self._keep(digest, _of(found, digest), begun)

    def _browser(self, digest: str) -> Caller | None:
        begun = self._forgotten
        with self._database.read() as session:
            found = sign_ins.find(session, digest)
        if found is None:
            return None
        token = found[1]
        caller = Caller("own", digest=digest) if token is None else _of(token, digest)
        return self._keep(digest, replace(caller, signed_in=True), begun)

    def _keep(self, digest: str, caller: Caller, begun: int) -> Caller:
        """Believe this for a while, if nothing was withdrawn since it was looked at; note the token's use."""
        with self._lock:
            if begun == self._forgotten:
                self._found[digest] = time.monotonic(), caller
                if len(self._found) > MOST_CACHED:
                    self._found.popitem(last=False)
        if caller.token_id is not None:
            self._uses.note(caller.token_id)
        return caller

    def _cached(self, digest: str) -> Caller | None:
        with self._lock:
            since, caller = self._found.get(digest, (-CACHED_SECONDS, None))
            if caller is not None and time.monotonic() - since < CACHED_SECONDS:
                return caller
            self._found.pop(digest, None)
        return None

    def _digest_of_cookie(self, cookie: str) -> str:
        """Keyed by the server's own token: with another one every browser has to sign in again."""
        return hmac.new(self._own.encode(), cookie.encode("utf-8", "replace"), hashlib.sha256).hexdigest()


def caller_of(request: Request) -> Caller:
    """Who sent a request that the guard has let pass."""
    return cast(Caller, request.scope[CALLER])


def demand(caller: Caller, right: Right, what: str) -> None:
    """Raises ForbiddenError where the caller lacks the right to do `what`."""
    if not caller.may(right):
        holder = f"The token {caller.name!r} has" if caller.name else "This caller has"
        told = f"{holder} the scope {caller.right}, which does not allow {what}."
        raise ForbiddenError(told, _WAYS[right])


def address_of(request: Request) -> str:
    """Of the caller; what a proxy says of it where uvicorn trusts that proxy (FORWARDED_ALLOW_IPS)."""
    return request.client.host if request.client else ""


def cookies_of(request: Request) -> list[str]:
    """What the browser holds from us. There may be more: of another server at this host, say."""
    pairs = (part.strip().partition("=") for part in request.headers.get("cookie", "").split(";"))
    return [value for name, _, value in pairs if name == COOKIE and value][:MOST_COOKIES]


def bearer(headers: Mapping[str, str]) -> str:
    """The token that a script shows; "" without one. Headers reach us as latin-1, most are sent as UTF-8."""
    scheme, _, token = headers.get("authorization", "").partition(" ")
    if scheme.lower() != "bearer":
        return ""
    sent = token.strip().encode("latin-1", "replace")
    try:
        return sent.decode()
    except UnicodeDecodeError:
        return token.strip()


def _of(token: Token, digest: str) -> Caller:
    return Caller(cast(Right, token.scope), token.name, token.id, digest)
