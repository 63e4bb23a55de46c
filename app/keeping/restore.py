"""A board made of a backup, in a folder that is empty: whole and checked, or not there.

It is read into a folder within the place, and moved from there once every sum holds. What ran when the backup
was made waits again, and goes on from the checkpoint that the backup has of it; what its journal tells beyond
the database is read now, or once it is claimed.
"""

import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import IO

from sqlalchemy import delete, make_url, select, update

from app.errors import SetupError
from app.keeping.archive import Contents, Head, read_archive
from app.keeping.names import DATABASE, RESTORING
from app.lifecycle import State
from app.runs.endings import asked_of, of_return
from app.runs.folders import FOLDER_ID, folder_id
from app.runs.ingest import LostClaimError, end, ingest, owned
from app.runs.reasons import Reason
from app.runs.retries import USUAL
from app.settings import Settings
from app.store import files
from app.store.clock import now
from app.store.dialects import dialect_of
from app.store.engine import Database, database_file
from app.store.tables import Folder, Job, Worker
from trainer.data.sources import describe
from trainer.errors import DataError, JournalError
from trainer.run_dir import RunDir

Prepare = Callable[[Settings], None]


@dataclass(frozen=True)
class Restored:
    """What came back. queued: jobs that ran and wait again; lacking: data sets that jobs to come need."""

    head: Head
    contents: Contents
    queued: tuple[int, ...]
    lacking: tuple[str, ...]


def restore(path: Path, settings: Settings, prepare: Prepare) -> Restored:
    """Make the board of the backup at `path` in the settings' data folder.

    prepare: brings a board's database up to date. Raises SetupError where the folder is not empty, the
    backup is damaged or of a later version, and OSError; the folder then is as it was.
    """
    url = make_url(settings.url)
    dialect, place = dialect_of(url), settings.data_dir
    _check_empty(settings)
    with dialect.migrating(url):
        _check_empty(settings)  # nobody begins a board here from now on
        with _draft(place) as draft:
            head, contents = read_archive(path, lambda name: _opened(draft / name))
            board = settings.model_copy(update={"data_dir": draft, "database_url": ""})
            prepare(board)
            queued, lacking = _settled(board)
            for name in (settings.runs_dir.name, settings.datasets_dir.name, FOLDER_ID):
                (draft / name).rename(place / name)
            dialect.copy_in(draft / DATABASE, url)
    return Restored(head, contents, queued, lacking)


def _check_empty(settings: Settings) -> None:
    """Pass where there is nothing but what an interrupted restore left."""
    file = database_file(settings.url)
    lock = f"{DATABASE}.lock"
    with suppress(FileNotFoundError):
        found = sorted(it.name for it in settings.data_dir.iterdir() if it.name not in (RESTORING, lock))
        if found:
            raise SetupError(
                f"{settings.data_dir} is not empty: it holds {found[0]}.",
                "Restore into another folder with --data-dir; nothing is ever restored over a board.",
            )
    if file is not None and file.exists():
        raise SetupError(
            f"There is a database {file}.", "Restore into another one, or leave out --database-url."
        )


@contextmanager
def _draft(place: Path) -> Iterator[Path]:
    draft = place / RESTORING
    place.mkdir(parents=True, exist_ok=True)
    shutil.rmtree(draft, ignore_errors=True)
    draft.mkdir()
    try:
        yield draft
    finally:
        shutil.rmtree(draft, ignore_errors=True)


def _opened(path: Path) -> IO[bytes]:
    path.parent.mkdir(parents=True, exist_ok=True)
    return path.open("wb")


def _settled(board: Settings) -> tuple[tuple[int, ...], tuple[str, ...]]:
    """Have what ran wait again, let workers be gone, and drop what jobs left that were deleted meanwhile."""
    db = Database(board.url)
    try:
        with db.read() as s:
            running = s.execute(select(Job.id, Job.attempt).where(Job.state == State.RUNNING)).all()
            known = set(s.scalars(select(Job.id)))
        for folder in board.runs_dir.iterdir():
            if folder.name.isdigit() and int(folder.name) not in known:
                shutil.rmtree(folder)
        queued = tuple(job_id for job_id, attempt in running if _waits_again(db, board, job_id, attempt))
        with db.write() as s:
            s.execute(update(Job).values(folder_id=None))  # this folder is another one, and holds all
            files.settle(s, folder_id(board))
            s.execute(delete(Folder))
            s.execute(update(Worker).where(Worker.stopped_at.is_(None)).values(stopped_at=now()))
            to_come = select(Job.dataset, Job.source).where(Job.state.in_((State.QUEUED, State.PAUSED)))
            needed = s.execute(to_come.distinct()).all()
    finally:
        db.close()
    return queued, tuple(sorted({name for name, source in needed if _lacks(board, name, source)}))


def _waits_again(db: Database, board: Settings, job_id: int, attempt: int) -> bool:
    """End the attempt as its journal does, or as its worker was asked to; whether the job waits now."""
    with suppress(JournalError, LostClaimError):  # a damaged journal is the next attempt's matter
        ingest(db, job_id, attempt, RunDir(board.run_dir(job_id)), USUAL)
    told = Reason("Restored", "The board was restored from a backup.", "It goes on from its last checkpoint.")
    with suppress(LostClaimError), db.write() as s:
        job = owned(s, job_id, attempt)
        end(s, job, of_return(told, asked_of(job)), USUAL)
        return job.state == State.QUEUED
    return False


def _lacks(board: Settings, dataset: str, source: str | None) -> bool:
    try:
        describe(dataset, board.datasets_dir, source)
    except DataError:
        return dataset.startswith("folder:")
    return False
