"""Checkpoints of a run: last.pt after every epoch, best.pt when one is the best so far, others by policy.

A file is complete or absent: it is written beside its place, synced and renamed. It holds plain values and
tensors only, so that `torch.load(weights_only=True)` reads it without running code from it. last.pt always is
of a whole epoch. Where a run stands within the next one is in a file of its own, which is whole in itself; it
goes once that epoch is saved, and one that was left behind is not further than last.pt and goes, too.
"""

import time
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import torch

from trainer.assembly import Assembly
from trainer.checkpoint_policy import BEST, LAST, WITHIN, CheckpointPolicy
from trainer.config import as_json, config_hash
from trainer.data.loader import EpochBatches
from trainer.errors import CheckpointError
from trainer.events import Best, Checkpoint, Log
from trainer.progress import Progress
from trainer.run_dir import RunDir, replacing
from trainer.system_errors import trouble
from trainer.tally import Tally

FORMAT = 1
"""Of a file after a whole epoch."""
WITHIN_FORMAT = 2
"""Of one within an epoch: nobody takes its weights for those of a finished one."""


class Checkpoints:
    """The files in a run's folder."""

    def __init__(self, run_dir: RunDir, policy: CheckpointPolicy) -> None:
        self._folder = run_dir.checkpoints
        self._policy = policy
        self._within: Mapping[str, Any] | None = None
        self._saved_at = time.monotonic()
        self.steps = 0
        """Steps of the epoch under way that are saved."""
        self.passed_by: int | None = None
        """The epoch of the last checkpoint where `saved` could not take it."""

    def saved(self, known_epochs: int | None = None) -> dict[str, Any] | None:
        """What the furthest file holds that is of no later epoch than `known_epochs`; None where none is.

        Raises CheckpointError for a damaged file.
        """
        found = [*self._kept(LAST, FORMAT), *self._kept(WITHIN, WITHIN_FORMAT)]
        known = [it for it in found if known_epochs is None or it["epoch"] <= known_epochs]
        if found and not known:
            self.passed_by = max(it["epoch"] for it in found)
            earlier = [*self._kept(BEST, FORMAT), *self._kept("epoch-*.pt", FORMAT)]
            known = [it for it in earlier if it["epoch"] <= (known_epochs or 0)]
        return max(known, key=lambda it: (it["epoch"], "within" in it), default=None)

    def _kept(self, pattern: str, form: int) -> Iterator[dict[str, Any]]:
        for path in self._folder.glob(pattern):
            yield load_checkpoint(path, form)

    def restore(self, run: Assembly, saved: Mapping[str, Any] | None) -> Progress:
        """Load what `saved` found into `run`. Raises CheckpointError where it is of another run."""
        if saved is not None:
            _refuse_other_run(self._folder, saved, run)
            load_into(run, saved)
            self._within = saved.get("within")
        if self._within is None:
            self._drop_within()
        else:
            self.steps = self._within["batches"]["steps"]
        return progress_of(saved) if saved else Progress()

    def go_on(self, batches: EpochBatches, tally: Tally) -> None:
        """Bring the epoch that begins to where the restored file has it; any later one is begun as it is."""
        if self._within is not None:
            batches.go_on(self._within["batches"])
            tally.go_on(self._within["tally"])
            self._within = None

    @property
    def due(self) -> bool:
        """Whether it is time to save the run within the epoch."""
        minutes = self._policy.minutes
        return minutes > 0 and time.monotonic() - self._saved_at >= 60 * minutes

    def save_within(
        self, run: Assembly, progress: Progress, batches: EpochBatches, tally: Tally
    ) -> Iterator[Checkpoint | Log]:
        """Write where the run stands after this step of the epoch behind `progress`.

        Where the machine refuses, it says so, and what was saved before stays.
        """
        self._saved_at = time.monotonic()
        within = {"batches": batches.state(), "tally": tally.state()}
        try:
            told: Checkpoint | Log = self._write(
                WITHIN, _content(run, progress) | {"format": WITHIN_FORMAT, "within": within}
            )
            self.steps = within["batches"]["steps"]
        except Exception as error:
            if (found := trouble(error)) is None:
                raise
            told = Log(
                level="warning", message=f"No checkpoint within the epoch: {found.message} {found.hint}"
            )
        yield told

    def save(self, run: Assembly, progress: Progress) -> Iterator[Checkpoint]:
        """Write last.pt after all others of this epoch: a resumed run never lacks its best."""
        content = _content(run, progress)
        if progress.best and progress.best.epoch == progress.epoch:
            yield self._write(BEST, content)
        if self._policy.keeps(progress.epoch):
            yield self._write(f"epoch-{progress.epoch}.pt", content)
        told = self._write(LAST, content)
        self._saved_at = time.monotonic()
        self._drop_within()
        yield told

    def adopt(self, name: str, saved: Mapping[str, Any], run: Assembly) -> Checkpoint:
        """Write what another run saved as a file of this one."""
        own = {"config": as_json(run.config), "config_hash": config_hash(run.config)}
        return self._write(name, {**saved, **own})

    def _drop_within(self) -> None:
        (self._folder / WITHIN).unlink(missing_ok=True)
        self.steps = 0

    def _write(self, name: str, content: dict[str, Any]) -> Checkpoint:
        self._folder.mkdir(parents=True, exist_ok=True)
        with replacing(self._folder / name) as file:
            torch.save(content, file)
            size = file.tell()
        steps = content["within"]["batches"]["steps"] if "within" in content else 0
        return Checkpoint(name=name, epoch=content["epoch"], steps=steps, bytes=size)


