"""One POST: where it may go, that it goes where the name was judged, and what is said where it fails."""

import ipaddress
import socket
import ssl
import subprocess
from contextlib import suppress
from pathlib import Path
from shutil import which
from threading import Thread
from time import sleep
from typing import Any

import pytest

from app.hooks import Hook, network
from app.runs.hooks import post as module
from app.runs.hooks.post import DeliveryError, may_send_to, post
from tests.app.receiver import receiving

pytestmark = pytest.mark.sqlite
HERE = (network("127.0.0.0/8"),)
HEADERS = {"Content-Type": "application/json"}


@pytest.mark.parametrize(
    "address",
    ["127.0.0.1", "10.1.2.3", "172.16.0.1", "192.168.1.1", "169.254.169.254", "100.64.0.1", "0.0.0.0",
     "224.0.0.1", "255.255.255.255", "::1", "::", "fe80::1", "fc00::1", "ff02::1", "::ffff:127.0.0.1",
     "::ffff:10.0.0.1", "64:ff9b::7f00:1", "64:ff9b::a00:1", "2002:7f00:1::", "2002:a00:1::1"],
)  # fmt: skip
def test_what_is_not_public_is_not_sent_to(address: str) -> None:
    assert not may_send_to(ipaddress.ip_address(address), ())


@pytest.mark.parametrize("address", ["8.8.8.8", "2606:4700::1111", "::ffff:8.8.8.8", "64:ff9b::808:808"])
def test_what_is_public_is(address: str) -> None:
    assert may_send_to(ipaddress.ip_address(address), ())


def test_what_settings_allow_is_and_nothing_beside_it() -> None:
    allowed = (network("10.1.0.0/16"), network("fd00::/8"))
    for text, expected in {"10.1.9.9": True, "10.2.0.1": False, "::ffff:10.1.0.1": True, "fd12::1": True,
                           "::1": False}.items():  # fmt: skip
        assert may_send_to(ipaddress.ip_address(text), allowed) == expected


def test_it_arrives_as_it_was_sent() -> None:
    with receiving() as receiver:
        post(Hook.parse(receiver.url), b'{"a": 1}', HEADERS | {"X-Betaboard-Delivery": "k"}, HERE)
    [(path, headers, body)] = receiver.came
    assert (path, body) == ("/told?secret=7", b'{"a": 1}')
    assert headers["Host"] == f"127.0.0.1:{receiver.port}"
    assert headers["X-Betaboard-Delivery"] == "k"


def test_this_machine_is_refused_unless_it_is_allowed() -> None:
    with receiving() as receiver, pytest.raises(DeliveryError, match="--webhook-allow 127"):
        post(Hook.parse(receiver.url), b"{}", HEADERS)
    assert receiver.came == []


