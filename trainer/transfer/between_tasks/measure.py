"""A job of task transfers as a stream of events: pieces measured in lanes, each on one thread of its own.

An outcome is in the store before its piece is told, so that a job which goes on, and any other job, measures
none twice. As a lane has one thread, figures are the same however many cores there are.
"""

import time
from collections.abc import Callable, Iterator
from functools import partial
from itertools import groupby
from pathlib import Path

import torch

from trainer.device import resolve_device
from trainer.events import Begun, Event, Finished, Piece, Stopped
from trainer.provenance import provenance
from trainer.run_dir import RunDir
from trainer.transfer.between_tasks.config import TaskTransferConfig
from trainer.transfer.between_tasks.lanes import Lanes
from trainer.transfer.between_tasks.outcomes import Outcomes
from trainer.transfer.between_tasks.plan import PieceOf, pieces_of
from trainer.transfer.between_tasks.promising import keys_of
from trainer.transfer.between_tasks.store import TransferStore
from trainer.transfer.between_tasks.training import StoppedError
from trainer.transfer.measure import told_pieces

Stop = Callable[[], bool]


def measure_task_transfers(
    config: TaskTransferConfig,
    run_dir: RunDir,
    datasets_dir: Path,
    attempt: int,
    stop: Stop,
    say: Callable[[str], None],
) -> Iterator[Event]:
    """Measure what is not kept yet. Raises DataError and ConfigError (device)."""
    device = resolve_device(config.device)
    told = {event.name: event.seconds for event in told_pieces(run_dir)}
    plan = pieces_of(config)
    yield Begun(attempt=attempt, pieces=len(plan), done=len(told), provenance=provenance(device))
    done, seconds = len(told), sum(told.values())
    with Lanes(torch.get_num_threads() if device.type == "cpu" else 1, stop) as lanes:
        measuring = _Measuring(config, TransferStore(datasets_dir), datasets_dir, device, lanes.stop, say)
        try:
            for _, stage in groupby(plan, key=lambda piece: (piece.stage, piece.slot.seed)):
                for piece, (took, figures) in lanes.each(measuring.measure, list(stage)):
                    if piece.name not in told:
                        done, seconds = done + 1, seconds + took
                        yield Piece(number=done, name=piece.name, seconds=took, figures=figures)
        except StoppedError:
            yield Stopped(epoch=done)
            return
    yield Finished(epochs=done, seconds=seconds, best=None)


class _Measuring:
    """Measures pieces; several lanes may ask at once."""

    def __init__(
        self,
        config: TaskTransferConfig,
        store: TransferStore,
        datasets_dir: Path,
        device: torch.device,
        stop: Stop,
        say: Callable[[str], None],
    ) -> None:
        self._config = config
        self._store = store
        self._outcomes = Outcomes(config, store, datasets_dir, device, stop, say)

    def measure(self, piece: PieceOf) -> tuple[float, dict[str, float | None]]:
        """Seconds that it took, and the target's measure by source; what is kept already is not trained.

        Beside that of its own network stands chance.
        """
        begun = time.perf_counter()
        keys = keys_of(piece, self._config, partial(self._store.outcomes, samples=False))
        found = dict(self._store.outcomes(piece.slot, samples=False))
        if piece.stage == "scratch" and self._store.shown(piece.slot.target) is None:
            self._store.keep_shown(piece.slot.target, self._outcomes.test_examples(piece.slot.target))
        for key in keys:
            if key not in found:
                found[key] = self._outcomes.of(piece.slot, key)
                self._store.keep(piece.slot, key, found[key])
        figures: dict[str, float | None] = {key: found[key].quality for key in keys}
        if piece.stage == "own":
            figures["chance"] = self._outcomes.chance(piece.slot.target)
        return time.perf_counter() - begun, figures
