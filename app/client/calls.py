"""One connection to one server: its address and token, and requests sent again where that is safe."""

import os
import time
from collections.abc import Mapping
from types import TracebackType
from typing import Any, Self, TypeVar

import httpx2

from app.client.errors import UnreachableError
from app.client.wire import checked
from app.views.base import View

DEFAULT_URL = "http://127.0.0.1:8000"
_RETRY_DELAYS = (0.2, 0.5, 1.0, 2.0)

ViewT = TypeVar("ViewT", bound=View)


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

    def _post(
        self, kind: type[ViewT], path: str, body: Any = None, headers: Mapping[str, str] | None = None
    ) -> ViewT:
        return kind.model_validate_json(self._send("POST", path, json=body, headers=headers).content)

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
