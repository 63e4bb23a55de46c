"""Operations on a batch of uint8 pixels, in place: what the policies have in common that draw them.

Each image draws its own operations. torchvision's transforms draw once a call, from the global generator; so
the draws are made here, from the epoch's, and images that drew the same are changed together.
"""

from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import NamedTuple

import torch
from torch import Generator, Tensor

from trainer.policies.operations import SIGNED, Operation, operate


class Step(NamedTuple):
    """An operation, how likely it is done, and how much of it: a part of its published range, 0 to 1."""

    operation: Operation
    probability: float
    amount: float


Way = tuple[Step, ...]


@dataclass(frozen=True)
class Steps:
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
