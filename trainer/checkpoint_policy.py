"""Which checkpoints a run writes, and what they are called. Imports no torch."""

from dataclasses import dataclass

LAST, BEST, WITHIN = "last.pt", "best.pt", "within-epoch.pt"
"""After the last whole epoch, after the best one, and, until the next one is whole, within it."""


@dataclass(frozen=True)
class CheckpointPolicy:
    """How often a run saves itself within an epoch, and what it keeps beside the last and the best epoch."""

    minutes: float = 10.0
    """Within an epoch, whenever so many have gone by since the last checkpoint; 0 only where a run is asked
    to stop."""
    every_epochs: int | None = None
    """Keep a file of every so-manieth epoch; None of none."""

    def keeps(self, epoch: int) -> bool:
        """Whether a file of its own is kept of this epoch."""
        return self.every_epochs is not None and epoch % self.every_epochs == 0
