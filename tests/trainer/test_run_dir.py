"""A run's folder: its configuration, and files that are replaced as a whole."""

import errno
from pathlib import Path

import pytest

from trainer.config import parse_config
from trainer.errors import JournalError
from trainer.run_dir import RunDir, write_atomic


def test_config_round_trip(tmp_path: Path) -> None:
    run_dir = RunDir(tmp_path / "7")
    config = parse_config({"loss": {"name": "focal", "gamma": 0.5}})
    run_dir.create(config)
    assert run_dir.read_config() == config
    assert run_dir.checkpoints.is_dir()


def test_unreadable_config_is_said_in_words(tmp_path: Path) -> None:
    run_dir = RunDir(tmp_path)
    run_dir.config.write_text("{")
    with pytest.raises(JournalError, match=r"config\.json cannot be read"):
        run_dir.read_config()


def test_the_first_stage_is_found_where_both_folders_were_moved_to(tmp_path: Path) -> None:
    first, second = RunDir(tmp_path / "here" / "1"), RunDir(tmp_path / "here" / "2")
    for run_dir in (first, second):
        run_dir.create(parse_config({}))
    assert second.read_first_stage() is None
    second.write_first_stage(first.path)
    assert second.read_first_stage() == first
    (tmp_path / "here").rename(tmp_path / "there")
    assert RunDir(tmp_path / "there" / "2").read_first_stage() == RunDir(tmp_path / "there" / "1")


def test_an_unreadable_first_stage_is_said_in_words(tmp_path: Path) -> None:
    RunDir(tmp_path).first_stage.mkdir()
    with pytest.raises(JournalError, match=r"first_stage\.txt cannot be read"):
        RunDir(tmp_path).read_first_stage()


def test_atomic_write_replaces_and_leaves_no_draft(tmp_path: Path) -> None:
    target = tmp_path / "a.json"
    write_atomic(target, b"1")
    write_atomic(target, b"2")
    assert target.read_bytes() == b"2"
    assert list(tmp_path.iterdir()) == [target]


def test_a_draft_that_cannot_be_written_is_removed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(_: int) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    write_atomic(tmp_path / "a.json", b"1")
    monkeypatch.setattr("os.fsync", fail)
    with pytest.raises(OSError, match="No space"):
        write_atomic(tmp_path / "a.json", b"2")
    assert [path.read_bytes() for path in tmp_path.iterdir()] == [b"1"]
