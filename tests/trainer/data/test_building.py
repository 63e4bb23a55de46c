"""A folder is whole or absent, whoever builds it and however that ends."""

import errno
import os
from pathlib import Path

import pytest

from trainer.data.building import building, locked
from trainer.errors import DataError


def test_a_new_build_takes_the_place_of_the_old_one(tmp_path: Path) -> None:
    for content in ("old", "new"):
        with building(tmp_path / "x") as draft:
            (draft / "file").write_text(content)
            assert content != "new" or (tmp_path / "x" / "file").read_text() == "old"
    assert [path.name for path in tmp_path.rglob("*")] == ["x", "file"]
    assert (tmp_path / "x" / "file").read_text() == "new"


def test_a_failed_build_leaves_nothing_and_keeps_the_old_one(tmp_path: Path) -> None:
    with building(tmp_path / "x") as draft:
        (draft / "file").write_text("old")
    with pytest.raises(DataError, match="no"), building(tmp_path / "x"):
        raise DataError("no")
    assert [path.name for path in tmp_path.rglob("*")] == ["x", "file"]
    assert (tmp_path / "x" / "file").read_text() == "old"


def test_a_full_disk_is_said(tmp_path: Path) -> None:
    with pytest.raises(DataError, match="No space left on device") as refused, building(tmp_path / "x"):
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
    assert "space on the disk" in refused.value.hint
    assert list(tmp_path.iterdir()) == []


def test_a_place_that_cannot_be_written_is_named(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("in the way")
    for enter in (building, locked):
        with pytest.raises(DataError, match="could not be written"), enter(tmp_path / "file" / "x"):
            pytest.fail("the place was opened")


def test_what_a_killed_builder_left_goes_with_the_next_build(tmp_path: Path) -> None:
    others = tmp_path / ".x-2.draft-abc"
    for left in (tmp_path / ".x.draft-abc", others):
        left.mkdir()
        (left / "half").write_text("half")
    (tmp_path / ".x.lock").touch()
    with locked(tmp_path / "x"), building(tmp_path / "x"):
        pass
    assert sorted(path.name for path in tmp_path.iterdir()) == [others.name, "x"]
