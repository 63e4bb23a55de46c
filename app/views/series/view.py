"""Types of the views of what a run measured: epochs, classes, confusion, scalars, log, events, checkpoints.

series.fill fills them from the store.
"""

from typing import Any, NamedTuple

from app.views.base import View
from app.views.runs.view import Figures
from trainer.metrics.fields import Figure

COSTS = ("learning_rate", "seconds", "images_per_second", "images")
"""What an epoch took."""


class EpochRow(Figures):
    """Figures of one epoch, with its cost."""

    seconds: float
    images_per_second: float
    images: int
    time: str


class EpochLine(NamedTuple):
    """What the curves of one run are drawn from, after one epoch; taken from the table's columns as it is."""

    epoch: int
    train_loss: float | None
    train_accuracy: float | None
    validation_loss: float | None
    validation_accuracy: float | None
    test_loss: float | None
    test_accuracy: float | None
    test_balanced_accuracy: float | None
    learning_rate: float
    diverged: bool


class EpochList(View):
    """All finished epochs, in order."""

    items: tuple[EpochRow, ...]


class ClassRow(View):
    """One class after one epoch: recall = correct / support, precision = correct / predicted, or null."""

    class_id: int
    name: str
    train_count: int
    support: int
    correct: int
    predicted: int
    recall: Figure
    precision: Figure


class ClassTable(View):
    """Every class after `epoch` (the last finished one by default), in the data set's own order."""

    epoch: int | None
    classes: tuple[ClassRow, ...]


class RunSeries(View):
    """All that one run measured: every finished epoch, and every class after each of them."""

    run_id: int
    epochs: tuple[EpochRow, ...]
    classes: tuple[ClassTable, ...]


class SeriesList(View):
    """Of several runs, by number."""

    items: tuple[RunSeries, ...]


class ClassHistory(View):
    """Recall of each class over the epochs: recall[class_id][i] belongs to epochs[i]."""

    epochs: tuple[int, ...]
    names: tuple[str, ...]
    train_counts: tuple[int, ...]
    recall: tuple[tuple[Figure, ...], ...]


class ConfusionView(View):
    """matrix[true][predicted] of test images; `normalised` divides each row by its sum (null if empty)."""

    epoch: int | None
    names: tuple[str, ...]
    train_counts: tuple[int, ...]
    matrix: tuple[tuple[int, ...], ...]
    normalised: tuple[tuple[Figure, ...], ...]


class ScalarRow(View):
    """An extra figure."""

    key: str
    epoch: int
    value: Figure


class ScalarList(View):
    """Extra figures, by key and epoch."""

    items: tuple[ScalarRow, ...]


class EventRow(View):
    """An event: `id` is what `after` and Last-Event-ID take; `seq` is null for a change of state."""

    id: int
    run_id: int
    seq: int | None
    time: str
    kind: str
    payload: dict[str, Any]


class EventList(View):
    """Events after the given id, oldest first; `next_after` continues."""

    items: tuple[EventRow, ...]
    next_after: int


class LogView(View):
    """Text of log.txt from byte `after` on; `next_after` continues; `ended` says that no more will come."""

    text: str
    next_after: int
    ended: bool


class CheckpointRow(View):
    """A checkpoint that can be downloaded under its name."""

    name: str
    epoch: int
    steps: int
    """Steps of the next epoch that are in it, too: 0 but for that within an epoch."""
    bytes: int
    time: str


class CheckpointList(View):
    """Checkpoints of a run, by epoch, and what they take together."""

    items: tuple[CheckpointRow, ...]
    bytes: int
