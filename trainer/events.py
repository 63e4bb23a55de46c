"""What a run says while it trains: frozen events, one JSON line each. Imports no torch.

`train()` yields them, `journal.Journal` numbers and writes them, the worker ingests them. A figure that is
not finite is None here (JSON has no NaN), and its epoch says `diverged`.
"""

from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, TypeAdapter

from trainer.config import RunConfig
from trainer.metrics.fields import Figure, with_metrics


class _Event(BaseModel):
    model_config = ConfigDict(frozen=True, extra="ignore", protected_namespaces=())


class Started(_Event):
    """The run as it was resolved, before the first step. C classes, in the data set's own order."""

    kind: Literal["started"] = "started"
    config: RunConfig
    attempt: int = 1
    class_names: tuple[str, ...]
    train_counts: tuple[int, ...]
    validation_counts: tuple[int, ...]
    test_counts: tuple[int, ...]
    weights: tuple[float, ...] | None
    """Loss weight of each class as it is applied: summing to C, under mean_one averaging 1 over the training
    images; None where the loss is not weighted."""
    fingerprint: str
    """sha256 over the source and the drawn indices: equal subsets have equal fingerprints."""
    source: str | None = None
    """Which images the data set holds; None in journals of before it was told."""
    achieved_ratio: float
    images_per_epoch: int
    steps_per_epoch: int
    parameters: int
    resumed_after_epoch: int = 0
    resumed_after_steps: int = 0
    """Steps of the next epoch that were done before, too."""
    data_warnings: tuple[str, ...] = ()
    """What the import of the data set found; it limits every figure of the run."""
    warnings: tuple[str, ...] = ()
    provenance: dict[str, Any] = Field(default_factory=dict)


class Begun(_Event):
    """A job that is no training, before the first piece of this attempt; `done` of its pieces are kept."""

    kind: Literal["begun"] = "begun"
    attempt: int = 1
    pieces: int
    done: int = 0
    warnings: tuple[str, ...] = ()
    provenance: dict[str, Any] = Field(default_factory=dict)


class Piece(_Event):
    """A piece of such a job is done, the `number`-th; it is told once what it leaves is on the disk."""

    kind: Literal["piece"] = "piece"
    number: int
    name: str
    seconds: float
    figures: dict[str, Figure] = Field(default_factory=dict)


class Batch(_Event):
    """Progress within an epoch, at most two a second; `loss` is the training criterion's mean so far."""

    kind: Literal["batch"] = "batch"
    epoch: int
    step: int
    steps: int
    loss: Figure
    images_per_second: float


@with_metrics
class Epoch(_Event):
    """One finished epoch, with every metric of the table; one that a journal lacks is null.

    Accuracies are fractions; losses but `train_loss` are unweighted cross-entropies. support, correct and
    predicted count test images of each class (as truth, hits and predictions); confusion[true][predicted] is
    their matrix.
    """

    kind: Literal["epoch"] = "epoch"
    epoch: int
    train_loss: Figure = None
    train_accuracy: Figure = None
    validation_loss: Figure = None
    validation_accuracy: Figure = None
    validation_balanced_accuracy: Figure = None
    test_loss: Figure = None
    test_accuracy: Figure = None
    test_balanced_accuracy: Figure = None
    learning_rate: float
    seconds: float
    images_per_second: float
    images: int
    diverged: bool = False
    support: tuple[int, ...]
    correct: tuple[int, ...]
    predicted: tuple[int, ...]
    confusion: tuple[tuple[int, ...], ...]
    scalars: dict[str, Figure] = Field(default_factory=dict)
    """Extra figures under slash names, such as "seconds/evaluate"."""


class Checkpoint(_Event):
    """A checkpoint file is complete on disk: after `epoch` whole epochs, and `steps` of the next one."""

    kind: Literal["checkpoint"] = "checkpoint"
    name: Annotated[str, Field(pattern=r"^[a-z0-9-]+\.pt$")]
    epoch: int
    steps: int = 0
    bytes: int
    seconds: float | None = None
    """What it took, with the predictions that are kept beside it; None in journals of before it was told."""


class Usage(_Event):
    """What the run took of its machine since the last such event: its process, and those that it started."""

    kind: Literal["usage"] = "usage"
    seconds: float
    cpu_seconds: float
    memory_bytes: int
    """Resident at the end of that time."""
    gpu_memory_bytes: int | None = None
    """Reserved on the GPU by then; None where the run uses none."""
    images_per_second: float | None = None
    """In training, as last told: the mean of its epoch so far; None where nothing new was told."""


class Log(_Event):
    """A sentence for the person who reads the log."""

    kind: Literal["log"] = "log"
    level: Literal["info", "warning"] = "info"
    message: str
    known_epochs: int | None = None
    """Where a journal begins anew because the former one was lost: the last epoch that its readers know. The
    run does not go on after a later one, as their figures would have a gap."""


class Best(_Event):
    """The best epoch by balanced accuracy and the split on which it was chosen."""

    epoch: int
    value: float
    chosen_on: Literal["validation", "test"]


class Finished(_Event):
    """All epochs are done."""

    kind: Literal["finished"] = "finished"
    epochs: int
    seconds: float
    best: Best | None


class Stopped(_Event):
    """The run ended on request, after a whole step; `epoch` is the last finished epoch.

    steps: those of the next epoch that are kept, too.
    """

    kind: Literal["stopped"] = "stopped"
    epoch: int
    steps: int = 0


class Failed(_Event):
    """The run ended by an error."""

    kind: Literal["failed"] = "failed"
    error_type: str
    message: str
    hint: str = ""
    traceback: str = ""


Event = Started | Begun | Batch | Epoch | Piece | Checkpoint | Usage | Log | Finished | Stopped | Failed
TERMINAL_KINDS = frozenset({"finished", "stopped", "failed"})


class Entry(_Event):
    """A line of the journal: an event with its number (from 1) and its time (UTC, ISO 8601 with Z)."""

    seq: int
    time: str
    event: Annotated[Event, Field(discriminator="kind")]


ENTRY: TypeAdapter[Entry] = TypeAdapter(Entry)
