"""How a worker shares out its cores: what `--workers auto` takes, and the measurement that speaks for it.

Slots with one thread each finish a sweep soonest, as threads of one run wait for each other and slots do not.
It is measured by tests/benchmarks/bench_slots.py.
"""

from dataclasses import dataclass
from typing import Literal

Why = Literal["asked", "cores", "memory", "gpu"]
"""What decided on the slots: the setting, or of auto the cores, the memory, or that there is a GPU."""

_ASKED: Why = "asked"
MEASURED = {"convnet4 of width 8": 0.65, "convnet4": 0.89, "ResNet-32": 0.93}
"""Seconds of a sweep in one-thread slots over those of the same runs one by one with all threads."""
MEASURED_ON = "2 cores of an AMD EPYC"
MOST_SLOTS = 16
"""About as many as a usual sweep has runs, three settings of five seeds: more would often stand idle."""
SLOT_BYTES = 1_500_000_000
"""For one run's process. Seen on a long-tailed CIFAR-10: convnet4 0.43 GB, ResNet-32 0.58 GB, ResNet-18 1.06
GB; a narrow convnet4 on shapes10 takes 0.11 GB."""
BASE_BYTES = 1_000_000_000
"""For the web process, the worker, and the process that its children are forked from."""


@dataclass(frozen=True)
class Split:
    """Slots, CPU threads of each, and what decided so."""

    slots: int
    threads: int
    why: Why


def split_of(workers: int | Literal["auto"], cores: int, memory_bytes: int, gpus: int) -> Split:
    """The slots that are asked for, with an equal share of the cores each, or what auto takes.

    auto: one slot a core, up to MOST_SLOTS and to what the memory holds; one slot where there is a GPU, since
    runs side by side on one are not measured.
    """
    slots, why = _auto(cores, memory_bytes, gpus) if workers == "auto" else (workers, _ASKED)
    return Split(slots, max(1, cores // slots), why)


def _auto(cores: int, memory_bytes: int, gpus: int) -> tuple[int, Why]:
    if gpus:
        return 1, "gpu"
    wanted, room = min(cores, MOST_SLOTS), max(1, (memory_bytes - BASE_BYTES) // SLOT_BYTES)
    return (wanted, "cores") if wanted <= room else (room, "memory")
