"""Running figures of one training epoch, kept on the device so that no step waits for them."""

import math
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, TypeVar

import torch
from torch import Tensor

from trainer.errors import DivergedError
from trainer.events import Batch
from trainer.laps import laps_on

_Batch = TypeVar("_Batch")
SECONDS_BETWEEN_REPORTS = 0.5
PARTS = ("data", "forward", "backward")
"""Of a step, in their order."""


@dataclass(frozen=True)
class TrainingFigures:
    """An epoch of training: mean criterion and share of right predictions, over the batches as trained on.

    Right for a mixed image is the label with the larger share. parts: seconds of data, forward and backward;
    what is left of `seconds` went into these figures and into telling them.
    """

    loss: float
    accuracy: float
    images: int
    seconds: float
    parts: Mapping[str, float]


class Tally:
    """Adds up steps; reads them (which waits for the device) at most twice a second and at the end."""

    def __init__(self, epoch: int, steps: int, device: torch.device) -> None:
        self._epoch = epoch
        self._steps = steps
        self._loss_sums = torch.zeros(steps, device=device)
        self._hits = torch.zeros((), dtype=torch.int64, device=device)
        self._step = 0
        self._images = 0
        self._started = self._reported = time.perf_counter()
        self._laps = laps_on(device)
        self.lap = self._laps.lap
        self._parts_before: Mapping[str, float] = {}

    def waits(self, batches: Iterator[_Batch]) -> Iterator[_Batch]:
        """The batches; what each takes to come is the data's part."""
        self.lap("other")
        for batch in batches:
            self.lap("data")
            yield batch
            self.lap("other")

    def add(self, loss: Tensor, logits: Tensor, labels: Tensor) -> None:
        """Count a step: the batch's mean loss, its logits [N, C] and labels [N]."""
        self._loss_sums[self._step] = loss.detach() * len(labels)
        self._hits += (logits.detach().argmax(dim=1) == labels).sum()
        self._step += 1
        self._images += len(labels)

    @property
    def seconds(self) -> float:
        """Since the epoch began, over all attempts that it is made of."""
        return time.perf_counter() - self._started

    def state(self) -> dict[str, Any]:
        """All of it after a whole step, as plain values and tensors."""
        sums, hits = self._loss_sums[: self._step].cpu(), self._hits.item()
        told = {"loss_sums": sums, "hits": hits, "images": self._images, "seconds": self.seconds}
        return told | {"parts": self._parts()}

    def go_on(self, state: Mapping[str, Any]) -> None:
        """Count on from where `state` was told."""
        self._step = len(state["loss_sums"])
        self._loss_sums[: self._step] = state["loss_sums"]
        self._hits += state["hits"]
        self._images = state["images"]
        self._started = time.perf_counter() - state["seconds"]
        self._parts_before = state["parts"]

    def due(self) -> bool:
        """Whether half a second has gone by since the last report."""
        return time.perf_counter() - self._reported >= SECONDS_BETWEEN_REPORTS

    def progress(self) -> Batch:
        """The epoch so far. Raises DivergedError naming the first step whose loss was not finite."""
        figures = self.figures()
        self._reported = time.perf_counter()
        return Batch(
            epoch=self._epoch,
            step=self._step,
            steps=self._steps,
            loss=figures.loss,
            images_per_second=figures.images / figures.seconds,
        )

    def figures(self) -> TrainingFigures:
        """Figures so far. Raises DivergedError naming the first step whose loss was not finite."""
        sums = self._loss_sums[: self._step].cpu().double()
        if not math.isfinite(total := sums.sum().item()):
            self._raise_diverged(sums)
        return TrainingFigures(
            loss=total / self._images,
            accuracy=self._hits.item() / self._images,
            images=self._images,
            seconds=self.seconds,
            parts=self._parts(),
        )

    def _parts(self) -> dict[str, float]:
        """Seconds of each part of a step, over all attempts that the epoch is made of."""
        return {part: self._parts_before.get(part, 0.0) + self._laps.seconds.get(part, 0.0) for part in PARTS}

    def _raise_diverged(self, sums: Tensor) -> None:
        step = int(torch.isfinite(sums).logical_not().nonzero()[0].item()) + 1
        what = "not a number" if sums[step - 1].isnan() else "infinite"
        raise DivergedError(
            f"The training loss became {what} in epoch {self._epoch}, step {step} of {self._steps}.",
            "Take a smaller optim.learning_rate, or let it rise over some optim.warmup_epochs.",
        )
