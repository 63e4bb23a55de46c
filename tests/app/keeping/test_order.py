"""A run goes on by a few entries between any two files of a copy: whatever was copied fits together."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO

import pytest
import torch

from app.keeping import backup
from app.keeping.backup import back_up
from app.keeping.contents import opened
from app.keeping.restore import restore
from app.runs import queue
from app.runs.ingest import ingest
from app.settings import Settings
from app.store import series
from app.store.engine import Database
from tests.app.keeping.boards import launched, prepared, run_of
from tests.app.real_processes import add_tiny_dataset
from tests.app.worker.fault_scenes import work
from tests.app.worker.stepped import SteppedExecutor
from trainer.events import Epoch
from trainer.executors.base import Resources
from trainer.journal import read_entries
from trainer.kinds import parse_job
from trainer.run_dir import RunDir

pytestmark = pytest.mark.slow

EPOCHS = 9


@pytest.fixture(autouse=True)
def _torch_as_before() -> Iterator[None]:
    yield
    torch.use_deterministic_algorithms(False)


class Trained:
    """A run that goes on by an entry, into its folder and into the database, whenever it is told to."""

    def __init__(self, settings: Settings, db: Database) -> None:
        self.id = launched(db, optim={"epochs": EPOCHS, "milestones": []}, model={"width": 1})
        with db.write() as s:
            run = queue.claim(s, "w1")
            assert run is not None
        self.folder = RunDir(settings.run_dir(self.id))
        self.folder.create(parse_job(run.config))
        self._db, self._executor = db, SteppedExecutor(settings.datasets_dir)
        self._handle = self._executor.start(self.folder, 1, Resources(1))

    def go_on(self, entries: int) -> None:
        for _ in range(entries):
            if self._executor.poll(self._handle) is None:
                ingest(self._db, self.id, 1, self.folder, ends=None)

    def end(self) -> None:
        self._executor.close()


def figures(db: Database, run_id: int) -> list[tuple[object, ...]]:
    with db.read() as s:
        return [
            (row.epoch, row.train_loss, row.test_loss, row.test_accuracy) for row in series.epochs(s, run_id)
        ]


@pytest.fixture(scope="module")
def calm(tmp_path_factory: pytest.TempPathFactory) -> list[tuple[object, ...]]:
    """Figures of the run where nobody copies it."""
    settings = Settings(data_dir=tmp_path_factory.mktemp("calm"))
    prepared(settings)
    add_tiny_dataset(settings.datasets_dir)
    db = Database(settings.url)
    run_id = launched(db, optim={"epochs": EPOCHS, "milestones": []}, model={"width": 1})
    work(settings, db)
    found = figures(db, run_id)
    db.close()
    return found


@pytest.mark.parametrize(("before", "entries"), [(4, 1), (5, 1), (6, 1), (7, 1), (9, 2), (9, 7)])
def test_what_is_copied_while_the_run_goes_on_fits_together(
    settings: Settings,
    db: Database,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    calm: list[tuple[object, ...]],
    before: int,
    entries: int,
) -> None:
    """before: its entries when the copy begins."""
    add_tiny_dataset(settings.datasets_dir)
    run = Trained(settings, db)
    run.go_on(before)

    @contextmanager
    def opened_later(path: Path) -> Iterator[tuple[IO[bytes], int] | None]:
        run.go_on(entries)
        with opened(path) as found:
            run.go_on(entries)
            yield found

    monkeypatch.setattr(backup, "opened", opened_later)
    back_up(settings, tmp_path / "board.tar", say=lambda _: None)
    seen = run_of(db, run.id).journal_seq
    assert seen > before
    run.end()
    copy = Settings(data_dir=tmp_path / "copy")
    back = restore(tmp_path / "board.tar", copy, prepared)
    check_files(RunDir(copy.run_dir(run.id)), has_ended=not back.queued)
    theirs = Database(copy.url)
    assert before <= run_of(theirs, run.id).journal_seq <= seen
    work(copy, theirs)
    assert run_of(theirs, run.id).state == "completed"
    assert figures(theirs, run.id) == calm
    theirs.close()


def check_files(folder: RunDir, has_ended: bool) -> None:
    """No checkpoint is of an epoch that the journal lacks, and the best one is not behind the last; where
    the run has ended, the last is of the last epoch.
    """
    told = [entry.event.epoch for entry, _ in read_entries(folder.events) if isinstance(entry.event, Epoch)]
    last, best = (torch.load(folder.checkpoints / name, weights_only=True) for name in ("last.pt", "best.pt"))
    assert last["epoch"] == told[-1] if has_ended else last["epoch"] <= told[-1]
    assert best["epoch"] >= last["best"]["epoch"]
