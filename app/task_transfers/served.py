"""How the single sources serve one target: what the questions to the matrix are answered from."""

from collections.abc import Mapping
from dataclasses import dataclass

from app.task_transfers.judge import RANDOM, SCRATCH, Readings, best_versus, control_of
from app.task_transfers.view import Control, Share


@dataclass(frozen=True)
class Served:
    """How the single sources serve a target, other than the target itself, from the most images.

    wins: of every task, on test images. versus_random, gain: the same against a random encoder and against a
    network from scratch. validation_wins, affinity: by validation images, the latter highest first: by these
    one is chosen. best_versus: how the task of most affinity does against each on test images.
    """

    target: str
    images: int
    wins: Mapping[str, Share]
    versus_random: Mapping[str, Share]
    gain: Mapping[str, Share]
    validation_wins: Mapping[str, float]
    affinity: Mapping[str, float]
    best_versus: Mapping[str, Share]
    control: Control | None

    @property
    def means(self) -> Mapping[str, float]:
        """Shares of wins by source, highest first."""
        known = {key: share.mean for key, share in self.wins.items() if share.mean is not None}
        return dict(sorted(known.items(), key=lambda one: -one[1]))

    def rank(self, source: str) -> int:
        """By wins, from 1; equal ones share the upper rank."""
        return 1 + sum(mean > self.means[source] for mean in self.means.values())

    def rank_by_affinity(self, source: str) -> int:
        """The same by affinity."""
        return 1 + sum(one > self.affinity[source] for one in self.affinity.values())


def served_by(readings: Readings) -> Served:
    """By all single tasks but the target itself."""
    tasks = readings.tasks
    affinity = readings.affinities(tasks)
    chosen_by = {key: won for key in tasks if (won := readings.validation_wins(key)) is not None}
    return Served(
        target=readings.target,
        images=readings.images,
        wins={key: readings.wins(key) for key in tasks},
        versus_random={key: readings.versus(key, RANDOM) for key in tasks},
        gain={key: readings.versus(key, SCRATCH) for key in tasks},
        validation_wins=chosen_by,
        affinity=dict(sorted(affinity.items(), key=lambda one: -one[1])),
        best_versus={key: best_versus(readings, key) for key in tasks},
        control=control_of(readings),
    )
