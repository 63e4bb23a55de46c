"""Where the time of a loop goes, lap by lap: each ends where the next begins, so that nothing is left out.

On a GPU the processor only orders work and runs ahead of it; there a lap is told by marks that the GPU itself
passes, which nobody waits for. Elsewhere it is time by the clock.
"""

import time
from collections import defaultdict, deque
from collections.abc import Callable, Mapping
from typing import Any, Protocol

import torch

MOST_MARKS = 2048
"""Marks that may wait to be read: more than a GPU's queue holds, so that those before are passed."""


class Laps(Protocol):
    """Adds up laps by their names."""

    def lap(self, part: str) -> None:
        """All since the last lap was `part`."""

    @property
    def seconds(self) -> Mapping[str, float]:
        """So far, by part."""


def laps_on(device: torch.device) -> Laps:
    """Laps that begin now, of work on this device."""
    if device.type == "cuda":
        return DeviceLaps(lambda: torch.cuda.Event(enable_timing=True))  # type: ignore[no-untyped-call]
    return HostLaps()


class HostLaps:
    """Laps by the clock."""

    def __init__(self) -> None:
        self._spent: defaultdict[str, float] = defaultdict(float)
        self._last = time.perf_counter()

    def lap(self, part: str) -> None:
        """As `Laps`."""
        now = time.perf_counter()
        self._spent[part] += now - self._last
        self._last = now

    @property
    def seconds(self) -> Mapping[str, float]:
        """As `Laps`."""
        return self._spent


class DeviceLaps:
    """Laps by marks in the GPU's work, which are torch's events; those that were read are used again."""

    def __init__(self, new_mark: Callable[[], Any]) -> None:
        self._new_mark = new_mark
        self._spent: defaultdict[str, float] = defaultdict(float)
        self._waiting: deque[tuple[str, Any]] = deque()
        self._free: list[Any] = []
        self._last = self._marked()

    def lap(self, part: str) -> None:
        """As `Laps`."""
        self._waiting.append((part, self._marked()))
        if len(self._waiting) > MOST_MARKS:
            while self._waiting and self._waiting[0][1].query():
                self._read()

    @property
    def seconds(self) -> Mapping[str, float]:
        """As `Laps`; waits for the last one, hence ask where the GPU was waited for."""
        if self._waiting:
            self._waiting[-1][1].synchronize()
        while self._waiting:
            self._read()
        return self._spent

    def _marked(self) -> Any:
        mark = self._free.pop() if self._free else self._new_mark()
        mark.record()
        return mark

    def _read(self) -> None:
        part, mark = self._waiting.popleft()
        self._spent[part] += self._last.elapsed_time(mark) / 1000
        self._free.append(self._last)
        self._last = mark
