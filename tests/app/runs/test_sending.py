"""What is sent to other data folders is never ahead of what the database knows of the run."""

import time
from concurrent.futures import ThreadPoolExecutor

import pytest

from app.runs import sending
from app.runs.ingest import LostClaimError, ingest
from app.runs.sending import Sender, Unended
from app.settings import Settings
from app.store import files
from app.store.engine import Database
from app.store.runs import get_run
from app.store.tables import Run
from tests.app.journals import claimed, epoch, started, write_journal
from tests.app.real_processes import wait_for
from trainer.events import Finished
from trainer.journal import Position
from trainer.run_dir import RunDir

LAST = "checkpoints/last.pt"


@pytest.fixture
def run(db: Database, settings: Settings) -> tuple[int, RunDir]:
    with db.write() as s:
        files.served(s, "elsewhere", "host")
    run_id, folder = claimed(db, settings)
    folder.checkpoints.mkdir(parents=True)
    return run_id, folder


def sender(db: Database, run: tuple[int, RunDir], background: ThreadPoolExecutor | None = None) -> Sender:
    run_id, folder = run
    return Sender(db, "here", folder, run_id, 1, background)


def counted(db: Database, run_id: int) -> set[str]:
    with db.read() as s:
        return {file.name for file in files.of_run(s, run_id)}


def test_a_checkpoint_counts_once_its_epoch_is_known(db: Database, run: tuple[int, RunDir]) -> None:
    run_id, folder = run
    write_journal(folder, [started(), epoch(1)])
    (folder.checkpoints / "last.pt").write_bytes(b"of epoch 1")
    with ThreadPoolExecutor() as threads:
        sent = sender(db, run, threads)
        assert not sent.step(final=False)
        time.sleep(0.3)
        assert not sent.step(final=False)
        assert counted(db, run_id) == set()
        write_journal(folder, [epoch(2)])  # told after the file was read: it waits for no more than epoch 1
        with db.write() as s:
            get_run(s, run_id).journal_seq = 2
        wait_for(lambda: counted(db, run_id) == {LAST})


def test_a_file_that_stays_ahead_is_sent_another_time(
    db: Database, run: tuple[int, RunDir], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sending, "KNOWN_SECONDS", 0.0)
    run_id, folder = run
    write_journal(folder, [started(), epoch(1)])
    (folder.checkpoints / "last.pt").write_bytes(b"of epoch 1")
    sent = sender(db, run)
    sent.send_last()
    assert counted(db, run_id) == set()
    ingest(db, run_id, 1, folder)
    sent.send_last()
    assert counted(db, run_id) == {LAST, "events.jsonl"}


def test_what_a_lost_run_left_is_not_sent(db: Database, run: tuple[int, RunDir]) -> None:
    run_id, folder = run
    write_journal(folder, [started(), epoch(1)])
    (folder.checkpoints / "last.pt").write_bytes(b"of epoch 1")
    with db.write() as s:
        get_run(s, run_id).attempt = 2
    with pytest.raises(LostClaimError):
        sender(db, run).send_last()
    assert counted(db, run_id) == set()


def test_what_was_told_before_an_ending_is_seen_before_it(db: Database, run: tuple[int, RunDir]) -> None:
    run_id, folder = run
    write_journal(folder, [started(), epoch(1), epoch(2), Finished(epochs=2, seconds=1.0, best=None)])
    journal = Unended(folder)
    found = journal.entries(Position(0, 0))
    assert [entry.seq for entry in found.items] == [1, 2, 3]
    assert journal.has_ended
    assert journal.entries(Position(found.places[-1], 3)).items == []
    ingest(db, run_id, 1, Unended(folder))
    assert known(db, run_id) == ("running", 2)
    ingest(db, run_id, 1, folder)
    assert known(db, run_id) == ("completed", 2)


def known(db: Database, run_id: int) -> tuple[str, int]:
    with db.read() as s:
        run: Run = get_run(s, run_id)
        return run.state, run.epoch
