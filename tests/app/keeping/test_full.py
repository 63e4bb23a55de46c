"""Where the disk is full, it is told, nothing is left half, and all goes on once there is room."""

import errno
import os
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import pytest
import torch
from click.testing import CliRunner

from app.cli import main
from app.runs import queue, trouble
from app.settings import Settings
from app.store import series
from app.store.engine import Database
from tests.app.keeping.boards import prepared, run_of
from tests.app.keeping.test_prune import with_files
from tests.app.real_processes import add_tiny_dataset, wait_for
from tests.app.worker.at_work import working
from tests.app.worker.stepped import SteppedExecutor
from tests.conftest import Seed
from tests.trainer.tiny import tiny_config

pytestmark = pytest.mark.slow


@pytest.fixture(autouse=True)
def _torch_as_before() -> Iterator[None]:
    yield
    torch.use_deterministic_algorithms(False)


def test_a_run_whose_data_set_finds_no_room_waits_and_others_go_on(
    settings: Settings, db: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The disk of the data sets is full; a set that is built already needs no room."""
    monkeypatch.setattr(trouble, "FIRST_DELAY_SECONDS", 0.01)
    monkeypatch.setattr(trouble, "LONGEST_DELAY_SECONDS", 0.05)
    add_tiny_dataset(settings.datasets_dir)
    is_full, make = [True], tempfile.mkdtemp

    def mkdtemp(**options: str) -> str:
        if is_full:
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
        return make(**options)

    monkeypatch.setattr(tempfile, "mkdtemp", mkdtemp)
    small = {"optim": {"epochs": 1, "milestones": []}, "model": {"width": 1}, "threads": 1}
    with db.write() as s:
        built = queue.enqueue(s, tiny_config(**small), "built").id
        drawn = queue.enqueue(
            s, tiny_config(data={"dataset": "shapes10", "max_train_per_class": 5}, **small), "drawn"
        ).id
    with working(settings, db, SteppedExecutor(settings.datasets_dir), slots=2):
        wait_for(lambda: run_of(db, built).state == "completed")
        wait_for(lambda: run_of(db, drawn).attempt >= 2)
        assert run_of(db, drawn).state in ("queued", "running")
        assert run_of(db, drawn).error is None
        with db.read() as s:
            reasons = [event.payload for event in series.events_after(s, 0, run_id=drawn)]
        assert any("could not be written" in str(reason) for reason in reasons)
        is_full.clear()
        wait_for(lambda: run_of(db, drawn).state == "completed")


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """A disk of 8 MB, where this may make one."""
    place = tmp_path / "disk"
    place.mkdir()
    mounted = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", "size=8m", "tmpfs", str(place)], capture_output=True
    )
    if mounted.returncode:
        pytest.skip("a file system of its own cannot be mounted here")
    yield place
    subprocess.run(["umount", "-l", str(place)], check=True)


def fill(place: Path, but: int = 0) -> Path:
    """Until so many bytes are left."""
    path = place / "fill"
    with path.open("wb", buffering=0) as file, suppress(OSError):
        while file.write(b"x" * 4096):
            pass
    os.truncate(path, path.stat().st_size - but)
    return path


def test_a_backup_to_a_full_disk_leaves_nothing(settings: Settings, db: Database, small_disk: Path) -> None:
    with_files(settings, db, Seed(db, settings)())
    for left in (0, 100_000, 300_000):
        filler = fill(small_disk, left)
        told = CliRunner().invoke(
            main, ["backup", f"{small_disk}/b.tar", "--data-dir", str(settings.data_dir)]
        )
        assert told.exit_code == 2, told.output
        assert "The disk is full" in told.stderr
        assert [path.name for path in small_disk.iterdir()] == ["fill"]
        filler.unlink()
    told = CliRunner().invoke(main, ["backup", f"{small_disk}/b.tar", "--data-dir", str(settings.data_dir)])
    assert told.exit_code == 0, told.output


def test_prune_makes_room_on_a_full_disk(small_disk: Path) -> None:
    """With a page of room; with none at all not even the database can be opened, and it says so."""
    settings = Settings(data_dir=small_disk / "data")
    prepared(settings)
    db = Database(settings.url)
    with_files(settings, db, Seed(db, settings)())
    db.close()
    command = ["prune", "--keep-checkpoints", "none", "--yes", "--data-dir", str(settings.data_dir)]
    filler = fill(small_disk)
    told = CliRunner().invoke(main, command)
    assert told.exit_code == 2
    assert "The disk is full" in told.stderr
    filler.unlink()
    fill(small_disk, but=65_536)
    told = CliRunner().invoke(main, command)
    assert told.exit_code == 0, told.output
    assert "Freed 1" in told.stdout
