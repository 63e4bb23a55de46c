"""How the single sources serve one target: what the questions to the matrix are answered from."""

from collections.abc import Mapping
from dataclasses import dataclass, replace

from app.task_transfers.judge import RANDOM, Readings, control_of
from app.task_transfers.view import Control, Share


@dataclass(frozen=True)
class Served:
    """How the single sources serve a target, other than the target itself, from the most images.

    wins: of every task. versus_random: the same against a random encoder. first_versus: the task that wins
    most against each other one.
    """

    target: str
    wins: Mapping[str, Share]
    versus_random: Mapping[str, Share]
    first_versus: Mapping[str, Share]
    control: Control | None

    @property
    def means(self) -> Mapping[str, float]:
        """Shares of wins by source, highest first."""
        known = {key: share.mean for key, share in self.wins.items() if share.mean is not None}
        return dict(sorted(known.items(), key=lambda one: -one[1]))

    def rank(self, source: str) -> int:
        """From 1; equal ones share the upper rank."""
        return 1 + sum(mean > self.means[source] for mean in self.means.values())


def served_by(readings: Readings) -> Served:
    """By all single tasks but the target itself."""
    tasks = readings.tasks
    wins = {key: readings.wins(key) for key in tasks}
    found = Served(
        target=readings.target,
        wins=wins,
        versus_random={key: readings.versus(key, RANDOM) for key in tasks},
        first_versus={},
        control=control_of(readings),
    )
    first = next(iter(found.means), None)
    versus = {key: readings.versus(first, key) for key in tasks if key != first} if first else {}
    return replace(found, first_versus=versus)
