"""How far a run has come: its last finished epoch and its best one. Imports no torch."""

from collections.abc import Iterable
from dataclasses import dataclass
from functools import reduce
from typing import Protocol

from trainer.events import Best, Epoch


class Measured(Protocol):
    """What decides whether a finished epoch is the best: of the journal's record, and of a database's row."""

    @property
    def epoch(self) -> int:
        """Its number, from 1 on."""

    @property
    def validation_loss(self) -> float | None:
        """None without a validation split."""

    @property
    def validation_accuracy(self) -> float | None:
        """None without a validation split."""

    @property
    def validation_balanced_accuracy(self) -> float | None:
        """What decides where there is a validation split."""

    @property
    def test_balanced_accuracy(self) -> float | None:
        """What decides where there is none."""

    @property
    def diverged(self) -> bool:
        """Whether its loss stopped being finite."""


@dataclass(frozen=True)
class Progress:
    """Finished epochs, the seconds they took over all attempts, and the best of them."""

    epoch: int = 0
    seconds: float = 0.0
    best: Best | None = None

    def after(self, record: Epoch) -> "Progress":
        """The progress once `record` is done too."""
        return Progress(record.epoch, self.seconds + record.seconds, better(self.best, record))


def best_of(records: Iterable[Measured]) -> Best | None:
    """The best of these epochs, which come in their order; None where none has a figure."""
    nothing: Best | None = None
    return reduce(better, records, nothing)


def better(best: Best | None, record: Measured) -> Best | None:
    """The better of the best epoch so far and a new one, by balanced accuracy; a tie keeps the earlier.

    It is judged on validation where the run has a validation split, else on test. An epoch that diverged,
    or whose figure is missing, is never the best and never in the way of a later one.
    """
    validated = record.validation_accuracy is not None or record.validation_loss is not None
    value = record.validation_balanced_accuracy if validated else record.test_balanced_accuracy
    if value is None or record.diverged or (best is not None and value <= best.value):
        return best
    return Best(epoch=record.epoch, value=value, chosen_on="validation" if validated else "test")
