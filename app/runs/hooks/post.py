"""One POST to a webhook: to an address that settings allow, over no redirect and no proxy.

The name is resolved once, what it resolves to is judged, and the connection goes there: no second answer of
the name server comes between.
"""

import http.client
import ipaddress
import socket
import ssl
from collections.abc import Iterator, Mapping, Sequence
from contextlib import closing, contextmanager, suppress
from threading import Event, Timer

from app.hooks import Hook, Network
from trainer.visible import visible

SECONDS = 10.0
_SHOWN = 100
_NAT64 = ipaddress.ip_network("64:ff9b::/96")
Address = ipaddress.IPv4Address | ipaddress.IPv6Address


class DeliveryError(Exception):
    """It did not arrive, and why. retry_after: seconds that the receiver asks for."""

    def __init__(self, message: str, retry_after: float = 0.0) -> None:
        super().__init__(message)
        self.retry_after = retry_after


def post(hook: Hook, body: bytes, headers: Mapping[str, str], allowed: Sequence[Network] = ()) -> None:
    """Returns once the receiver has taken it (2xx). Raises DeliveryError.

    allowed: networks that may be sent to although they are not public.
    """
    try:
        with closing(_connected(hook, allowed)) as connection, _within(SECONDS, connection.sock):
            if isinstance(connection.sock, ssl.SSLSocket):
                connection.sock.do_handshake()
            connection.request("POST", hook.target, body, dict(headers))
            answer = connection.getresponse()
            status, pause = answer.status, answer.getheader("Retry-After", "")
            taken = 200 <= status < 300
            said = "" if taken else visible(answer.read(_SHOWN).decode("utf-8", "replace").strip())
    except (OSError, http.client.HTTPException) as error:
        raise DeliveryError(f"{hook.host} cannot be reached: {_words(error)}") from error
    if taken:
        return
    if 300 <= status < 400:
        raise DeliveryError(f"{hook.host} answered {status}: redirects are not followed")
    reason = said or http.client.responses.get(status, "")
    raise DeliveryError(f"{hook.host} answered {status}: {reason}", _seconds(pause))


def _connected(hook: Hook, allowed: Sequence[Network]) -> http.client.HTTPConnection:
    address = _allowed_address(hook, allowed)
    sock = socket.create_connection((str(address), hook.port), SECONDS)
    try:
        if not hook.secure:
            plain = http.client.HTTPConnection(hook.host, hook.port, timeout=SECONDS)
            plain.sock = sock
            return plain
        context = ssl.create_default_context()
        safe = http.client.HTTPSConnection(hook.host, hook.port, timeout=SECONDS, context=context)
        safe.sock = context.wrap_socket(sock, server_hostname=hook.host, do_handshake_on_connect=False)
        return safe
    except BaseException:
        sock.close()
        raise


@contextmanager
def _within(seconds: float, sock: socket.socket) -> Iterator[None]:
    """A socket's timeout bounds one read, and a receiver may send a byte now and then: this bounds all.

    Raises TimeoutError where it takes longer.
    """
    late = Event()

    def cut() -> None:
        late.set()
        with suppress(OSError):
            socket.socket.shutdown(sock, socket.SHUT_RDWR)  # also beneath TLS, which would wait for an answer

    timer = Timer(seconds, cut)
    timer.start()
    try:
        yield
    finally:
        timer.cancel()
        if late.is_set():  # else what was cut might look like a short answer
            raise TimeoutError


def _allowed_address(hook: Hook, allowed: Sequence[Network]) -> Address:
    """The first that the host's name stands for and that may be sent to. Raises DeliveryError."""
    found = socket.getaddrinfo(hook.host, hook.port, type=socket.SOCK_STREAM)
    addresses = [ipaddress.ip_address(str(where[0]).partition("%")[0]) for *_, where in found]
    for address in addresses:
        if may_send_to(address, allowed):
            return address
    first = str(addresses[0])
    whose = "its address" if first == hook.host else first
    raise DeliveryError(f"{hook.host}: {whose} is not public; --webhook-allow {first} would allow it")


def may_send_to(address: Address, allowed: Sequence[Network]) -> bool:
    """Whether it is public, with every address that is written inside it, or in a network that is allowed."""
    inner = [address, *_inside(address)]
    if any(one in network for one in inner for network in allowed if one.version == network.version):
        return True
    return all(one.is_global and not one.is_multicast for one in inner)


def _inside(address: Address) -> Iterator[Address]:
    """IPv4 addresses that an IPv6 address stands for, in a way that some network translates."""
    if isinstance(address, ipaddress.IPv4Address):
        return
    for one in (address.ipv4_mapped, address.sixtofour, *(address.teredo or ())):
        if one is not None:
            yield one
    if address in _NAT64:
        yield ipaddress.IPv4Address(int(address) & 0xFFFFFFFF)


def _seconds(text: str) -> float:
    """What a Retry-After says; 0 where it says nothing, or a date."""
    return min(float(text), 3600.0) if text.isascii() and text.isdigit() and len(text) < 6 else 0.0


def _words(error: Exception) -> str:
    if isinstance(error, ssl.SSLCertVerificationError):
        return f"its certificate is refused ({error.verify_message})"
    if isinstance(error, TimeoutError):
        return f"no answer within {SECONDS:g} seconds"
    return visible(str(getattr(error, "strerror", None) or error or type(error).__name__))
