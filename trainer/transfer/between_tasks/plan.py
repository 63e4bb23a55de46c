"""The pieces of a job in the order in which they are measured, and how many there are. Imports no torch.

Which sources stand side by side is known only once the single ones are read out by every seed; how many sets
there are is known before.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

from trainer.transfer.between_tasks.config import TaskTransferConfig
from trainer.transfer.between_tasks.store import Slot, Way

Stage = Literal["own", "scratch", "single", "finetune", "together"]
"""own: a task's own network. single: every source read out for a target; together: the promising ones, side
by side."""
_WAYS: dict[Stage, Way] = {
    "own": "full", "scratch": "scratch", "single": "frozen", "finetune": "finetune", "together": "frozen",
}  # fmt: skip
CONTROLS = ("random", "pixels")


@dataclass(frozen=True)
class PieceOf:
    """What is measured at once: of one target and one seed."""

    stage: Stage
    slot: Slot

    @property
    def name(self) -> str:
        """In the journal."""
        return (
            f"{self.stage} {self.slot.target}"
            + (f", {self.slot.images} images" if self.slot.images else "")
            + f", seed {self.slot.seed}"
        )


def pieces_of(config: TaskTransferConfig) -> tuple[PieceOf, ...]:
    """Those of a job: every piece of a stage is independent of the others of that stage and seed."""
    return tuple(_pieces(config))


def singles(config: TaskTransferConfig) -> tuple[str, ...]:
    """Every source that is read out on its own, controls last."""
    return (*config.sources, *CONTROLS)


def slot_of(config: TaskTransferConfig, target: str, way: Way, images: int, seed: int) -> Slot:
    """Where outcomes of the job are kept; images is 0 for the large split."""
    return Slot(target, way, images, seed, config.width, config.epochs)


def _pieces(config: TaskTransferConfig) -> Iterator[PieceOf]:
    most = config.sizes[-1]
    sizes: dict[Stage, tuple[int, ...]] = {
        "own": (0,), "scratch": config.sizes, "single": config.sizes, "finetune": (most,),
        "together": (most,),
    }  # fmt: skip

    def of(stage: Stage, seed: int) -> Iterator[PieceOf]:
        for task in config.tasks if stage == "own" else config.targets:
            for images in sizes[stage]:
                yield PieceOf(stage, slot_of(config, task, _WAYS[stage], images, seed))

    for seed in config.seeds:
        for stage in ("own", "scratch", "single"):
            yield from of(stage, seed)
        if config.finetune:
            yield from of("finetune", seed)
    if config.order > 1 and len(config.sources) > 1:
        for seed in config.seeds:
            yield from of("together", seed)
