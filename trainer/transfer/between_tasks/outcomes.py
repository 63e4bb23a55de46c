"""How outcomes are measured: own networks, networks from scratch, readouts of features, fine-tuning."""

import time
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Literal

import torch
from torch import Tensor, nn

from trainer.data.scenes import Split
from trainer.errors import DataError
from trainer.transfer.between_tasks.config import TaskTransferConfig
from trainer.transfer.between_tasks.given import Scenery
from trainer.transfer.between_tasks.plan import slot_of
from trainer.transfer.between_tasks.shared import Shared
from trainer.transfer.between_tasks.store import Outcome, Slot, TransferStore
from trainer.transfer.between_tasks.training import (
    BATCH,
    NETWORK_STEPS,
    READOUT_STEPS,
    drawn_encoder,
    drawn_head,
    drawn_network,
    fit,
    judged,
    outputs_of,
    settle,
)
from trainer.transfer.networks import TaskNetwork, raw_pixels
from trainer.transfer.tasks import TASKS, Examples, Task

Held = Literal["validation", "test"]
Inputs = Mapping[Held, Tensor]
"""What a network is judged by."""
_HELD: tuple[Held, ...] = ("validation", "test")


class Outcomes:
    """Measures outcomes, with what several of them need worked out once. Lanes may call it at once."""

    def __init__(
        self,
        config: TaskTransferConfig,
        store: TransferStore,
        datasets_dir: Path,
        device: torch.device,
        stop: Callable[[], bool],
        say: Callable[[str], None],
    ) -> None:
        self._config = config
        self._store = store
        self._device = device
        self._stop = stop
        self._scenery = Scenery(datasets_dir, device, say)
        self._encoders: Shared[nn.Module] = Shared(groups=1)
        self._features: Shared[Tensor] = Shared(groups=3)

    def of(self, slot: Slot, key: str) -> Outcome:
        """Of the sources that the key names. Raises StoppedError, and DataError as store and scenes do."""
        task, begun = TASKS[slot.target], time.perf_counter()
        match slot.way:
            case "full":
                network, inputs = self._own(task, slot)
            case "scratch":
                network, inputs = self._few(drawn_network(task, slot.width, slot.seed), task, slot)
            case "finetune":
                trunk = self._trained(key, slot.seed)
                network, inputs = self._few(drawn_network(task, slot.width, slot.seed, trunk), task, slot)
            case "frozen":
                network, inputs = self._readout(task, slot, key.split("+"))
        found = {
            split: judged(
                task, self._scenery.of(task, split).examples, outputs_of(network, inputs[split], self._stop)
            )
            for split in _HELD
        }
        validation, test = found["validation"], found["test"]
        seconds = time.perf_counter() - begun
        return Outcome(validation.losses, test.losses, test.quality, test.samples, seconds)

    def test_examples(self, target: str) -> Examples:
        """All of a task."""
        return self._scenery.of(TASKS[target], "test").examples

    def chance(self, target: str) -> float:
        """Measure of one answer for all test images."""
        given = self._scenery.of(TASKS[target], "test")
        return TASKS[target].chance(given.examples.targets[given.counted.numpy()])

    def _own(self, task: Task, slot: Slot) -> tuple[nn.Module, Inputs]:
        network = drawn_network(task, slot.width, slot.seed)
        every = self._scenery.of(task, "train")
        rows = torch.arange(len(every.inputs))[every.counted]
        steps = slot.epochs * (len(every.inputs) // BATCH)
        self._fit(network, task, every.inputs[rows], every.targets[rows], steps, slot.seed)
        weights = network.encoder.state_dict()
        self._store.keep_weights(slot, {name: value.cpu().numpy() for name, value in weights.items()})
        return network, self._images(task)

    def _few(self, network: TaskNetwork, task: Task, slot: Slot) -> tuple[nn.Module, Inputs]:
        """A whole network on the few images."""
        rows, readout = self._scenery.rows(task, slot.images, slot.seed), self._scenery.of(task, "readout")
        self._fit(network, task, readout.inputs[rows], readout.targets[rows], NETWORK_STEPS, slot.seed)
        return network, self._images(task)

    def _readout(self, task: Task, slot: Slot, sources: list[str]) -> tuple[nn.Module, Inputs]:
        """A head on features that stay as they are, side by side; the few images standardise each channel."""
        rows, targets = (
            self._scenery.rows(task, slot.images, slot.seed),
            self._scenery.of(task, "readout").targets,
        )
        few = [self._seen(task, source, "readout", slot.seed)[rows] for source in sources]

        def side_by_side(split: Held) -> Tensor:
            every = [self._seen(task, source, split, slot.seed) for source in sources]
            return torch.cat([_standardised(*both) for both in zip(every, few, strict=True)], 1)

        features = torch.cat([_standardised(one, one) for one in few], 1)
        network = drawn_head(task, features.shape[1], slot.seed)
        self._fit(network, task, features, targets[rows], READOUT_STEPS, slot.seed)
        return network, {split: side_by_side(split) for split in _HELD}

    def _fit(
        self, network: nn.Module, task: Task, inputs: Tensor, targets: Tensor, steps: int, seed: int
    ) -> None:
        fit(network.to(self._device), inputs, targets, task, steps, seed, self._stop)

    def _images(self, task: Task) -> Inputs:
        return {split: self._scenery.of(task, split).inputs for split in _HELD}

    def _seen(self, task: Task, source: str, split: Split, seed: int) -> Tensor:
        """A source's features [N, C, 2, 2] of the target's images."""
        group = seed, task.name if task.own_inputs else "scenes"

        def made() -> Tensor:
            network = self._encoders.of(seed, source, lambda: self._encoder(source, seed))
            return outputs_of(network, self._scenery.of(task, split).inputs, self._stop)

        return self._features.of(group, (source, split), made)

    def _encoder(self, source: str, seed: int) -> nn.Module:
        """In eval mode: a task's, one that nothing has trained, or none."""
        if source == "pixels":
            return raw_pixels()
        if source != "random":
            return self._trained(source, seed)
        drawn = drawn_encoder(self._config.width, seed).to(self._device)
        plain = next(task for task in TASKS if not task.own_inputs)
        settle(drawn, self._scenery.of(plain, "readout").inputs)
        return drawn

    def _trained(self, source: str, seed: int) -> nn.Module:
        """A task's encoder. Raises DataError where its weights are gone."""
        slot = slot_of(self._config, source, "full", 0, seed)
        weights = self._store.weights(slot)
        if weights is None:
            raise DataError(
                f"The encoder of {source}, seed {seed}, is gone.",
                f"Delete {self._store.path(slot)}, and retry: its network will be trained again.",
            )
        network = drawn_encoder(self._config.width, seed)
        network.load_state_dict({name: torch.from_numpy(values) for name, values in weights.items()})
        return network.eval().to(self._device)


def _standardised(features: Tensor, few: Tensor) -> Tensor:
    """By the few images' mean and deviation of each channel; a channel that is constant there becomes 0."""
    mean = few.mean((0, 2, 3), keepdim=True)
    deviation = few.std((0, 2, 3), correction=0, keepdim=True)
    return torch.where(deviation > 0, (features - mean) / deviation, 0.0)
