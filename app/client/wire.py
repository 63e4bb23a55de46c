"""Below the client: answers checked and turned into errors, and a stream that outlives its connection."""

import json
import time
from collections.abc import Iterator
from typing import Any

import httpx2

from app.client.errors import (
    ClientError,
    ConflictedError,
    MissingError,
    RefusedError,
    ServerFailedError,
    UnreachableError,
)
from app.urls import run_api
from app.views.series.view import EventRow
from trainer.errors import FieldProblem

QUIET_SECONDS = 10.0
"""A stream that is silent for so long is opened anew: so a deadline is seen, and a dead server, too."""
PATIENCE_SECONDS = 60.0
"""How long a server may be away before following a run gives up."""
PAUSE_SECONDS = 1.0

_KINDS: dict[int, type[ClientError]] = {404: MissingError, 409: ConflictedError}


def checked(response: httpx2.Response) -> httpx2.Response:
    """The response, where it is a good one. Raises RefusedError or ServerFailedError."""
    if response.is_success:
        return response
    response.read()
    said = _error_part(response)
    kind = _KINDS.get(response.status_code, RefusedError)
    if response.is_server_error or not said:
        kind = ServerFailedError
    raise kind(
        str(said.get("message") or f"The server answered {response.status_code} {response.reason_phrase}."),
        str(said.get("hint", "")),
        str(said.get("code", "http")),
        [FieldProblem(str(field["path"]), str(field["message"])) for field in said.get("fields", ())],
    )


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
