"""What a run takes of its machine, measured by its own process, wherever that is: CPU, memory, GPU memory.

A look reads counters that are kept anyway: it draws no random numbers and waits for no device.
"""

import time
from contextlib import suppress

import psutil
import torch

from trainer.events import TERMINAL_KINDS, Batch, Begun, Epoch, Event, Started, Usage

SECONDS_BETWEEN_LOOKS = 10.0


class Meter:
    """Looks at this process and those below it: now and then once the run has begun, and before its end.

    The first look counts from the meter's making on.
    """

    def __init__(self, seconds_between: float = SECONDS_BETWEEN_LOOKS) -> None:
        """What was taken before this does not count."""
        self._between = seconds_between
        self._process = psutil.Process()
        self._cpu_seconds, _ = self._taken()
        self._looked = time.perf_counter()
        self._speed: float | None = None
        self._has_begun = False

    def before(self, event: Event) -> Usage | None:
        """What is to be told before this event of the run, where a look is due."""
        if not self._has_begun:
            self._has_begun = isinstance(event, Started | Begun)
            return None
        if isinstance(event, Batch | Epoch):
            self._speed = event.images_per_second
        if time.perf_counter() - self._looked < self._between and event.kind not in TERMINAL_KINDS:
            return None
        return self._look()

    def _look(self) -> Usage:
        cpu_seconds, memory = self._taken()
        now = time.perf_counter()
        usage = Usage(
            seconds=now - self._looked,
            cpu_seconds=max(0.0, cpu_seconds - self._cpu_seconds),
            memory_bytes=memory,
            gpu_memory_bytes=_gpu_memory(),
            images_per_second=self._speed,
        )
        self._cpu_seconds, self._looked, self._speed = cpu_seconds, now, None
        return usage

    def _taken(self) -> tuple[float, int]:
        """CPU seconds of the tree so far, with those of its processes that have ended; resident bytes now."""
        times = self._process.cpu_times()
        seconds = sum((times.user, times.system, times.children_user, times.children_system))
        memory = self._process.memory_info().rss
        for child in self._process.children(recursive=True):
            with suppress(psutil.Error):  # it may have ended since
                own = child.cpu_times()
                memory += child.memory_info().rss
                seconds += own.user + own.system
        return seconds, memory


def _gpu_memory() -> int | None:
    """Bytes that torch holds on the GPU; None where this process uses none."""
    if torch.cuda.is_available() and torch.cuda.is_initialized():  # type: ignore[no-untyped-call]
        return sum(torch.cuda.memory_reserved(at) for at in range(torch.cuda.device_count()))
    return None
