"""Training and judging the networks of tasks, by one recipe for all. A lane of a job runs it on one thread.

Networks that are compared begin alike: the weights of a seed's encoders, and of the heads for a target, are
drawn by the same numbers, and batches come in the same order.
"""

import math
import threading
import zlib
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from trainer.data.cache import Images
from trainer.transfer.between_tasks.store import SAMPLES
from trainer.transfer.networks import TaskNetwork, channels_of, encoder, head
from trainer.transfer.tasks import Examples, Task

Stop = Callable[[], bool]

BATCH = 50
RATE, DECAY = 2e-3, 1e-2
"""Of AdamW (Loshchilov and Hutter 2019); the rate falls to 0 by half a cosine."""
READOUT_STEPS = 250
NETWORK_STEPS = 500
"""Of a whole network on few images, from scratch or trained on."""
_AT_ONCE = 250
_CENTRE, _SPREAD = 0.45, 0.2
_drawing = threading.Lock()


class StoppedError(Exception):
    """Somebody wished the job to stop."""


@dataclass(frozen=True)
class Judged:
    """What outputs are worth: losses [N], NaN without a target; the measure; the first predictions."""

    losses: NDArray[np.float32]
    quality: float
    samples: NDArray[np.float16]


def normalised(images: Images, device: torch.device) -> Tensor:
    """uint8 [N, H, W, 3] -> float32 [N, 3, H, W] of about mean 0 and variance 1."""
    pixels = torch.from_numpy(np.ascontiguousarray(images.transpose(0, 3, 1, 2))).to(device)
    return (pixels.float() / 255 - _CENTRE) / _SPREAD


def drawn_encoder(width: int, seed: int) -> nn.Module:
    """The encoder with which every task of a seed begins."""
    return _drawn(lambda: encoder(width), "encoder", seed)


def drawn_head(task: Task, channels: int, seed: int) -> nn.Module:
    """The head with which every readout of so many channels begins, for a task and a seed."""
    return _drawn(lambda: head(task.kind, channels, len(task.outputs)), task.name, seed)


def drawn_network(task: Task, width: int, seed: int, begun: nn.Module | None = None) -> TaskNetwork:
    """The encoder `begun`, or a new one, with a new head."""
    trunk = begun or drawn_encoder(width, seed)
    return TaskNetwork(trunk, drawn_head(task, channels_of(width), seed))


def fit(
    network: nn.Module, inputs: Tensor, targets: Tensor, task: Task, steps: int, seed: int, stop: Stop
) -> None:
    """Train on inputs [N, ...] and targets [N, ...], in eval mode afterwards. Raises StoppedError."""
    optimizer = torch.optim.AdamW(network.parameters(), RATE, weight_decay=DECAY, foreach=True)
    generator = torch.Generator().manual_seed(seed)
    network.train()
    order: list[Tensor] = []
    for step in range(steps):
        if stop():
            raise StoppedError
        if not order:
            order = list(torch.randperm(len(inputs), generator=generator).split(BATCH))  # type: ignore[no-untyped-call]
            if len(order) > 1 and len(order[-1]) < BATCH:
                order.pop()  # a batch norm of few images would be another one
        rows = order.pop()
        for group in optimizer.param_groups:
            group["lr"] = RATE * (1 + math.cos(math.pi * step / steps)) / 2
        optimizer.zero_grad()
        task.objective.per_image(network(inputs[rows]), targets[rows]).mean().backward()  # type: ignore[no-untyped-call]
        optimizer.step()
    network.eval()


@torch.inference_mode()
def outputs_of(network: nn.Module, inputs: Tensor, stop: Stop) -> Tensor:
    """[N, ...] of a network in eval mode. Raises StoppedError."""
    found = []
    for rows in inputs.split(_AT_ONCE):  # type: ignore[no-untyped-call]
        if stop():
            raise StoppedError
        found.append(network(rows))
    return torch.cat(found)


@torch.inference_mode()
def judged(task: Task, examples: Examples, outputs: Tensor) -> Judged:
    """Outputs [N, ...] for all examples, with or without a target."""
    targets = torch.from_numpy(examples.targets).to(outputs.device)
    losses = task.objective.per_image(outputs, targets).cpu().numpy().astype(np.float32)
    losses[np.isnan(losses)] = np.inf  # a network that diverged loses on every image
    said = outputs.cpu().numpy()
    counted = np.ones(len(losses), bool) if examples.counted is None else examples.counted
    losses[~counted] = np.nan
    first = said[:SAMPLES]
    samples = first if task.kind == "classes" else task.objective.predict(first)
    return Judged(losses, task.quality(said[counted], examples.targets[counted]), samples.astype(np.float16))


def settle(network: nn.Module, inputs: Tensor) -> None:
    """Set the batch norms of an untrained network by these images; in eval mode afterwards."""
    norms = [layer for layer in network.modules() if isinstance(layer, nn.BatchNorm2d)]
    for norm in norms:
        norm.reset_running_stats()
        norm.momentum = None  # the mean over all batches
    network.train()
    with torch.inference_mode():
        for rows in inputs.split(_AT_ONCE):  # type: ignore[no-untyped-call]
            network(rows)
    network.eval()


def _drawn(make: Callable[[], nn.Module], name: str, seed: int) -> nn.Module:
    """torch draws weights by one generator of the whole process: one lane at a time does."""
    with _drawing:
        torch.manual_seed(zlib.crc32(f"{name} {seed}".encode()))
        return make()
