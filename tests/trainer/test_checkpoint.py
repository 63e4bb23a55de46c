"""Checkpoint files: what they hold, that they are whole or absent, and which ones are refused."""

import os
from pathlib import Path
from typing import Any

import pytest
import torch

from tests.trainer.tiny import CLASSES, tiny_arrays, tiny_config
from trainer.checkpoint import load_checkpoint
from trainer.config import RunConfig, as_json, config_hash
from trainer.data.cache import DatasetArrays
from trainer.errors import CheckpointError
from trainer.events import Checkpoint, Event, Finished
from trainer.failures import failure
from trainer.loop import train
from trainer.run_dir import RunDir, write_atomic

pytestmark = pytest.mark.slow


def run(config: RunConfig, arrays: DatasetArrays, run_dir: RunDir) -> list[Event]:
    return list(train(config, arrays, run_dir, lambda: False))


def test_content_reads_without_running_code(finished: RunDir) -> None:
    saved = torch.load(finished.checkpoints / "last.pt", weights_only=True)
    assert saved["format"] == 1
    assert saved["config"] == as_json(tiny_config())
    assert saved["config_hash"] == config_hash(tiny_config())
    assert saved["epoch"] == 3
    assert saved["class_names"] == list(CLASSES)
    assert saved["mean"] == [0.5, 0.5, 0.5]
    assert saved["std"] == [0.2, 0.2, 0.2]
    assert set(saved["optimizer"]) == {"state", "param_groups"}


def test_events_name_whole_files(arrays: DatasetArrays, run_dir: RunDir) -> None:
    for event in train(tiny_config(), arrays, run_dir, lambda: False):
        if isinstance(event, Checkpoint):
            path = run_dir.checkpoints / event.name
            assert path.stat().st_size == event.bytes
            assert load_checkpoint(path)["epoch"] == event.epoch
    assert sorted(path.name for path in run_dir.checkpoints.iterdir()) == ["best.pt", "last.pt"]


def test_the_best_file_is_of_the_best_epoch(arrays: DatasetArrays, run_dir: RunDir) -> None:
    events = run(tiny_config(optim={"epochs": 6}), arrays, run_dir)
    best = next(event.best for event in events if isinstance(event, Finished))
    assert best is not None
    saved = load_checkpoint(run_dir.checkpoints / "best.pt")
    assert (saved["epoch"], saved["best"]["value"]) == (best.epoch, best.value)


def test_a_crash_while_writing_keeps_the_former_file(
    arrays: DatasetArrays, run_dir: RunDir, monkeypatch: pytest.MonkeyPatch
) -> None:
    events = train(tiny_config(), arrays, run_dir, lambda: False)
    for event in events:
        if isinstance(event, Checkpoint) and event.name == "last.pt":
            break

    def crash(_descriptor: int) -> None:
        raise OSError("no space left")

    monkeypatch.setattr(os, "fsync", crash)
    with pytest.raises(OSError, match="no space"):
        list(events)
    monkeypatch.undo()
    assert load_checkpoint(run_dir.checkpoints / "last.pt")["epoch"] == 1
    assert run(tiny_config(), arrays, run_dir)[-1].kind == "finished"


@pytest.mark.parametrize("changes", [{"seed": 1}, {"optim": {"learning_rate": 0.5}}])
def test_another_configuration_is_refused(
    changes: dict[str, Any], arrays: DatasetArrays, finished: RunDir
) -> None:
    with pytest.raises(CheckpointError, match="another configuration"):
        run(tiny_config(**changes), arrays, finished)


def test_other_threads_are_no_other_run(arrays: DatasetArrays, finished: RunDir) -> None:
    assert run(tiny_config(threads=1), arrays, finished)[-1].kind == "finished"


def test_changed_images_are_refused(run_dir: RunDir) -> None:
    run(tiny_config(), tiny_arrays((24, 24, 24)), run_dir)
    with pytest.raises(CheckpointError, match="other images"):
        run(tiny_config(), tiny_arrays((24, 24, 23)), run_dir)


@pytest.mark.parametrize("content", [b"", b"not a checkpoint", b"PK\x03\x04" + bytes(100)])
def test_a_damaged_file_is_named(content: bytes, arrays: DatasetArrays, run_dir: RunDir) -> None:
    run_dir.checkpoints.mkdir(parents=True)
    (run_dir.checkpoints / "last.pt").write_bytes(content)
    with pytest.raises(CheckpointError, match=r"last\.pt") as caught:
        run(tiny_config(), arrays, run_dir)
    assert "Delete" in caught.value.hint


def test_a_cut_file_is_named(arrays: DatasetArrays, finished: RunDir) -> None:
    path = finished.checkpoints / "last.pt"
    path.write_bytes(path.read_bytes()[:-1000])
    with pytest.raises(CheckpointError, match="cannot be read"):
        run(tiny_config(), arrays, finished)


def test_a_foreign_file_is_refused(tmp_path: Path) -> None:
    torch.save({"weights": torch.zeros(1)}, tmp_path / "other.pt")
    with pytest.raises(CheckpointError, match="not a checkpoint of format 1"):
        load_checkpoint(tmp_path / "other.pt")


def test_a_full_disk_is_named_and_tidied(arrays: DatasetArrays, run_dir: RunDir) -> None:
    run_dir.checkpoints.mkdir(parents=True)
    draft = run_dir.checkpoints / "best.pt.part"
    draft.symlink_to("/dev/full")
    with pytest.raises((OSError, RuntimeError)) as caught:
        run(tiny_config(), arrays, run_dir)
    told = failure(caught.value)
    assert told.error_type == "DiskFull"
    assert told.message.startswith("The disk is full")
    assert "Free some space" in told.hint
    assert list(run_dir.path.rglob("*.part")) == []


def test_a_full_disk_leaves_no_half_predictions(run_dir: RunDir) -> None:
    run_dir.path.mkdir(parents=True, exist_ok=True)
    (run_dir.path / "x.part").symlink_to("/dev/full")
    with pytest.raises(OSError, match="No space") as caught:
        write_atomic(run_dir.path / "x", b"0" * 100_000)
    assert failure(caught.value).error_type == "DiskFull"
    assert list(run_dir.path.iterdir()) == []
