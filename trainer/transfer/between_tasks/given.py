"""What networks of tasks are given: the scenes of each split as tensors, worked out once for all lanes."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import torch
from torch import Tensor

from trainer.data.scenes import Split, load_scenes
from trainer.data.shapes import SHAPES
from trainer.transfer.between_tasks.examples import examples_of
from trainer.transfer.between_tasks.shared import Shared
from trainer.transfer.between_tasks.training import normalised
from trainer.transfer.measure import drawn
from trainer.transfer.tasks import Examples, Task


@dataclass(frozen=True)
class Given:
    """Examples of a task; inputs [N, 3, 32, 32] and targets [N, ...] on the device, counted bool [N]."""

    examples: Examples
    inputs: Tensor
    targets: Tensor
    counted: Tensor


class Scenery:
    """The examples of every task and split."""

    def __init__(self, datasets_dir: Path, device: torch.device, say: Callable[[str], None]) -> None:
        self._datasets_dir = datasets_dir
        self._device = device
        self._say = say
        self._small: Shared[Given] = Shared(groups=100)
        self._large: Shared[Given] = Shared(groups=2)
        self._inputs: Shared[Tensor] = Shared(groups=100)

    def of(self, task: Task, split: Split) -> Given:
        """Raises DataError where the scenes are damaged or cannot be drawn."""
        kept = self._large if split == "train" else self._small
        return kept.of(task.name, split, lambda: self._made(task, split))

    def rows(self, task: Task, images: int, seed: int) -> Tensor:
        """Positions of the few images of a seed that have a target; more images hold those of fewer."""
        labels = load_scenes("readout", self._datasets_dir, self._say).labels
        few = torch.from_numpy(drawn(labels, images, len(SHAPES), seed))
        return few[self.of(task, "readout").counted[few]]

    def _made(self, task: Task, split: Split) -> Given:
        examples = examples_of(task, split, self._datasets_dir, self._say)
        inputs = self._inputs.of(
            task.name if task.own_inputs else "scenes",
            split,
            lambda: normalised(examples.inputs, self._device),
        )
        counted = torch.ones(len(inputs), dtype=torch.bool)
        if examples.counted is not None:
            counted = torch.from_numpy(examples.counted)
        return Given(examples, inputs, torch.from_numpy(examples.targets).to(self._device), counted)
