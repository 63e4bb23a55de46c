"""Types of the views of what machines do. usage.fill fills them from the store."""

from typing import Literal

from app.views.base import View
from trainer.metrics.fields import Figure

Part = Literal["data", "forward", "backward", "other", "evaluate", "checkpoint"]
PARTS: dict[Part, str] = {
    "data": "images and augmentation",
    "forward": "forward pass and loss",
    "backward": "backward pass and step",
    "other": "figures and telling",
    "evaluate": "evaluation",
    "checkpoint": "checkpoint",
}
"""Where the time of an epoch goes, in this order. The last comes on top of the epoch's own seconds."""


Span = Literal["hour", "day", "week"]
SPANS: dict[Span, int] = {"hour": 3600, "day": 86_400, "week": 7 * 86_400}
"""How far back a machine is shown, in seconds."""


class EpochTime(View):
    """Seconds of an epoch by part; `seconds` is all but the checkpoint, which is written after it."""

    epoch: int
    seconds: float
    data: float
    forward: float
    backward: float
    other: float
    """Adding up figures of the training and telling them: what is left of it."""
    evaluate: float
    checkpoint: Figure
    """With the predictions that are kept; null while it is still to be written."""


class UsageSpan(View):
    """What a run took of its machine over `seconds` that end `at` seconds of running after its start."""

    time: str
    at: float
    seconds: float
    cpu: float
    """Cores in use, on average."""
    memory_bytes: int
    gpu_memory_bytes: int | None
    images_per_second: Figure


class UsageTotals(View):
    """The same over all of its time: mean cores, their share of the threads that it had, and the peaks."""

    seconds: float
    cpu: float
    cpu_share: Figure
    memory_bytes: int
    gpu_memory_bytes: int | None


class RunUsage(View):
    """What the machine did for one run. Nothing in it where the run was trained by an earlier version."""

    threads: int | None
    device: str | None
    spans: tuple[UsageSpan, ...]
    totals: UsageTotals | None
    epochs: tuple[EpochTime, ...]
    """Those whose parts were measured."""
    shares: dict[Part, float]
    """Of the time of all these epochs with their checkpoints; they add up to 1."""


class Gpu(View):
    """A GPU of a machine; null is what it does not tell. Temperature in °C, power in W."""

    name: str
    utilisation: Figure
    memory_bytes: int | None
    memory_total_bytes: int | None
    temperature: Figure
    power: Figure


class MachineSpan(View):
    """What a host did over `seconds` from `time` on, all its processes together."""

    time: str
    seconds: int
    cores: int
    cpu: float
    """Share of all cores, 0..1."""
    memory_bytes: int
    memory_total_bytes: int
    gpus: tuple[Gpu, ...]


class MachineNow(MachineSpan):
    """The latest of a host, with curves of its last hour, thinned: shares of CPU, of memory, of each GPU."""

    hour_cpu: tuple[float, ...]
    hour_memory: tuple[float, ...]
    hour_gpus: tuple[tuple[Figure, ...], ...]


class Machine(View):
    """What a host did lately, in order: an hour in steps of ten seconds, before it in steps of minutes."""

    host: str
    spans: tuple[MachineSpan, ...]
