"""HTTP as uvicorn speaks it, but a request has to arrive: half-sent ones are ended."""

import asyncio

import h11
from uvicorn.protocols.http.h11_impl import H11Protocol

SECONDS = 20.0
"""Within which a request's head and body must come, or the first word of a new connection."""
BYTES_A_SECOND = 10_000
"""What has come buys more time at this rate, so that a large body may come over a slow line."""
_TIMED_OUT = b"HTTP/1.1 408 Request Timeout\r\nConnection: close\r\nContent-Length: 0\r\n\r\n"


class PatientProtocol(H11Protocol):
    """One connection, with a look at the clock while a request is on its way."""

    _begun = 0.0
    _received = 0
    _timer: asyncio.TimerHandle | None = None

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        """The first request must come, too."""
        super().connection_made(transport)
        self._begin()

    def data_received(self, data: bytes) -> None:
        """Begin with a request's first byte, end with its last one."""
        super().data_received(data)
        self._received += len(data)
        if not self._is_half_sent():
            self._end()
        elif self._timer is None:
            self._begin()

    def connection_lost(self, exc: Exception | None) -> None:
        """Nothing is waited for any more."""
        self._end()
        super().connection_lost(exc)

    def _is_half_sent(self) -> bool:
        state, (waiting, _) = self.conn.their_state, self.conn.trailing_data
        return state is h11.SEND_BODY or (state is h11.IDLE and bool(waiting))

    def _begin(self) -> None:
        self._begun, self._received = self.loop.time(), 0
        self._timer = self.loop.call_later(SECONDS, self._look)

    def _end(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None

    def _look(self) -> None:
        """Close, with 408 where a part came and nothing was answered yet; or look again when that is due."""
        due = self._begun + SECONDS + self._received / BYTES_A_SECOND
        if self.loop.time() < due:
            self._timer = self.loop.call_at(due, self._look)
            return
        self._timer = None
        if self._is_half_sent() and self.conn.our_state in (h11.IDLE, h11.SEND_RESPONSE):
            self.transport.write(_TIMED_OUT)
        self.transport.close()
