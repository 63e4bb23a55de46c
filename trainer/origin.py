"""The run that another goes on from (see `continuing`): found by its folder, and taken over into the new one.

What it left becomes the new run's own: the records of its epochs, its checkpoints, its predictions. From then
on the new folder is as if all had been trained there, and needs the other no more.
"""

from collections.abc import Generator
from dataclasses import dataclass
from typing import Any, get_args

from trainer.assembly import Assembly
from trainer.checkpoint import Checkpoints, load_checkpoint, load_into, progress_of, refuse_other_images
from trainer.checkpoint_policy import BEST, LAST
from trainer.config import RunConfig, config_hash
from trainer.continuing import shortened
from trainer.errors import CheckpointError
from trainer.events import Epoch, Event, Log
from trainer.journal import read_entries
from trainer.progress import Progress
from trainer.run_dir import EpochName, RunDir, SplitName, write_atomic
from trainer.stages import first_stage_of


@dataclass(frozen=True)
class Origin:
    """The folder of a completed run, and its last checkpoint."""

    folder: RunDir
    saved: dict[str, Any]

    def take_over(
        self, run: Assembly, run_dir: RunDir, checkpoints: Checkpoints
    ) -> Generator[Event, None, Progress]:
        """Tell its epochs, keep what it kept, and load its network; last.pt comes last, and settles it.

        Raises CheckpointError where it was trained on other images.
        """
        refuse_other_images(self.folder.checkpoints / LAST, self.saved, run)
        load_into(run, self.saved)
        progress = progress_of(self.saved)
        name, last = self.folder.path.name, progress.epoch
        yield Log(message=f"Goes on from run {name} after its epoch {last}; what is before is that run's.")
        yield from self._records(last)
        run_dir.predictions.mkdir(parents=True, exist_ok=True)
        for split in get_args(SplitName):
            for moment in get_args(EpochName):
                if (kept := self.folder.predictions_file(split, moment)).exists():
                    write_atomic(run_dir.predictions_file(split, moment), kept.read_bytes())
        if (best := self.folder.checkpoints / BEST).exists():
            yield checkpoints.adopt(BEST, load_checkpoint(best), run)
        yield checkpoints.adopt(LAST, self.saved, run)
        return progress

    def _records(self, last: int) -> list[Epoch]:
        """Each epoch as it was last told: in its journal, or before that was begun anew."""
        files = self.folder.known, self.folder.events
        told = (entry.event for path in files for entry, _ in read_entries(path))
        found = {event.epoch: event for event in told if isinstance(event, Epoch) and event.epoch <= last}
        return [found[epoch] for epoch in sorted(found)]


def origin_of(config: RunConfig, run_dir: RunDir) -> Origin | None:
    """The run that `run_dir` names to go on from; None where it names none, or a first stage.

    Raises CheckpointError where one is wanting, or the one named is another run or has epochs to go.
    """
    if first_stage_of(config) is not None:
        return None
    folder = run_dir.read_first_stage()
    if folder is None:
        if config.optim.continued_after:
            raise CheckpointError(
                f"{run_dir.path} names no run to go on from, and optim.continued_after asks for one.",
                "Name its folder: --continue DIR.",
            )
        return None
    path = folder.checkpoints / LAST
    if not path.exists():
        raise CheckpointError(
            f"The run to go on from has no checkpoint {path}.",
            "Train it first, or name another folder.",
        )
    saved = load_checkpoint(path)
    wanted = shortened(config, saved["epoch"])
    if saved["epoch"] >= config.optim.epochs or saved["config_hash"] != config_hash(wanted):
        raise CheckpointError(
            f"{folder.path} is not what this run goes on from: of its {saved['epoch']} epochs, its "
            f"configuration is {saved['config_hash']}, not {config_hash(wanted)}.",
            "Name the folder of a completed run that differs in the number of epochs alone.",
        )
    return Origin(folder, saved)
