"""Webhooks as settings name them: an address, and the shape in which it takes what it is told.

[SHAPE+]http(s)://..., where SHAPE is slack, mattermost or json; without one, the host decides. An address
often is a secret itself, so that nobody is shown more of it than its host.
"""

import hashlib
import ipaddress
from dataclasses import dataclass, field
from typing import Literal, cast, get_args
from urllib.parse import SplitResult, urlsplit

from app.errors import SetupError

Shape = Literal["slack", "mattermost", "json"]
SHAPES: tuple[Shape, ...] = get_args(Shape)
Network = ipaddress.IPv4Network | ipaddress.IPv6Network
_PORTS = {"http": 80, "https": 443}
_SAY = "Give [slack+|mattermost+|json+]https://HOST/PATH, such as json+https://example.org/told."


@dataclass(frozen=True)
class Hook:
    """Where to send, and in which shape."""

    shape: Shape
    url: str = field(repr=False)

    @classmethod
    def parse(cls, text: str) -> "Hook":
        """Raises SetupError for what is no address of that kind."""
        head, plus, rest = text.strip().partition("+")
        named = plus == "+" and ":" not in head
        url = rest if named else text.strip()
        if named and head.lower() not in SHAPES:
            raise SetupError(f"A webhook has no shape {head!r}; there are {', '.join(SHAPES)}.", _SAY)
        parts = _split(url)
        shape = cast(Shape, head.lower()) if named else _shape_of(parts.hostname or "")
        return cls(shape, url)

    @property
    def id(self) -> str:
        """Of this address in this shape, and telling neither."""
        return hashlib.sha256(f"{self.shape} {self.url}".encode()).hexdigest()[:16]

    @property
    def secure(self) -> bool:
        """By TLS."""
        return self._parts.scheme.lower() == "https"

    @property
    def host(self) -> str:
        """Its name or number."""
        return self._parts.hostname or ""

    @property
    def port(self) -> int:
        """Its own, or the usual one."""
        return self._parts.port or _PORTS[self._parts.scheme.lower()]

    @property
    def target(self) -> str:
        """Path and query, as the request names them."""
        parts = self._parts
        return (parts.path or "/") + (f"?{parts.query}" if parts.query else "")

    @property
    def _parts(self) -> SplitResult:
        return urlsplit(self.url)


def network(text: str) -> Network:
    """An address, or a range such as 10.0.0.0/8. Raises SetupError."""
    try:
        return ipaddress.ip_network(text.strip(), strict=False)
    except ValueError as error:
        raise SetupError(
            f"{text!r} is no address and no range of addresses.", "Give one such as 10.1.0.0/16 or 127.0.0.1."
        ) from error


def _shape_of(host: str) -> Shape:
    """By the host's name; plain JSON where that tells nothing."""
    labels = host.lower().split(".")
    if host.lower() in ("hooks.slack.com", "hooks.slack-gov.com"):
        return "slack"
    return "mattermost" if "mattermost" in labels else "json"


def _split(url: str) -> SplitResult:
    try:
        parts = urlsplit(url)
        usable = parts.scheme.lower() in _PORTS and parts.hostname and parts.port != 0
        (parts.hostname or "").encode("idna")  # as who looks its number up
    except ValueError:
        usable = False
    if not usable or not url.isascii() or not url.isprintable() or " " in url:
        raise SetupError("A webhook is no address that can be posted to.", _SAY)
    if parts.username is not None:
        raise SetupError(f"The webhook at {parts.hostname} names a user before its host.", _SAY)
    return parts
