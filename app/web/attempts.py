"""How often wrong tokens may be tried: so often by each address, and so often by all together.

Only what people may have thought up is slowed, the server's own token. Named tokens and the cookies of
browsers are random, cannot be guessed, and are let in whatever others try meanwhile.
"""

import hashlib
import ipaddress
import math
import time
from collections import OrderedDict, deque
from threading import Lock
from typing import TypeVar

from app.errors import TooManyError

WRONG_SECONDS = 60.0
MOST_WRONG = 10
"""Different wrong tokens of one address within that time, and its next ones are not looked at."""
MOST_OF_ALL = 300
"""Of all addresses together; then only those are heard that had the right token before."""
CLIENTS = 1000
"""Addresses remembered; beyond that the one that was wrong, or right, longest ago is forgotten."""


ValueT = TypeVar("ValueT")


class Attempts:
    """Who was wrong when. Any thread may ask."""

    def __init__(self) -> None:
        self._wrong: OrderedDict[str, deque[tuple[float, bytes]]] = OrderedDict()
        self._all: deque[float] = deque(maxlen=MOST_OF_ALL)
        self._right: OrderedDict[str, None] = OrderedDict()
        self._lock = Lock()

    def __len__(self) -> int:
        return len(self._wrong) + len(self._right)

    def judge(self, address: str, tried: str, is_right: bool) -> None:
        """Remember this try. Raises TooManyError, the same for a right one, where it is one too many.

        The same wrong token again is no new guess: a script that was left behind with an old one does not
        shut out others at its address.
        """
        client, mark = _client(address), hashlib.sha256(tried.encode("utf-8", "replace")).digest()[:8]
        with self._lock:
            left = self._seconds_left(client)
            if left > 0:
                raise _too_many(math.ceil(left))
            if is_right:
                _keep(self._right, client, None)
            elif all(mark != earlier for _, earlier in self._wrong.get(client, ())):
                moment = time.monotonic()
                times = self._wrong.get(client) or deque(maxlen=MOST_WRONG)
                times.append((moment, mark))
                _keep(self._wrong, client, times)
                self._all.append(moment)

    def _seconds_left(self, client: str) -> float:
        """Until this one is heard again."""
        oldest = -math.inf
        times = self._wrong.get(client)
        if times is not None and len(times) == MOST_WRONG:
            oldest = times[0][0]
        if client not in self._right and len(self._all) == MOST_OF_ALL:
            oldest = max(oldest, self._all[0])
        return oldest + WRONG_SECONDS - time.monotonic()


def _client(address: str) -> str:
    """Of IPv6 the network: who has one address of it has 2^64."""
    try:
        found = ipaddress.ip_address(address)
    except ValueError:
        return address[:64]
    if found.version == 6 and found.ipv4_mapped is None:
        return str(ipaddress.ip_network((found, 64), strict=False))
    return str(found)


def _keep(among: OrderedDict[str, ValueT], client: str, value: ValueT) -> None:
    among[client] = value
    among.move_to_end(client)
    if len(among) > CLIENTS:
        among.popitem(last=False)


def _too_many(seconds: int) -> TooManyError:
    hint = f"Look for the right one; the next is read in {seconds} s. Named tokens and browsers that are "
    return TooManyError("Too many wrong tokens came.", f"{hint}signed in are let in meanwhile.", seconds)
