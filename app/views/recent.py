"""What was asked for last is kept, within bounds."""

from collections import OrderedDict
from collections.abc import Callable, Hashable
from threading import Lock
from typing import Generic, TypeVar

Value = TypeVar("Value")


class Recent(Generic[Value]):
    """Values by key; the longest unasked are let go where all are larger than `most` together.

    size: of one value; without it each counts as one. Safe to share between threads.
    """

    def __init__(self, most: int, size: Callable[[Value], int] = lambda _: 1) -> None:
        self._most, self._size_of, self._size = most, size, 0
        self._kept: OrderedDict[Hashable, Value] = OrderedDict()
        self._lock = Lock()

    def get(self, key: Hashable) -> Value | None:
        """What was put under the key, where it is still kept."""
        with self._lock:
            if (value := self._kept.get(key)) is not None:
                self._kept.move_to_end(key)
            return value

    def put(self, key: Hashable, value: Value) -> None:
        """Keep it, and as much of the rest as there is room for."""
        with self._lock:
            if (before := self._kept.pop(key, None)) is not None:
                self._size -= self._size_of(before)
            self._kept[key] = value
            self._size += self._size_of(value)
            while self._size > self._most:
                _, oldest = self._kept.popitem(last=False)
                self._size -= self._size_of(oldest)
