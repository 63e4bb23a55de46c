"""Policies of augmentation beyond crop and mirror, on whole batches of uint8 pixels, in place.

Each image draws its own operations. torchvision's transforms draw once a call, from the global generator; so
the draws are made here, from the epoch's, and images that drew the same are changed together.
"""

from collections import defaultdict
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import NamedTuple

import torch
from torch import Generator, Tensor

from trainer.config_data import DataConfig
from trainer.data.operations import CIFAR10_PAIRS, OPERATIONS, SIGNED, Operation, operate

Policy = Callable[[Tensor, Generator], None]
"""Pixels uint8 [B, H, W, 3] on any device, changed in place; a CPU generator, the source of all chance."""


def policy_of(data: DataConfig, neutral: Tensor) -> Policy | None:
    """The chosen policy; None without one. `neutral` is the colour [3] that erased pixels take."""
    if data.policy == "cutout" and data.cutout_size is not None:
        return Cutout(data.cutout_size, neutral)
    if data.policy == "randaugment" and data.operations is not None and data.magnitude is not None:
        return Operations(_rand_augment(data.magnitude), data.operations)
    if data.policy == "autoaugment":
        return Operations(_auto_augment())
    return None


@dataclass(frozen=True)
class Cutout:
    """Erases a square around some pixel of each image; it may reach over the edge."""

    size: int
    neutral: Tensor

    def __call__(self, pixels: Tensor, generator: Generator) -> None:
        """Erase a square of each image."""
        count, height, width, _ = pixels.shape
        rows = self._within(torch.randint(height, (count, 1), generator=generator), height)
        columns = self._within(torch.randint(width, (count, 1), generator=generator), width)
        square = (rows.unsqueeze(2) & columns.unsqueeze(1)).to(pixels.device)
        pixels.copy_(torch.where(square.unsqueeze(3), self.neutral, pixels))

    def _within(self, middle: Tensor, length: int) -> Tensor:
        """Which places of a side are in the square: bool [B, length]."""
        first = middle - self.size // 2
        places = torch.arange(length)
        return (places >= first) & (places < first + self.size)


class Step(NamedTuple):
    """An operation, how likely it is done, and how much of it: a part of its published range, 0 to 1."""

    operation: Operation
    probability: float
    amount: float


Way = tuple[Step, ...]


@dataclass(frozen=True)
class Operations:
    """An image draws one of the `ways`, `times` times; each of its steps is done with its probability."""

    ways: Sequence[Way]
    times: int = 1

    def __call__(self, pixels: Tensor, generator: Generator) -> None:
        """Change each image by the operations that it draws."""
        images = pixels.permute(0, 3, 1, 2)
        for drawn in self._drawn(len(images), generator):
            alike: dict[tuple[Operation, float], list[int]] = defaultdict(list)
            for place, operation in enumerate(drawn):
                if operation:
                    alike[operation].append(place)
            for (name, amount), places in alike.items():
                where = torch.tensor(places, device=pixels.device)
                images[where] = operate(name, amount, images[where])

    def _drawn(self, count: int, generator: Generator) -> Iterator[list[tuple[Operation, float] | None]]:
        """Stage by stage the operation of each of `count` images and its signed amount, None for none."""
        for _ in range(self.times):
            ways = torch.randint(len(self.ways), (count,), generator=generator).tolist()
            for stage in range(len(self.ways[0])):
                steps = [self.ways[way][stage] for way in ways]
                chances, sides = torch.rand(2, count, generator=generator).tolist()
                yield [
                    _signed(step, side) if chance < step.probability else None
                    for step, chance, side in zip(steps, chances, sides, strict=True)
                ]


def _signed(step: Step, side: float) -> tuple[Operation, float]:
    goes_back = step.operation in SIGNED and side < 0.5
    return step.operation, -step.amount if goes_back else step.amount


def _rand_augment(magnitude: int) -> tuple[Way, ...]:
    """One step of any operation but Invert, all by the same magnitude of 30; nothing is one of them."""
    return tuple((Step(name, 1.0, magnitude / 30),) for name in OPERATIONS if name != "Invert")


def _auto_augment() -> tuple[Way, ...]:
    """The published pairs, whose magnitudes have ten steps, 0 to 9."""
    return tuple(
        tuple(Step(name, probability, magnitude / 9) for name, probability, magnitude in pair)
        for pair in CIFAR10_PAIRS
    )
