"""A request that stays half sent is ended; one that comes slowly, but comes, is answered."""

import socket
import time
from collections.abc import Iterator
from contextlib import closing
from http.client import HTTPConnection
from pathlib import Path

import pytest

from app.serving.installation import prepare
from app.settings import Settings
from app.web import patience
from tests.served import served

pytestmark = pytest.mark.slow

HEAD = b"POST /api/v1/runs/validate HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n"
WAIT, LATE = 0.4, 10.0
AT_LEAST = WAIT - 0.005
"""The loop counts whole milliseconds, from when it last looked at its clock."""


@pytest.fixture
def port(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[int]:
    """Of a server that waits WAIT seconds, and buys a second for 100 bytes."""
    monkeypatch.setattr(patience, "SECONDS", WAIT)
    monkeypatch.setattr(patience, "BYTES_A_SECOND", 1000)
    settings = Settings(data_dir=tmp_path / "data")
    prepare(settings)
    with served(settings) as server:
        yield server.port


def said(port: int, *parts: bytes, pause: float = 0.0) -> tuple[bytes, float]:
    """All that comes back after these parts were sent, and how long that took."""
    begun = time.monotonic()
    with socket.create_connection(("127.0.0.1", port), timeout=LATE) as line:
        for part in parts:
            line.sendall(part)
            time.sleep(pause)
        read = b""
        while more := line.recv(4096):
            read += more
    return read, time.monotonic() - begun


def quiet(line: socket.socket) -> bytes | None:
    """What comes; None when nothing does."""
    try:
        return line.recv(4096)
    except TimeoutError:
        return None


@pytest.mark.parametrize(
    "sent", [b"GET / HT", HEAD, HEAD + b"Content-Length: 50\r\n\r\n", HEAD + b"Content-Length: 50\r\n\r\n{"]
)
def test_half_a_request_is_ended(port: int, sent: bytes, capfd: pytest.CaptureFixture[str]) -> None:
    read, seconds = said(port, sent)
    assert read.startswith(b"HTTP/1.1 408 ")
    assert AT_LEAST <= seconds < LATE
    assert "Traceback" not in capfd.readouterr().err


def test_a_connection_without_a_word_is_closed(port: int) -> None:
    read, seconds = said(port)
    assert read == b""
    assert AT_LEAST <= seconds < LATE


def test_a_byte_now_and_then_buys_no_time(port: int) -> None:
    begun = time.monotonic()
    with socket.create_connection(("127.0.0.1", port), timeout=LATE) as line:
        line.settimeout(0.05)
        read, sent = b"", 0
        for byte in HEAD:
            sent += 1
            line.sendall(bytes([byte]))
            try:
                read = line.recv(4096)
                break
            except TimeoutError:
                continue
    assert read.startswith(b"HTTP/1.1 408 ")
    assert time.monotonic() - begun >= AT_LEAST
    assert sent < len(HEAD), "it ended before all was sent"


def test_a_large_body_over_a_slow_line_is_read(port: int) -> None:
    body = b'{"config": {}' + b" " * 2000 + b"}"
    parts = [body[at : at + 200] for at in range(0, len(body), 200)]
    length = f"Content-Length: {len(body)}\r\nConnection: close\r\n\r\n".encode()
    read, seconds = said(port, HEAD + length, *parts, pause=0.08)
    assert seconds > 2 * WAIT
    assert read.startswith(b"HTTP/1.1 200 ")


def test_a_stream_and_a_kept_connection_outlive_it(port: int) -> None:
    with socket.create_connection(("127.0.0.1", port), timeout=3 * WAIT) as line:
        line.sendall(b"GET /api/v1/stream HTTP/1.1\r\nHost: localhost\r\n\r\n")
        assert line.recv(4096).startswith(b"HTTP/1.1 200 ")
        time.sleep(2 * WAIT)
        line.settimeout(WAIT)
        while (more := quiet(line)) is not None:
            assert more != b"", "it was closed"
    with closing(HTTPConnection("127.0.0.1", port, timeout=5)) as kept:
        kept.connect()
        begun_with = kept.sock
        for _ in range(2):
            kept.request("GET", "/api/v1/health")
            answer = kept.getresponse()
            assert (answer.status, answer.read()[:1]) == (200, b"{")
            assert kept.sock is begun_with, "it was closed"
            time.sleep(2 * WAIT)
