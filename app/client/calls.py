"""A connection to one server: requests sent again where that is safe, answers checked, events streamed."""

import json
import os
import time
from collections.abc import Callable, Iterator, Mapping
from types import TracebackType
from typing import Any, Self, TypeVar

import httpx2

from app.client.errors import (
    ClientError,
    ConflictedError,
    MissingError,
    RefusedError,
    SearchRefusedError,
    ServerFailedError,
    UnreachableError,
    WaitedTooLongError,
)
from app.urls import run_api
from app.views.base import View
from app.views.runs.view import RunList
from app.views.series.view import EventRow
from app.views.sweeps.view import SweepList
from trainer.errors import FieldProblem

QUIET_SECONDS = 10.0
"""A stream that is silent for so long is opened anew: so a deadline is seen, and a dead server, too."""
PATIENCE_SECONDS = 60.0
"""How long a server may be away before following a run gives up."""
PAUSE_SECONDS = 1.0
LOOK_SECONDS = 1.0
"""How often what is waited for is looked at."""

_KINDS: dict[int, type[ClientError]] = {404: MissingError, 409: ConflictedError}


def given(**values: Any) -> dict[str, Any]:
    """Those that were given: not None."""
    return {name: value for name, value in values.items() if value is not None}


def checked(response: httpx2.Response) -> httpx2.Response:
    """The response, where it is a good one. Raises RefusedError or ServerFailedError."""
    if response.is_success:
        return response
    response.read()
    said = _error_part(response)
    kind = _KINDS.get(response.status_code, RefusedError)
    if response.is_server_error or not said:
        kind = ServerFailedError
    elif "position" in said:
        kind = SearchRefusedError
    error = kind(
        str(said.get("message") or f"The server answered {response.status_code} {response.reason_phrase}."),
        str(said.get("hint", "")),
        str(said.get("code", "http")),
        [FieldProblem(str(field["path"]), str(field["message"])) for field in said.get("fields", ())],
    )
    if isinstance(error, SearchRefusedError):
        error.query, error.position = str(said["query"]), int(said["position"])
        error.length, error.readings = int(said["length"]), [*map(str, said["readings"])]
    raise error


def _error_part(response: httpx2.Response) -> dict[str, Any]:
    """The server's own words; {} where something else answered, such as a proxy."""
    try:
        said = response.json()["error"]
    except (ValueError, KeyError, TypeError):
        return {}
    return said if isinstance(said, dict) else {}


class EventStream:
    """Events of one run until it ends or the deadline passes, each once, over however many connections."""

    def __init__(self, http: httpx2.Client, run_id: int, after: int, deadline: float | None) -> None:
        self._http = http
        self._run_id = run_id
        self._after = after
        self._deadline = deadline
        self._heard = time.monotonic()
        self._ended = False

    def __iter__(self) -> Iterator[EventRow]:
        while not self._ended and self._remaining() > 0:
            try:
                yield from self._one_connection()
            except httpx2.ReadTimeout:
                continue
            except (httpx2.TransportError, ServerFailedError) as error:
                if time.monotonic() - self._heard > PATIENCE_SECONDS:
                    raise UnreachableError(f"The server is gone ({error}).", code="unreachable") from error
                time.sleep(max(0.0, min(PAUSE_SECONDS, self._remaining())))

    def _one_connection(self) -> Iterator[EventRow]:
        timeout = httpx2.Timeout(10.0, read=min(QUIET_SECONDS, max(0.1, self._remaining())))
        path, asked = run_api(self._run_id, "stream"), {"after": self._after}
        with self._http.stream("GET", path, params=asked, timeout=timeout) as response:
            checked(response)
            self._heard = time.monotonic()
            for event in httpx2.EventSource(response):
                self._heard = time.monotonic()
                if event.event == "end":
                    self._ended = True
                    return
                if event.data:
                    row = EventRow.model_validate(json.loads(event.data))
                    self._after = row.id
                    yield row
                if self._remaining() <= 0:
                    return

    def _remaining(self) -> float:
        return float("inf") if self._deadline is None else self._deadline - time.monotonic()


