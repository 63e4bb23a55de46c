"""Data folders that share nothing: what a run leaves in one reaches the others, and it goes on in another."""

import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import httpx2
import numpy as np
import pytest

from app.lifecycle import State
from app.runs import queue, sending
from app.runs.folders import folder_id
from app.runs.receiving import Receiver
from app.settings import Settings
from app.store import files, series
from app.store.clock import ahead
from app.store.engine import Database
from app.store.runs import get_run
from app.store.tables import Folder, RunFile, RunFileChunk
from tests.app.real_processes import Family, add_tiny_dataset, wait_for
from tests.app.worker.several_folders import fetch, launch, sent, trained, two_more, worker_in
from trainer.run_dir import RunDir

pytestmark = pytest.mark.slow


@pytest.fixture
def folders(settings: Settings, tmp_path: Path) -> tuple[Settings, Settings]:
    """Two more, on the board of the first."""
    return two_more(settings, tmp_path)


@pytest.fixture
def receiver(db: Database, settings: Settings) -> Receiver:
    """Of the web process, which has looked once, so that it is known."""
    made = Receiver(db, settings)
    made.look()
    return made


def results(settings: Settings, run_id: int) -> dict[str, bytes]:
    run_dir = RunDir(settings.run_dir(run_id))
    return {path.relative_to(run_dir.path).as_posix(): path.read_bytes() for path in run_dir.results()}


def losses(db: Database, run_id: int) -> list[tuple[int, float | None, float | None]]:
    with db.read() as s:
        return [(row.epoch, row.train_loss, row.test_loss) for row in series.epochs(s, run_id)]


def test_what_a_run_leaves_elsewhere_is_in_the_folder_that_serves(
    db: Database, settings: Settings, folders: tuple[Settings, Settings], receiver: Receiver
) -> None:
    run_id = launch(db)
    trained(folders[0], db, run_id)
    assert receiver.look() > 0
    there, here = results(folders[0], run_id), results(settings, run_id)
    assert {
        "log.txt",
        "checkpoints/last.pt",
        "checkpoints/best.pt",
        "predictions/test-last.npz",
    } <= here.keys()
    assert here == there
    assert receiver.look() == 0
    (settings.run_dir(run_id) / "log.txt").write_text("changed by hand")
    assert Receiver(db, settings).look() > 0, "it tells what it has found"
    assert (settings.run_dir(run_id) / "log.txt").read_text() == "changed by hand", "and takes nothing twice"


def test_a_board_with_one_folder_sends_nothing(db: Database, settings: Settings, receiver: Receiver) -> None:
    add_tiny_dataset(settings.datasets_dir)
    trained(settings, db, launch(db))
    with db.read() as s:
        assert (s.query(RunFile).count(), s.query(RunFileChunk).count()) == (0, 0)
    assert receiver.look() == 0


