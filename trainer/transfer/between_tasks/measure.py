"""A job of task transfers as a stream of events: pieces measured in lanes, each on one thread of its own.

An outcome is in the store before its piece is told, so that a job which goes on, and any other job, measures
none twice. As a lane has one thread, figures are the same however many cores there are.
"""

import time
from collections.abc import Callable, Iterator, Sequence
from itertools import groupby
from pathlib import Path

import torch

from trainer.device import resolve_device
from trainer.events import Begun, Event, Finished, Piece, Stopped
from trainer.journal import read_entries
from trainer.provenance import provenance
from trainer.run_dir import RunDir
from trainer.transfer.between_tasks.config import TaskTransferConfig, combined
from trainer.transfer.between_tasks.lanes import Lanes
from trainer.transfer.between_tasks.outcomes import Outcomes
from trainer.transfer.between_tasks.plan import PieceOf, pieces_of, singles
from trainer.transfer.between_tasks.promising import promising
from trainer.transfer.between_tasks.store import ALONE, TransferStore, key_of
from trainer.transfer.between_tasks.training import StoppedError

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
    told = {event.name: event.seconds for event in _pieces(run_dir)}
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


def _pieces(run_dir: RunDir) -> Iterator[Piece]:
    found = (entry.event for entry, _ in read_entries(run_dir.events))
    return (event for event in found if isinstance(event, Piece))


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
        keys, known = self._keys(piece), self._store.outcomes(piece.slot)
        if piece.stage == "scratch" and self._store.shown(piece.slot.target) is None:
            self._store.keep_shown(piece.slot.target, self._outcomes.test_examples(piece.slot.target))
        for key in keys:
            if key not in known:
                self._store.keep(piece.slot, key, self._outcomes.of(piece.slot, key))
        found = self._store.outcomes(piece.slot)
        figures: dict[str, float | None] = {key: found[key].quality for key in keys}
        if piece.stage == "own":
            figures["chance"] = self._outcomes.chance(piece.slot.target)
        return time.perf_counter() - begun, figures

    def _keys(self, piece: PieceOf) -> Sequence[str]:
        """The sources that a piece measures; those side by side are known once all single ones are kept."""
        match piece.stage:
            case "own" | "scratch":
                return (ALONE,)
            case "single":
                return singles(self._config)
            case "finetune":
                return self._config.sources
            case "together":
                best = promising(self._store, self._config, piece.slot.target)
                return [key_of(sources) for sources in combined(best, self._config.order)]