DEFAULT_URL = "http://127.0.0.1:8000"
_RETRY_DELAYS = (0.2, 0.5, 1.0, 2.0)

PAGE = 100
"""Items of a page, at most."""
ViewT = TypeVar("ViewT", bound=View)
PageT = TypeVar("PageT", RunList, SweepList)


def patiently(look: Callable[[], ViewT]) -> ViewT:
    """What it finds, even if the server is away for a minute."""
    patience = time.monotonic() + PATIENCE_SECONDS
    while True:
        try:
            return look()
        except (UnreachableError, ServerFailedError):
            if time.monotonic() >= patience:
                raise
            time.sleep(LOOK_SECONDS)


class Calls:
    """What all calls of the client stand on."""

    def __init__(
        self, url: str | None = None, token: str | None = None, transport: httpx2.BaseTransport | None = None
    ) -> None:
        """url and token default to BETABOARD_URL (else http://127.0.0.1:8000) and BETABOARD_TOKEN."""
        address = (url or os.environ.get("BETABOARD_URL") or DEFAULT_URL).rstrip("/")
        self.url = address if "://" in address else f"http://{address}"
        token = token or os.environ.get("BETABOARD_TOKEN")
        headers = {"Authorization": f"Bearer {token}"} if token else {}
        self._http = httpx2.Client(base_url=self.url, headers=headers, timeout=30.0, transport=transport)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        """Close the connection; closing twice is harmless."""
        self._http.close()

    def _get(self, kind: type[ViewT], path: str, **asked: Any) -> ViewT:
        return kind.model_validate_json(self._send("GET", path, params=asked).content)

    def _pages(self, kind: type[PageT], path: str, limit: int | None, **asked: Any) -> Iterator[PageT]:
        """Page by page, all there are or as many as hold `limit` items."""
        left = PAGE if limit is None else limit
        while left:
            page = self._get(kind, path, **asked, limit=min(PAGE, left))
            yield page
            left -= 0 if limit is None else len(page.items)
            if page.next_cursor is None:
                return
            asked["cursor"] = page.next_cursor

    def _post(
        self, kind: type[ViewT], path: str, body: Any = None, headers: Mapping[str, str] | None = None
    ) -> ViewT:
        return kind.model_validate_json(self._send("POST", path, json=body, headers=headers).content)

    def _wait(
        self,
        look: Callable[[], ViewT],
        left: Callable[[ViewT], str],
        timeout: float | None,
        on_look: Callable[[ViewT], None] | None,
    ) -> ViewT:
        """Look once a second until `left` has no word of what is to come, even if the server is away a while.

        `on_look` sees each look. Raises WaitedTooLongError after `timeout` seconds, and what a server met
        that was away for more than a minute.
        """
        deadline = None if timeout is None else time.monotonic() + timeout
        while True:
            found = patiently(look)
            if on_look is not None:
                on_look(found)
            to_come = left(found)
            if not to_come:
                return found
            if deadline is not None and time.monotonic() >= deadline:
                raise WaitedTooLongError(
                    f"{to_come} after {timeout:g} seconds.", "It goes on; wait again, or cancel it."
                )
            rest = LOOK_SECONDS if deadline is None else deadline - time.monotonic()
            time.sleep(max(0.0, min(LOOK_SECONDS, rest)))

    def _send(self, method: str, path: str, **options: Any) -> httpx2.Response:
        """One request, sent again where the connection breaks and sending twice does no harm."""
        headers = options.get("headers") or {}
        repeatable = method == "GET" or "Idempotency-Key" in headers
        for delay in (*_RETRY_DELAYS, None) if repeatable else (None,):
            try:
                return checked(self._http.request(method, path, **options))
            except httpx2.TransportError as error:
                if delay is None:
                    raise UnreachableError(
                        f"No betaboard answers at {self.url} ({error}).",
                        "Start one with `betaboard serve`, or set --url or BETABOARD_URL.",
                        "unreachable",
                    ) from error
                time.sleep(delay)
        raise AssertionError("the last attempt returns or raises")
