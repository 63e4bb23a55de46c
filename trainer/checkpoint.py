"""Checkpoints of a run: last.pt after every epoch, best.pt when one is the best so far.

A file is complete or absent: it is written beside its place, synced and renamed. It holds plain values and
tensors only, so that `torch.load(weights_only=True)` reads it without running code from it.
"""

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, Literal

import torch

from trainer.assembly import Assembly
from trainer.config import as_json, config_hash
from trainer.errors import CheckpointError
from trainer.events import Best, Checkpoint
from trainer.progress import Progress
from trainer.run_dir import RunDir, replacing

FORMAT = 1


class Checkpoints:
    """last.pt and best.pt in a run's folder."""

    def __init__(self, run_dir: RunDir) -> None:
        self._folder = run_dir.checkpoints
        self._last = self._folder / "last.pt"

    def saved(self, known_epochs: int | None = None) -> dict[str, Any] | None:
        """What last.pt holds; None where there is none, or only of a later epoch than `known_epochs`.

        Raises CheckpointError for a damaged file.
        """
        if not self._last.exists():
            return None
        saved = load_checkpoint(self._last)
        return saved if known_epochs is None or saved["epoch"] <= known_epochs else None

    def restore(self, run: Assembly, saved: Mapping[str, Any] | None) -> Progress:
        """Load what `saved` found into `run`. Raises CheckpointError where it is of another run."""
        if saved is None:
            return Progress()
        _refuse_other_run(self._last, saved, run)
        run.network.load_state_dict(saved["model"])
        if run.optimizer:
            run.optimizer.load_state_dict(saved["optimizer"])
        best = Best.model_validate(saved["best"]) if saved["best"] else None
        return Progress(saved["epoch"], saved["seconds"], best)

    def save(self, run: Assembly, progress: Progress) -> Iterator[Checkpoint]:
        """Write best.pt where this epoch is the best, then last.pt: a resumed run never lacks its best."""
        content = _content(run, progress)
        if progress.best and progress.best.epoch == progress.epoch:
            yield self._write("best.pt", content)
        yield self._write("last.pt", content)

    def _write(self, name: Literal["last.pt", "best.pt"], content: dict[str, Any]) -> Checkpoint:
        self._folder.mkdir(parents=True, exist_ok=True)
        with replacing(self._folder / name) as file:
            torch.save(content, file)
            size = file.tell()
        return Checkpoint(name=name, epoch=content["epoch"], bytes=size)


def load_checkpoint(path: Path) -> dict[str, Any]:
    """A checkpoint's content, tensors on the CPU. Raises CheckpointError for a damaged or foreign file."""
    hint = "Delete the file to train from the first epoch."
    try:
        saved = torch.load(path, map_location="cpu", weights_only=True)
    except Exception as error:  # torch raises half a dozen unrelated types for a damaged file
        raise CheckpointError(
            f"{path} cannot be read as a checkpoint ({type(error).__name__}).", hint
        ) from error
    if not isinstance(saved, dict) or saved.get("format") != FORMAT:
        raise CheckpointError(f"{path} is not a checkpoint of format {FORMAT}.", hint)
    return saved


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
        "mean": list(run.info.mean or ()),
        "std": list(run.info.std or ()),
    }


def _refuse_other_run(path: Path, saved: Mapping[str, Any], run: Assembly) -> None:
    if saved["config_hash"] != (own := config_hash(run.config)):
        raise CheckpointError(
            f"{path} belongs to another configuration ({saved['config_hash']}, not {own}).",
            "Train into another folder, or with the configuration in the file.",
        )
    if saved["fingerprint"] != run.split.fingerprint:
        raise CheckpointError(
            f"{path} was trained on other images than data set {run.info.name!r} has now.",
            "Train into another folder, or bring the former images back.",
        )