def load_checkpoint(path: Path, form: int = FORMAT) -> dict[str, Any]:
    """A checkpoint's content, tensors on the CPU. Raises CheckpointError for a damaged or foreign file."""
    back = "after the last finished epoch" if form == WITHIN_FORMAT else "from the first epoch"
    hint = f"Delete the file to train {back}."
    try:
        saved = torch.load(path, map_location="cpu", weights_only=True)
    except Exception as error:  # torch raises half a dozen unrelated types for a damaged file
        raise CheckpointError(
            f"{path} cannot be read as a checkpoint ({type(error).__name__}).", hint
        ) from error
    if not isinstance(saved, dict) or saved.get("format") != form:
        raise CheckpointError(f"{path} is not a checkpoint of format {form}.", hint)
    return saved


def load_into(run: Assembly, saved: Mapping[str, Any]) -> None:
    """Give the run the weights and the optimizer's state of a checkpoint."""
    run.network.load_state_dict(saved["model"])
    if run.optimizer:
        run.optimizer.load_state_dict(saved["optimizer"])


def progress_of(saved: Mapping[str, Any]) -> Progress:
    """How far the run had come."""
    best = Best.model_validate(saved["best"]) if saved["best"] else None
    return Progress(saved["epoch"], saved["seconds"], best)


def _content(run: Assembly, progress: Progress) -> dict[str, Any]:
    return {
        "format": FORMAT,
        "config": as_json(run.config),
        "config_hash": config_hash(run.config),
        "fingerprint": run.split.fingerprint,
        "epoch": progress.epoch,
        "seconds": progress.seconds,
        "best": progress.best.model_dump() if progress.best else None,
        "model": run.network.state_dict(),
        "optimizer": run.optimizer.state_dict() if run.optimizer else {},
        "class_names": list(run.info.class_names),
        "image_size": run.info.image_size,
        "mean": list(run.info.mean or ()),
        "std": list(run.info.std or ()),
    }


def _refuse_other_run(path: Path, saved: Mapping[str, Any], run: Assembly) -> None:
    if saved["config_hash"] != (own := config_hash(run.config)):
        raise CheckpointError(
            f"{path} belongs to another configuration ({saved['config_hash']}, not {own}).",
            "Train into another folder, or with the configuration in the file.",
        )
    refuse_other_images(path, saved, run)


def refuse_other_images(path: Path, saved: Mapping[str, Any], run: Assembly) -> None:
    """Raises CheckpointError where a checkpoint, which lies there, was trained on other images."""
    if saved["fingerprint"] != run.split.fingerprint:
        raise CheckpointError(
            f"{path} was trained on other images than data set {run.info.name!r} has now.",
            "Train into another folder, or bring the former images back.",
        )
