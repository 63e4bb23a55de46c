"""What a matrix of task transfers is asked: which tasks, how many images, which seeds. Imports no torch."""

from itertools import combinations
from typing import Annotated, Literal

from pydantic import AfterValidator, BeforeValidator, Field
from pydantic_core import PydanticCustomError

from trainer.config_readers import list_to_tuple
from trainer.config_section import Section
from trainer.config_sections import Device

FOLDER = "scenes-v1-transfers-v1"
"""Of kept outcomes, among the data sets: a new recipe or new scenes get one of their own."""
FEWEST_IMAGES, MOST_IMAGES = 50, 1000
MOST_SEEDS = 10
WIDTH = 16
PROMISING = 5
"""So many sources of most affinity are read out side by side, for each target."""


def _every_task() -> tuple[str, ...]:
    from trainer.transfer.tasks import TASKS  # takes scipy, which few jobs need

    return TASKS.names


def _known(names: tuple[str, ...]) -> tuple[str, ...]:
    """In the order of the registry, each once."""
    known = _every_task()
    for name in names:
        if name not in known:
            raise PydanticCustomError(
                "task",
                "must be tasks; {name} is none: there are {known}",
                {"name": name, "known": ", ".join(known)},
            )
    return tuple(name for name in known if name in names)


def _ascending(sizes: tuple[int, ...]) -> tuple[int, ...]:
    return tuple(sorted(set(sizes)))


TaskNames = Annotated[
    tuple[str, ...], BeforeValidator(list_to_tuple), AfterValidator(_known), Field(min_length=1)
]
Sizes = Annotated[
    tuple[Annotated[int, Field(ge=FEWEST_IMAGES, le=MOST_IMAGES, strict=True)], ...],
    BeforeValidator(list_to_tuple),
    AfterValidator(_ascending),
    Field(min_length=1, max_length=6),
]


class TaskTransferConfig(Section):
    """Every source task's encoder, frozen, read out for every target by few images, with each seed.

    A target that is no source is a new one: nothing goes on from its network. sizes: labelled images of a
    readout. order: how many sources are read out side by side at most, of the `PROMISING` best.
    finetune: besides, every single source trained on as a whole, on the most images. epochs: of the training
    of a task's own network, on 6,000 images.
    """

    kind: Literal["task_transfer"] = "task_transfer"
    sources: TaskNames = Field(default_factory=_every_task)
    targets: TaskNames = Field(default_factory=_every_task)
    sizes: Sizes = (100, 300, 1000)
    order: Annotated[int, Field(ge=1, le=3)] = 2
    finetune: bool = False
    seeds: Annotated[
        tuple[Annotated[int, Field(ge=0, le=2**32 - 1)], ...],
        BeforeValidator(list_to_tuple),
        Field(min_length=1, max_length=MOST_SEEDS),
    ] = (0,)
    width: Annotated[int, Field(ge=1, le=64)] = WIDTH
    epochs: Annotated[int, Field(ge=1, le=100)] = 12
    device: Device = "auto"
    threads: int | None = None

    @property
    def tasks(self) -> tuple[str, ...]:
        """Sources and targets, in the registry's order: those that have a network of their own."""
        return tuple(name for name in _every_task() if name in {*self.sources, *self.targets})


def combined(promising: tuple[str, ...], order: int) -> tuple[tuple[str, ...], ...]:
    """The sets of two and more of these sources that are read out side by side, pairs first."""
    return tuple(together for count in range(2, order + 1) for together in combinations(promising, count))
