"""Runs that were trained in several data folders that share nothing, and those that train upon them."""

from pathlib import Path

import pytest

from app.lifecycle import State
from app.runs import queue, sending
from app.runs.continuing import continue_run
from app.runs.drafts import drafted
from app.runs.folders import folder_id
from app.runs.reaper import LOOK_SECONDS, Reaper
from app.runs.receiving import Receiver
from app.schemas import ContinueBody
from app.settings import Settings
from app.store import files, series
from app.store.engine import Database
from app.store.runs import get_run
from app.store.tables import Confusion
from tests.app.journals import claimed, epoch, started, write_journal
from tests.app.real_processes import wait_for
from tests.app.worker.several_folders import EPOCHS, fetch, launch, sent, trained, two_more, worker_in
from trainer.config import RunConfig
from trainer.events import Finished
from trainer.run_dir import RunDir

pytestmark = pytest.mark.slow


@pytest.fixture
def folders(settings: Settings, tmp_path: Path) -> list[Settings]:
    """Three, on the board of the first, which serves."""
    return [settings, *two_more(settings, tmp_path)]


def told(db: Database, run_id: int) -> list[object]:
    """Figures of every epoch; what a matrix counts, too."""
    with db.read() as s:
        rows = [(row.epoch, row.train_loss, row.test_loss, row.metrics) for row in series.epochs(s, run_id)]
        matrices = s.query(Confusion).filter_by(run_id=run_id).order_by(Confusion.epoch)
        return [*rows, *((row.epoch, row.matrix) for row in matrices)]


def test_what_a_run_left_is_sent_where_its_worker_was_lost_at_its_end(
    db: Database, folders: list[Settings]
) -> None:
    """Its journal has an ending; the web process beside the worker comes to it."""
    receiver = Receiver(db, folders[0])
    receiver.look()
    run_id, run_dir = claimed(db, folders[1])
    write_journal(run_dir, [started(), epoch(1), Finished(epochs=1, seconds=1, best=None)])
    run_dir.checkpoints.mkdir()
    (run_dir.checkpoints / "last.pt").write_bytes(b"of the last epoch")
    files.keep(db, run_id, "checkpoints/last.pt", "one", iter([b"of one before"]), lambda _: None)
    seconds = 0.0
    judge = Reaper(db, folders[1], lambda: seconds)
    with db.write() as s:
        get_run(s, run_id).folder_id = folder_id(folders[1])
    while fetch(db, run_id).state == "running" and seconds < 60:
        judge.look()
        seconds += LOOK_SECONDS
    assert fetch(db, run_id).state == "completed"
    receiver.look()
    there = RunDir(folders[0].run_dir(run_id))
    assert (there.checkpoints / "last.pt").read_bytes() == b"of the last epoch"
    assert there.events.read_bytes() == run_dir.events.read_bytes()


def test_who_goes_on_from_a_run_of_two_folders_has_the_epochs_of_both(
    db: Database, folders: list[Settings], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sending, "PAUSE_SECONDS", 0.0)
    receiver = Receiver(db, folders[0])
    receiver.look()
    moved = launch(db)
    with worker_in(folders[1], db):
        wait_for(lambda: sent(db, moved, "checkpoints/last.pt"))
        with db.write() as s:
            queue.request_stop(s, get_run(s, moved), State.PAUSED)
        wait_for(lambda: fetch(db, moved).state == "paused")
    assert 0 < fetch(db, moved).epoch < EPOCHS
    with db.write() as s:
        queue.requeue(s, get_run(s, moved))
    trained(folders[2], db, moved)
    receiver.look()
    longer, _ = continue_run(db, folders[0], moved, ContinueBody(epochs=2))
    trained(folders[1], db, longer)
    whole = launch(db, EPOCHS + 2)
    trained(folders[1], db, whole)
    assert told(db, moved) == [row for row in told(db, whole) if row[0] <= EPOCHS]  # type: ignore[index]
    assert told(db, longer) == told(db, whole)


def test_runs_of_a_board_of_before_are_in_its_first_folder(db: Database, folders: list[Settings]) -> None:
    """What trains upon one of them is not for a folder that joins later: nothing of it is there."""
    first, _ = claimed(db, folders[0])
    with db.write() as s:
        run = get_run(s, first)
        run.state, run.journal_seq, run.folder_id = State.COMPLETED, 9, None
        [second] = queue.enqueue_all(s, [drafted(RunConfig(), "on it")])
        get_run(s, second).first_stage_id = first
    for name in ("first", "joined"):
        with db.write() as s:
            files.worked(s, name, "host")
    assert fetch(db, first).folder_id == "first"
    with db.write() as s:
        assert queue.claim(s, "w2", folder_id="joined") is None
        assert queue.claim(s, "w1", folder_id="first") is not None
