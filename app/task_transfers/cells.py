"""Outcomes of a job from the store, target by target, and what they say; kept until the files change.

A cell is one target by one way and so many images. Reading its files takes most of the time of a view, so
what follows from them is kept, and not the losses: those of a whole job are tens of megabytes.
"""

from collections.abc import Collection, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

import numpy as np

from app.comparing.parts import Spread
from app.task_transfers.judge import OWN, SCRATCH, Readings, transfers_of
from app.task_transfers.options import Option, options_of
from app.task_transfers.served import Served, served_by
from app.task_transfers.shares import Measured, counted
from app.task_transfers.view import Transfer
from app.views.recent import Recent
from trainer.errors import DataError
from trainer.transfer.between_tasks.config import TaskTransferConfig
from trainer.transfer.between_tasks.plan import PieceOf, Stage, singles, slot_of
from trainer.transfer.between_tasks.promising import BySeed, sets_of
from trainer.transfer.between_tasks.store import ALONE, Slot, TransferStore, Way

MOST_KEPT = 200
"""Cells, of some 70 kB; a job of all tasks has 60 of them."""
_KEPT: Recent["Cell"] = Recent(MOST_KEPT)
_STAGES: dict[Way, Stage] = {"full": "own", "scratch": "scratch", "frozen": "single", "finetune": "finetune"}
_FEW: tuple[Way, ...] = ("scratch", "frozen", "finetune")


@dataclass(frozen=True)
class Cell:
    """What one target's outcomes say; `served` and `options` from the most images, frozen, alone."""

    transfers: tuple[Transfer, ...]
    served: Served | None
    options: tuple[Option, ...]


class Cells:
    """Of one job: what is done by every seed. `warnings` tells of files that are damaged or gone."""

    def __init__(self, datasets_dir: Path, config: TaskTransferConfig, done: Collection[str]) -> None:
        self._store = TransferStore(datasets_dir)
        self._place = str(datasets_dir)
        self._config = config
        self._done = frozenset(done)
        self._alone: dict[tuple[Slot, ...], BySeed | None] = {}
        self._unread: set[tuple[Slot, ...]] = set()
        self.warnings: dict[str, None] = {}

    @property
    def is_read(self) -> bool:
        """Whether all files that were asked for could be read: else it may be otherwise at the next look."""
        return not self._unread

    def stamps(self) -> tuple[object, ...]:
        """Other ones whenever a file of the job has changed."""
        config = self._config
        slots = [self._slots(name, "full", 0) for name in config.tasks]
        for target in config.targets:
            slots += [self._slots(target, way, images) for images in config.sizes for way in _FEW]
        return tuple(self._store.stamp(slot) for group in slots for slot in group)

    def alone(self, target: str, way: Literal["full", "scratch"], images: int) -> Spread:
        """Measure of its own network, or of one from scratch; without figures where a seed has none."""
        found = self._alone_of(target, way, images)
        return Spread.of([one[ALONE].quality for one in found or ()])

    def cell(self, target: str, way: Literal["frozen", "finetune"], images: int) -> Cell | None:
        """None where a seed has not measured it, or where its files cannot be read."""
        slots = self._slots(target, way, images)
        if not self._is_done(slots):
            return None
        groups = (slots, self._slots(target, "full", 0), self._slots(target, "scratch", images))
        read = [slot for group in groups for slot in group]
        is_done = tuple(one.name in self._done for one in self._all_pieces(target, images))
        config = self._config
        stamps = tuple(self._store.stamp(slot) for slot in read)
        key = (self._place, tuple(read), stamps, is_done, config.sources, config.order, config.sizes[-1])
        if (kept := _KEPT.get(key)) is None:
            found = self._readings(target, way, images, slots)
            if found is None:
                return None
            kept = self._judged(found)
            if self._unread.isdisjoint(groups):
                _KEPT.put(key, kept)
        return kept

    def _judged(self, readings: Readings) -> Cell:
        is_whole = readings.way == "frozen" and readings.images == self._config.sizes[-1]
        return Cell(
            transfers_of(readings),
            served_by(readings) if is_whole else None,
            options_of(readings, readings.target in self._config.sources) if is_whole else (),
        )

    def _readings(
        self, target: str, way: Literal["frozen", "finetune"], images: int, slots: tuple[Slot, ...]
    ) -> Readings | None:
        by_seed = self._read(slots)
        if by_seed is None:
            return None
        keys = singles(self._config) if way == "frozen" else self._config.sources
        if self._has(by_seed, keys) and self._has_sets(target, way, images):
            keys = (*keys, *sets_of(by_seed, self._config, target))
        if not self._has(by_seed, keys):
            self._lost(slots)
            return None
        found = {key: [one[key] for one in by_seed] for key in keys}
        measures = {key: [one.quality for one in outcomes] for key, outcomes in found.items()}
        for key, reference in ((OWN, self._alone_of(target, "full", 0)),
                               (SCRATCH, self._alone_of(target, "scratch", images))):  # fmt: skip
            if reference is not None:
                found[key] = [one[ALONE] for one in reference]
        try:
            validation, test = (
                counted(
                    {key: np.stack([getattr(one, split) for one in values]) for key, values in found.items()}
                )
                for split in ("validation", "test")
            )
        except ValueError:  # files of other images
            self._lost(slots)
            return None
        return Readings(target, way, images, Measured(validation, test), measures)

    def _has(self, by_seed: BySeed, keys: Collection[str]) -> bool:
        return all(one.keys() >= set(keys) for one in by_seed)

    def _has_sets(self, target: str, way: Way, images: int) -> bool:
        """Whether the job has read out sets of sources there: those of other jobs are in the same files."""
        together = [*self._pieces("together", self._slots(target, "frozen", images))]
        is_asked = way == "frozen" and images == self._config.sizes[-1] and self._config.order > 1
        return is_asked and all(piece.name in self._done for piece in together)

    def _alone_of(self, target: str, way: Literal["full", "scratch"], images: int) -> BySeed | None:
        slots = self._slots(target, way, images)
        if slots not in self._alone:
            found = self._read(slots) if self._is_done(slots) else None
            if found is not None and not self._has(found, (ALONE,)):
                self._lost(slots)
                found = None
            self._alone[slots] = found
        return self._alone[slots]

    def _read(self, slots: tuple[Slot, ...]) -> BySeed | None:
        try:
            return [self._store.outcomes(slot, samples=False) for slot in slots]
        except DataError as error:
            self._unread.add(slots)
            self.warnings[f"{error.message} {error.hint}".strip()] = None
            return None

    def _lost(self, slots: tuple[Slot, ...]) -> None:
        self.warnings[
            f"Outcomes of {slots[0].name} are gone, or not of all seeds. Launch the same again: what is "
            "missing will be measured."
        ] = None

    def _slots(self, target: str, way: Way, images: int) -> tuple[Slot, ...]:
        return tuple(slot_of(self._config, target, way, images, seed) for seed in self._config.seeds)

    def _is_done(self, slots: tuple[Slot, ...]) -> bool:
        return all(piece.name in self._done for piece in self._pieces(_STAGES[slots[0].way], slots))

    def _pieces(self, stage: Stage, slots: tuple[Slot, ...]) -> Iterator[PieceOf]:
        return (PieceOf(stage, slot) for slot in slots)

    def _all_pieces(self, target: str, images: int) -> Iterator[PieceOf]:
        """Those that a cell shows besides its own."""
        yield from self._pieces("own", self._slots(target, "full", 0))
        yield from self._pieces("scratch", self._slots(target, "scratch", images))
        yield from self._pieces("together", self._slots(target, "frozen", images))