def test_the_name_is_resolved_once_and_what_it_stood_for_is_connected_to(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """A name server that says another address the second time leads nowhere else."""
    real, asked = socket.getaddrinfo, []

    def changing(host: str, port: int, *rest: Any, **more: Any) -> Any:
        if host != "hook.example":
            return real(host, port, *rest, **more)
        asked.append(host)
        return real("127.0.0.1" if len(asked) == 1 else "127.0.0.9", port, *rest, **more)

    monkeypatch.setattr(socket, "getaddrinfo", changing)
    with receiving() as receiver:
        post(Hook.parse(f"http://hook.example:{receiver.port}/x"), b"{}", HEADERS, HERE[:1])
    assert asked == ["hook.example"]
    assert receiver.came[0][1]["Host"] == f"hook.example:{receiver.port}"


def test_of_several_addresses_the_first_that_is_allowed_is_taken(monkeypatch: pytest.MonkeyPatch) -> None:
    real = socket.getaddrinfo

    def several(host: str, port: int, *rest: Any, **more: Any) -> Any:
        if host != "hook.example":
            return real(host, port, *rest, **more)
        return [*real("10.0.0.1", port, *rest, **more), *real("127.0.0.1", port, *rest, **more)]

    monkeypatch.setattr(socket, "getaddrinfo", several)
    with receiving() as receiver:
        post(Hook.parse(f"http://hook.example:{receiver.port}/x"), b"{}", HEADERS, HERE)
    assert len(receiver.came) == 1


@pytest.mark.parametrize(
    ("status", "headers", "words", "pause"),
    [
        (302, {"Location": "http://127.0.0.1:1/"}, "redirects are not followed", 0.0),
        (404, {}, "answered 404: ok", 0.0),
        (429, {"Retry-After": "30"}, "answered 429", 30.0),
        (503, {"Retry-After": "Wed, 21 Oct 2026 07:28:00 GMT"}, "answered 503", 0.0),
    ],
)
def test_what_was_not_taken_says_why(status: int, headers: dict[str, str], words: str, pause: float) -> None:
    with receiving() as receiver:
        receiver.answers.append((status, headers))
        with pytest.raises(DeliveryError, match=words) as failed:
            post(Hook.parse(receiver.url), b"{}", HEADERS, HERE)
    assert len(receiver.came) == 1
    assert failed.value.retry_after == pause
    assert "secret" not in str(failed.value)


def test_nobody_there_and_nobody_who_answers(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "SECONDS", 0.05)
    with socket.create_server(("127.0.0.1", 0)) as silent:
        port = silent.getsockname()[1]
        with pytest.raises(DeliveryError, match=r"no answer within 0\.05 seconds"):
            post(Hook.parse(f"http://127.0.0.1:{port}/"), b"{}", HEADERS, HERE)
    with pytest.raises(DeliveryError, match="cannot be reached: Connection refused"):
        post(Hook.parse(f"http://127.0.0.1:{port}/"), b"{}", HEADERS, HERE)


@pytest.mark.parametrize("begins", [b"HTTP/1.1 200 OK\r\nX-Long: ", b"HTTP/1.1 100 Continue\r\n"])
def test_who_answers_a_byte_at_a_time_holds_nobody(monkeypatch: pytest.MonkeyPatch, begins: bytes) -> None:
    """Each read is answered in time, and the whole never ends: the receiver is let go of, not the sender."""
    monkeypatch.setattr(module, "SECONDS", 0.2)
    with socket.create_server(("127.0.0.1", 0)) as slow:
        sent = Thread(target=_drip, args=(slow, begins))
        sent.start()
        with pytest.raises(DeliveryError, match=r"no answer within 0\.2 seconds"):
            post(Hook.parse(f"http://127.0.0.1:{slow.getsockname()[1]}/"), b"{}", HEADERS, HERE)
        sent.join()


def _drip(slow: socket.socket, begins: bytes) -> None:
    """Until the other side has gone, or for ten seconds, which the test would show as another error."""
    taken, _ = slow.accept()
    with taken, suppress(OSError):
        taken.sendall(begins)
        for _ in range(500):
            taken.sendall(b"x")
            sleep(0.02)


@pytest.mark.skipif(which("openssl") is None, reason="openssl makes the certificate")
def test_over_tls_the_certificate_must_be_that_of_the_name(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    key, certificate = tmp_path / "key.pem", tmp_path / "certificate.pem"
    subprocess.run(
        ["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes",
         "-days", "1", "-subj", "/CN=hook.example", "-addext", "subjectAltName=DNS:hook.example",
         "-keyout", key, "-out", certificate],
        check=True, capture_output=True,
    )  # fmt: skip
    serving = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    serving.load_cert_chain(certificate, key)
    real, usual = socket.getaddrinfo, ssl.create_default_context
    monkeypatch.setattr(socket, "getaddrinfo", lambda _host, *rest, **more: real("127.0.0.1", *rest, **more))
    with receiving(serving) as receiver:
        named, other = (
            Hook.parse(f"https://{host}:{receiver.port}/") for host in ("hook.example", "a.example")
        )
        with pytest.raises(DeliveryError, match="certificate is refused"):
            post(named, b"{}", HEADERS, HERE)
        monkeypatch.setattr(ssl, "create_default_context", lambda: usual(cafile=str(certificate)))
        post(named, b"{}", HEADERS, HERE)
        with pytest.raises(DeliveryError, match="certificate is refused"):
            post(other, b"{}", HEADERS, HERE)
    assert len(receiver.came) == 1
