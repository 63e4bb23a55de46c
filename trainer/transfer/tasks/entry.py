"""What a task is: what it makes of scenes, what a network is trained to, and how well it can do at all."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from trainer.config_section import Section
from trainer.data.cache import Images
from trainer.data.drawing import Booleans
from trainer.data.scenes import Scenes
from trainer.registry import Entry
from trainer.transfer.tasks.measures import Measure
from trainer.transfer.tasks.objectives import Objective

Level = Literal["low", "middle", "high", "self-supervised"]
"""Of the features that one expects the task to need: of pixels, of a surface, of an object."""
Kind = Literal["vector", "map", "classes"]
"""Some numbers for an image, some for each of its pixels, or one of some classes."""

Targets = NDArray[Any]
"""float32 [N, K] of a vector, float32 [N, C, 32, 32] of a map, int64 [N] of classes."""


@dataclass(frozen=True)
class Examples:
    """What a network is given, and what it is to answer, for N images in the order of the scenes.

    inputs: uint8 [N, 32, 32, 3]; counted: bool [N], which of them have a target, None where all do. What
    stands in the rows of the others means nothing.
    """

    inputs: Images
    targets: Targets
    counted: Booleans | None = None


@dataclass(frozen=True, kw_only=True)
class Task(Entry[Section]):
    """A task on scenes. Channels or numbers of an output stand in the order of `outputs`.

    make: the examples; what it draws, as of added noise, comes from the generator alone. own_inputs: it gives
    a network other images than the scenes'. needs_labels: people must tell the targets or show a clean
    image; without, the images themselves do. outputs: what each number, channel or class is; units: of the
    targets, "" where they have none. ceiling: the best figure that there can be, None where no bound is
    known; ceiling_why: what sets it, and whether it can be reached as far as one knows.
    """

    fields: type[Section] = Section
    level: Level
    kind: Kind
    outputs: tuple[str, ...]
    units: str = ""
    make: Callable[[Scenes, np.random.Generator], Examples]
    own_inputs: bool = False
    needs_labels: bool = True
    objective: Objective
    measure: Measure
    ceiling: float | None
    ceiling_why: str

    def quality(self, outputs: NDArray[np.float32], targets: Targets) -> float:
        """The measure of a network's outputs, shaped as the targets are; for classes, logits [N, C].

        Both of images that count.
        """
        return self.measure.of(self.objective.predict(outputs), targets)

    def chance(self, targets: Targets) -> float:
        """The measure of one answer for all images: that of least loss over these targets.

        targets: of images that count.
        """
        constant = self.objective.constant(targets)
        return self.measure.of(np.broadcast_to(constant, targets.shape), targets)
