"""What this machine offers a worker: CPU threads and devices. Looks, but imports no torch."""

import os
import platform
import socket
import uuid
from collections.abc import Sequence
from pathlib import Path
from typing import Literal

import psutil

from app.runs.split import split_of
from app.store.tables import Job
from app.store.workers import WorkerInfo
from app.worker.limits import cpu_limit, memory_limit

CLUSTER_DEVICES = ("cpu", "cuda")
"""Of a cluster, which nobody is connected to yet; what its nodes lack, a run waits for there, and says so."""


def describe(
    workers: int | Literal["auto"], labels: Sequence[str] = (), for_cluster: bool = False
) -> WorkerInfo:
    """This process as a worker with as many slots as the setting says, under a name never used before.

    for_cluster: whether the nodes of a cluster train, not this machine.
    """
    found = devices()
    split = split_of(workers, cores(), memory_bytes(), gpus=len(found) - 1)
    return WorkerInfo(
        id=uuid.uuid4().hex,
        pid=os.getpid(),
        host=socket.gethostname(),
        slots=split.slots,
        threads=split.threads,
        split=split.why,
        devices=CLUSTER_DEVICES if for_cluster else found,
        labels=tuple(labels),
    )


def threads_for(run: Job, share: int) -> int:
    """Those that its earlier attempts had, else a slot's `share`.

    Figures depend on their number to the last bit, and a run that goes on ends as one that was never
    interrupted. Where this machine has fewer cores, the share it is.
    """
    earlier: int = ((run.started or {}).get("provenance") or {}).get("threads") or share
    return earlier if earlier <= cores() else share


def cores() -> int:
    """Cores that this process may use."""
    has_affinity = hasattr(os, "sched_getaffinity")
    found = len(os.sched_getaffinity(0)) if has_affinity else os.cpu_count() or 1
    return min(found, cpu_limit() or found)


def memory_bytes() -> int:
    """Memory that this process and its children may have."""
    found: int = psutil.virtual_memory().total
    return min(found, memory_limit() or found)


def devices(dev: Path = Path("/dev")) -> tuple[str, ...]:
    """Devices that runs may name: the CPU, each NVIDIA card, and Apple's GPU."""
    cards = sum(path.name.removeprefix("nvidia").isdigit() for path in dev.glob("nvidia[0-9]*"))
    apple = platform.system() == "Darwin" and platform.machine() == "arm64"
    return ("cpu", *(f"cuda:{card}" for card in range(cards)), *(("mps",) if apple else ()))
