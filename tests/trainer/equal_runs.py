"""What must be equal, to the last bit, of a run that was broken off and of the same one that was not."""

import json
from collections.abc import Sequence
from typing import Any

import torch

from trainer.checkpoint import load_checkpoint
from trainer.events import Epoch, Event
from trainer.journal import read_entries
from trainer.run_dir import RunDir

TIMES = {"seconds", "images_per_second", "scalars"}


def told(run_dir: RunDir) -> list[Event]:
    return [entry.event for entry, _ in read_entries(run_dir.events)]


def figures(events: Sequence[Event]) -> dict[int, dict[str, Any]]:
    """By epoch, as last told, but the times; floats to the last bit."""
    kept = {event.epoch: event for event in events if isinstance(event, Epoch)}
    units = {epoch: _units(event) for epoch, event in kept.items()}
    return {
        epoch: json.loads(event.model_dump_json(exclude=TIMES)) | units[epoch]
        for epoch, event in kept.items()
    }


def _units(event: Epoch) -> dict[str, float | None]:
    return {key: value for key, value in event.scalars.items() if not key.startswith("seconds/")}


def same(one: Any, other: Any) -> bool:
    """Whether two checkpoints' parts are equal to the last bit."""
    if isinstance(one, torch.Tensor):
        return one.dtype == other.dtype and torch.equal(one, other)
    if isinstance(one, dict):
        return one.keys() == other.keys() and all(same(one[key], other[key]) for key in one)
    if isinstance(one, list):
        return len(one) == len(other) and all(map(same, one, other))
    return bool(one == other)


def assert_equal_folders(here: RunDir, there: RunDir) -> None:
    """Weights, momentum, best epoch, predictions; and nothing else is left."""
    for folder in ("checkpoints", "predictions"):
        names = {path.name for path in (there.path / folder).iterdir() if not path.name.startswith("epoch-")}
        assert {p.name for p in (here.path / folder).iterdir() if not p.name.startswith("epoch-")} == names
        for name in names:
            one, other = here.path / folder / name, there.path / folder / name
            if folder == "predictions":
                assert one.read_bytes() == other.read_bytes(), name
            else:
                ours, theirs = ({**load_checkpoint(path), "seconds": 0} for path in (one, other))
                assert same(ours, theirs), name
