"""What this machine offers a worker: CPU threads and devices. Looks, but imports no torch."""

import os
import platform
import socket
import uuid
from collections.abc import Sequence
from pathlib import Path

from app.store.workers import WorkerInfo


def describe(slots: int, labels: Sequence[str] = ()) -> WorkerInfo:
    """This process as a worker with `slots` slots and `labels`, under a name that was never used before."""
    return WorkerInfo(
        id=uuid.uuid4().hex,
        pid=os.getpid(),
        host=socket.gethostname(),
        slots=slots,
        threads=threads_per_slot(cores(), slots),
        devices=devices(),
        labels=tuple(labels),
    )


def threads_per_slot(cores: int, slots: int) -> int:
    """An equal share of the cores, at least one thread."""
    return max(1, cores // slots)


def cores() -> int:
    """Cores that this process may use."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


def devices(dev: Path = Path("/dev")) -> tuple[str, ...]:
    """Devices that runs may name: the CPU, each NVIDIA card, and Apple's GPU."""
    cards = sum(path.name.removeprefix("nvidia").isdigit() for path in dev.glob("nvidia[0-9]*"))
    apple = platform.system() == "Darwin" and platform.machine() == "arm64"
    return ("cpu", *(f"cuda:{card}" for card in range(cards)), *(("mps",) if apple else ()))
