"""Predictions read from run folders: right and wrong by image, remembered while a file stays the same."""

import os
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from app.store import predictions as store
from tests.app.predictions import random_answers, write_predictions
from trainer import prediction_file


@pytest.fixture
def reads(monkeypatch: pytest.MonkeyPatch) -> list[tuple[str, ...]]:
    """What was read from a file, in order."""
    seen: list[tuple[str, ...]] = []
    read = prediction_file.read_members

    def counted(path: Path, *names: str) -> Any:
        seen.append(names)
        return read(path, *names)

    monkeypatch.setattr(prediction_file, "read_members", counted)
    return seen


def test_true_and_predicted_classes(tmp_path: Path, reads: list[tuple[str, ...]]) -> None:
    answers = random_answers()
    write_predictions(tmp_path, 7, answers, "validation", "best", epoch=2)
    found = store.predicted(tmp_path, 7, "validation", "best")
    assert found is not None
    assert found.epoch == 2
    assert (found.labels == answers.labels).all()
    assert (found.predicted == answers.predicted).all()
    assert reads == [("epoch", "labels", "predicted")], "the logits stay where they are"
    assert store.predicted(tmp_path, 7, "test", "best") is None
    assert store.predicted(tmp_path, 8, "validation", "best") is None


@pytest.mark.parametrize("images", [0, 1, 8, 61])
def test_hits_are_right_images_and_are_read_once(
    images: int, tmp_path: Path, reads: list[tuple[str, ...]]
) -> None:
    answers = random_answers(images)
    write_predictions(tmp_path, 7, answers)
    for _ in range(3):
        found = store.hits(tmp_path, 7, "test", "last")
        assert found is not None
        assert found.right.dtype == np.bool_
        assert found.right.tolist() == (answers.labels == answers.predicted).tolist()
        assert (found.epoch, found.source, found.fingerprint) == (3, "made/1", "f" * 64)
    assert len(reads) == 1


def test_a_new_file_is_read_anew(tmp_path: Path) -> None:
    """Also one that is as old and as long as the former, renamed into its place."""
    path = write_predictions(tmp_path, 7, random_answers())
    assert store.hits(tmp_path, 7, "test", "last") is not None
    before, other = path.stat(), random_answers(seed=1)
    new = write_predictions(tmp_path, 8, other, epoch=4)
    os.utime(new, ns=(before.st_atime_ns, before.st_mtime_ns))
    new.replace(path)
    found = store.hits(tmp_path, 7, "test", "last")
    assert found is not None
    assert found.epoch == 4
    assert found.right.tolist() == (other.labels == other.predicted).tolist()


@pytest.mark.parametrize("content", [b"", b"no file of arrays", b"PK\x03\x04" + bytes(100)])
def test_a_damaged_file_is_none(content: bytes, tmp_path: Path) -> None:
    path = write_predictions(tmp_path, 7, random_answers())
    for bad in (content, path.read_bytes()[:-30]):
        path.write_bytes(bad)
        assert store.hits(tmp_path, 7, "test", "last") is None
        assert store.predicted(tmp_path, 7, "test", "last") is None


def test_a_foreign_file_is_none(tmp_path: Path) -> None:
    path = write_predictions(tmp_path, 7, random_answers())
    np.savez(path, version=np.int64(2), epoch=1)
    assert store.hits(tmp_path, 7, "test", "last") is None
    path.unlink()
    path.mkdir()
    assert store.hits(tmp_path, 7, "test", "last") is None


@pytest.mark.parametrize("link", ["file", "folder"])
def test_a_link_that_leads_outside_is_not_followed(link: str, tmp_path: Path) -> None:
    outside = write_predictions(tmp_path / "elsewhere", 1, random_answers())
    path = write_predictions(tmp_path / "runs", 7, random_answers())
    path.unlink()
    if link == "file":
        path.symlink_to(outside)
    else:
        path.parent.rmdir()
        path.parent.symlink_to(outside.parent)
    assert store.kept_file(tmp_path / "runs", 7, "test", "last") is None
    assert store.hits(tmp_path / "runs", 7, "test", "last") is None
