"""How often a client named a wrong token, so that guessing is slow; kept in memory, for so many clients."""

import math
import time
from collections import OrderedDict, deque
from collections.abc import Sequence
from threading import Lock

from app.errors import TooManyError

MOST, SECONDS = 10, 60.0
"""So many wrong tokens within so long, and the next ones are not looked at."""
CLIENTS = 1000
"""Remembered; beyond that the one that was wrong longest ago is forgotten."""


class WrongTokens:
    """When each client was wrong last. Any thread may ask."""

    def __init__(self) -> None:
        self._wrong: OrderedDict[str, deque[float]] = OrderedDict()
        self._lock = Lock()

    def __len__(self) -> int:
        return len(self._wrong)

    def check(self, client: str) -> None:
        """Raises TooManyError for a client that was wrong too often to be heard now."""
        with self._lock:
            times: Sequence[float] = self._wrong.get(client, ())
            left = times[0] + SECONDS - time.monotonic() if len(times) == MOST else 0.0
        if left > 0:
            hint = f"Look for the right one; the next is read in {math.ceil(left)} s."
            raise TooManyError(f"{MOST} wrong tokens came within a minute.", hint, math.ceil(left))

    def note(self, client: str) -> None:
        """It was wrong just now."""
        with self._lock:
            self._wrong.setdefault(client, deque(maxlen=MOST)).append(time.monotonic())
            self._wrong.move_to_end(client)
            if len(self._wrong) > CLIENTS:
                self._wrong.popitem(last=False)
