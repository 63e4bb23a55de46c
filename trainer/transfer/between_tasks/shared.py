"""What encoders make of the images that readouts are trained and judged by: computed once for all sizes."""

import threading
from collections import OrderedDict
from collections.abc import Callable, Hashable
from concurrent.futures import Future
from typing import Generic, TypeVar

T = TypeVar("T")


class Shared(Generic[T]):
    """Values that several lanes need: whoever asks first works one out, the others wait for it.

    Those of the groups that were asked for last are kept.
    """

    def __init__(self, groups: int) -> None:
        """groups: how many are kept."""
        self._most = groups
        self._kept: OrderedDict[Hashable, dict[Hashable, Future[T]]] = OrderedDict()
        self._lock = threading.Lock()

    def of(self, group: Hashable, name: Hashable, make: Callable[[], T]) -> T:
        """The value; what `make` raises is raised to all who wait for it, and is tried again later."""
        with self._lock:
            known = self._kept.setdefault(group, {})
            self._kept.move_to_end(group)
            while len(self._kept) > self._most:
                self._kept.popitem(last=False)
            found, is_mine = known.get(name), name not in known
            if found is None:
                found = known[name] = Future()
        if is_mine:
            try:
                found.set_result(make())
            except BaseException as error:
                with self._lock:
                    known.pop(name, None)
                found.set_exception(error)
        return found.result()
