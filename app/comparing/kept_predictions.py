"""The predictions that a comparison reads: those in the runs' folders, or none at all."""

from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from app.settings import Settings
from app.store import predictions
from app.store.predictions import Hits, Predicted
from trainer.run_dir import EpochName, SplitName


class Kept(Protocol):
    """Predictions of runs; None where they were not kept."""

    def hits(self, run_id: int, at: EpochName) -> Hits | None:
        """Which test images were right."""
        ...

    def predicted(self, run_id: int, split: SplitName, at: EpochName) -> Predicted | None:
        """True and predicted class of each image of a split."""
        ...


class NothingKept:
    """No predictions."""

    def hits(self, run_id: int, at: EpochName) -> Hits | None:  # noqa: ARG002
        """None."""
        return None

    def predicted(self, run_id: int, split: SplitName, at: EpochName) -> Predicted | None:  # noqa: ARG002
        """None."""
        return None


@dataclass(frozen=True)
class InFolders:
    """Predictions in the folders of runs."""

    runs_dir: Path

    def hits(self, run_id: int, at: EpochName) -> Hits | None:
        """As `store.predictions.hits`, of the test split."""
        return predictions.hits(self.runs_dir, run_id, "test", at)

    def predicted(self, run_id: int, split: SplitName, at: EpochName) -> Predicted | None:
        """As `store.predictions.predicted`."""
        return predictions.predicted(self.runs_dir, run_id, split, at)


def kept_in(settings: Settings | None) -> Kept:
    """What the runs of this board kept; nothing without settings."""
    return NothingKept() if settings is None else InFolders(settings.runs_dir)
