"""What one target's losses say of its sources: gain, quality, wins, affinity; pure functions.

Choices are made on validation images, figures are of test images.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Literal

import numpy as np

from app.comparing.parts import Spread
from app.task_transfers.shares import Floats, Measured, against, beats, beats_mean, share_of
from app.task_transfers.view import Control, Share, Transfer
from trainer.transfer.affinity import affinities
from trainer.transfer.between_tasks.plan import CONTROLS

OWN, SCRATCH = "its own network", "from scratch"
"""Keys beside those of sources: of the target's fully trained network, and of one on the few images alone."""
RANDOM, PIXELS = CONTROLS


@dataclass(frozen=True)
class Readings:
    """One target by one way and so many images: what every seed has measured, by key of sources.

    measures: the target's own measure, by seed.
    """

    target: str
    way: Literal["frozen", "finetune"]
    images: int
    measured: Measured
    measures: Mapping[str, Sequence[float]] = field(default_factory=dict)

    @property
    def keys(self) -> tuple[str, ...]:
        """Of sources, one or several, with a control or without."""
        return tuple(key for key in self.measured.test if key not in (OWN, SCRATCH))

    @property
    def singles(self) -> tuple[str, ...]:
        """Single tasks, the target among them, and controls."""
        return tuple(key for key in self.keys if "+" not in key)

    @property
    def tasks(self) -> tuple[str, ...]:
        """Single tasks other than the target."""
        return tuple(key for key in self.singles if key not in (*CONTROLS, self.target))

    def wins(self, key: str) -> Share:
        """Of test images on which it beats another single task, the mean over those."""
        test = self.measured.test
        return share_of(beats_mean(test[key], [test[other] for other in self.tasks if other != key]))

    def validation_wins(self, key: str) -> float | None:
        """The same of validation images, by which one is chosen."""
        losses = self.measured.validation
        won = beats_mean(losses[key], [losses[other] for other in self.tasks if other != key])
        return None if won is None or not won.size else float(won.mean())

    def versus(self, key: str, other: str) -> Share:
        """Of test images on which it beats that one; nothing where either is not measured."""
        test = self.measured.test
        return share_of(beats(test[key], test[other]) if key in test and other in test else None)

    def affinities(self, keys: Iterable[str], seeds: Sequence[int] | None = None) -> dict[str, float]:
        """Of these among one another, by validation images of all seeds, or of those at these places."""
        validation, names = self.measured.validation, tuple(keys)
        if not names or not validation[names[0]].size:
            return {}
        chosen = slice(None) if seeds is None else list(seeds)
        pooled = np.stack([validation[key][chosen].ravel() for key in names])
        return dict(zip(names, map(float, affinities(pooled)), strict=True))


def transfers_of(readings: Readings) -> tuple[Transfer, ...]:
    """Every source and set of sources as a row."""
    affinity = readings.affinities(readings.singles)
    return tuple(
        Transfer(
            sources=tuple(key.split("+")),
            target=readings.target,
            images=readings.images,
            way=readings.way,
            gain=readings.versus(key, SCRATCH),
            quality=readings.versus(key, OWN),
            wins=readings.wins(key),
            affinity=affinity.get(key),
            measure=Spread.of(readings.measures.get(key, ())),
        )
        for key in readings.keys
    )


def control_of(readings: Readings) -> Control | None:
    """Whether the best source beats a random encoder; None where there is no other source, or no random one.

    It is chosen for each seed by the validation images of the others: a seed whose networks came out well by
    luck would else choose itself, and count as proof. The one that is named is the choice of all together.
    """
    best = best_of(readings)
    if RANDOM not in readings.measured.test or best is None:
        return None
    wins = best_versus(readings, RANDOM)
    told = against(wins)
    return Control(target=readings.target, best=best, wins=wins, is_better=bool(told > 0) if told else None)


def best_of(readings: Readings, seeds: Sequence[int] | None = None) -> str | None:
    """The task of most affinity, by validation images of all seeds or of those at these places."""
    found = readings.affinities(readings.tasks, seeds)
    return max(found, key=lambda key: found[key]) if found else None


def best_versus(readings: Readings, other: str) -> Share:
    """Share of test images on which the best task beats another source; other seeds choose each seed's."""
    test = readings.measured.test
    seeds = len(test[other])
    places = [None] if seeds == 1 else [[one for one in range(seeds) if one != at] for at in range(seeds)]
    chosen = [best_of(readings, place) for place in places]
    won = [beats(test[key][at], test[other][at]) for at, key in enumerate(chosen) if key is not None]
    return share_of(np.stack(won) if won else None)


def order_of(wins: Floats, names: Sequence[str]) -> tuple[str, ...]:
    """Rows [S, T] by average linkage with optimal leaf order; as given below three. NaN is a half."""
    if len(names) < 3:
        return tuple(names)
    from scipy.cluster import hierarchy  # loads much, and few pages need it

    rows = np.nan_to_num(wins, nan=0.5)
    found = hierarchy.linkage(rows, "average", optimal_ordering=True)
    return tuple(names[at] for at in hierarchy.leaves_list(found))
