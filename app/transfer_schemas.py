"""What a caller may send to compare what networks are worth elsewhere: of runs, and of tasks."""

from typing import Annotated

from pydantic import Field

from app.schema_types import AskedSeeds, AskedSources, Name, Notes
from app.schemas import Body
from trainer.transfer.between_tasks.config import MOST_SEEDS, WIDTH, Sizes, TaskNames, TaskTransferConfig
from trainer.transfer.config import FEWEST_IMAGES, MOST_IMAGES, Mode

_TASK_DEFAULTS = TaskTransferConfig.model_fields


class TransferBody(Body):
    """Which networks are to be compared on other images.

    sources: numbers of completed runs, and "random" for a network that nothing has trained. images: how many
    labelled images of the data set are drawn for each seed. seeds: the seeds, or how many: 5 for 0 to 4.
    """

    sources: AskedSources
    dataset: str
    images: Annotated[int, Field(ge=FEWEST_IMAGES, le=MOST_IMAGES, strict=True)] = 300
    mode: Mode = "linear"
    seeds: AskedSeeds = Field(default=[0, 1, 2, 3, 4])
    name: Name | None = None
    notes: Notes = ""


class TaskTransferBody(Body):
    """Which tasks on scenes are to serve which, all of them unless said otherwise.

    sources, targets: names of tasks; a target that is no source is a new one. sizes: labelled images of a
    readout. order: how many sources are read out side by side at most. finetune: every source trained on as a
    whole, too. seeds: the seeds, or how many. width, epochs: of a task's own network.
    """

    sources: TaskNames | None = None
    targets: TaskNames | None = None
    sizes: Sizes = _TASK_DEFAULTS["sizes"].default
    order: Annotated[int, Field(ge=1, le=3, strict=True)] = _TASK_DEFAULTS["order"].default
    finetune: Annotated[bool, Field(strict=True)] = False
    seeds: AskedSeeds = Field(default=[0], max_length=MOST_SEEDS)
    width: Annotated[int, Field(ge=1, le=64, strict=True)] = WIDTH
    epochs: Annotated[int, Field(ge=1, le=100, strict=True)] = _TASK_DEFAULTS["epochs"].default
    name: Name | None = None
    notes: Notes = ""