def test_a_run_goes_on_in_another_folder_as_if_it_had_never_left(
    db: Database,
    settings: Settings,
    folders: tuple[Settings, Settings],
    receiver: Receiver,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(sending, "PAUSE_SECONDS", 0.0)
    moved = launch(db)
    with worker_in(folders[0], db):
        wait_for(lambda: sent(db, moved, "checkpoints/last.pt"))
        with db.write() as s:
            queue.request_stop(s, get_run(s, moved), State.PAUSED)
        wait_for(lambda: fetch(db, moved).state == "paused")
    with db.write() as s:
        queue.requeue(s, get_run(s, moved))
    stayed = launch(db)
    for run_id in (moved, stayed):
        trained(folders[1], db, run_id)
    assert fetch(db, moved).folder_id == folder_id(folders[1])
    assert (fetch(db, moved).started or {})["resumed_after_epoch"] > 0
    assert losses(db, moved) == losses(db, stayed)
    receiver.look()
    assert results(settings, moved).keys() == results(folders[1], moved).keys()
    ours, theirs = (
        np.load(settings.run_dir(run_id) / "predictions" / "test-last.npz")["logits"]
        for run_id in (moved, stayed)
    )
    np.testing.assert_array_equal(ours, theirs)


def test_files_of_a_run_that_has_come_here_meanwhile_are_left(
    db: Database, settings: Settings, folders: tuple[Settings, Settings], receiver: Receiver
) -> None:
    run_id = launch(db)
    trained(folders[0], db, run_id)
    with db.write() as s:
        get_run(s, run_id).folder_id = folder_id(settings)
    receiver.look()
    assert results(settings, run_id) == {}


def test_a_file_counts_once_all_of_it_is_there(db: Database, settings: Settings) -> None:
    run_id = launch(db)
    for content in (b"first", b"second"):
        files.keep(db, run_id, "log.txt", "elsewhere", iter([content, b" version"]), lambda _: None)

    def torn() -> Iterator[bytes]:
        yield b"third"
        raise OSError("the disk is gone")

    with pytest.raises(OSError, match="disk"):
        files.keep(db, run_id, "log.txt", "elsewhere", torn(), lambda _: None)
    with db.read() as s:
        (file,) = files.of_run(s, run_id)
        assert b"".join(files.parts_of(s, file)) == b"second version"
    files.keep(db, run_id, "log.txt", "elsewhere", iter([b"fourth"]), lambda _: None)
    with db.read() as s:
        assert s.query(RunFileChunk).count() == 1, "what was left on its way goes with the next version"


@pytest.mark.parametrize(
    ("where", "sent_file", "has_workers", "taken"),
    [
        (None, None, True, True),
        ("here", None, True, True),
        ("there", None, True, False),
        ("there", "log.txt", True, True),
        ("there", None, False, True),
    ],
)
def test_what_was_never_sent_stays_with_the_workers_of_its_folder(
    db: Database, where: str | None, sent_file: str | None, has_workers: bool, taken: bool
) -> None:
    run_id = launch(db)
    with db.write() as s:
        get_run(s, run_id).folder_id = where
        files.worked(s, "there", "host")
        if not has_workers:
            s.get_one(Folder, "there").worked_at = ahead(-files.LIVING_SECONDS - 1)
    if sent_file:
        files.keep(db, run_id, sent_file, "there", iter([b"text"]), lambda _: None)
    with db.write() as s:
        assert (queue.claim(s, "worker", folder_id="here") is not None) == taken


def test_a_worker_is_killed_and_one_with_another_folder_goes_on(tmp_path: Path) -> None:
    """A real server with no worker, and real workers that share nothing with it but the database."""
    settings = Settings(data_dir=tmp_path / "served")
    board, db = Family(settings.data_dir, workers=0), Database(settings.url)
    workers: list[subprocess.Popen[bytes]] = []
    try:
        run_id = launch(db, epochs=9999)
        for name in ("first", "second"):
            folder = tmp_path / name
            add_tiny_dataset(folder / "datasets")
            workers.append(worker(folder, settings.url))
            wait_for(lambda: fetch(db, run_id).state == "running", 300)
            known = fetch(db, run_id).epoch
            wait_for(lambda known=known: fetch(db, run_id).epoch > known + 20, 300)  # type: ignore[misc]
            wait_for(lambda: sent(db, run_id, "checkpoints/last.pt"))
            if name == "first":
                workers[-1].kill()
                wait_for(lambda: fetch(db, run_id).state == "queued")
        assert (fetch(db, run_id).started or {})["resumed_after_epoch"] > 0
        with db.write() as s:
            queue.request_stop(s, get_run(s, run_id), State.CANCELED)
        wait_for(lambda: fetch(db, run_id).state == "canceled")
        there = results(Settings(data_dir=tmp_path / "second"), run_id)
        wait_for(lambda: results(settings, run_id) == there)
        api = f"{board.url}/api/v1/runs/{run_id}"
        assert httpx2.get(f"{api}/checkpoints/last.pt").content == there["checkpoints/last.pt"]
        assert "goes on in another data folder" in httpx2.get(f"{api}/logs").json()["text"]
        assert httpx2.get(f"{api}/predictions").status_code == 200
        assert [number for number, *_ in losses(db, run_id)] == list(range(1, fetch(db, run_id).epoch + 1))
    finally:
        for process in workers:
            process.kill()
            process.wait(60)
        board.kill()
        db.close()


def worker(folder: Path, url: str) -> "subprocess.Popen[bytes]":
    command = [sys.executable, "-m", "app", "worker", "--data-dir", str(folder), "--database-url", url]
    return subprocess.Popen(command, stdout=subprocess.DEVNULL)
