"""Which checkpoints a run writes beside that of its last epoch and of its best one. Imports no torch."""

from dataclasses import dataclass


@dataclass(frozen=True)
class CheckpointPolicy:
    """How often a run saves itself within an epoch, and which epochs it keeps for good."""

    minutes: float = 10.0
    """Within an epoch, whenever so many have gone by since the last checkpoint; 0 only where a run is asked
    to stop."""
    every_epochs: int | None = None
    """Keep a checkpoint of every so-manieth epoch; None keeps that of the last and of the best one alone."""

    def keeps(self, epoch: int) -> bool:
        """Whether a file of its own is kept of this epoch."""
        return self.every_epochs is not None and epoch % self.every_epochs == 0
