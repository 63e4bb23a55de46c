"""A board copied into one file while it goes on: its database, the folders of its jobs, its data sets.

The database is copied first, so that no row tells of what is not in the folders yet; in what order the files
follow, `contents` says. A job that is deleted meanwhile is left out whole.
"""

import os
from collections import Counter
from collections.abc import Callable, Collection, Iterable
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path
from typing import IO

from sqlalchemy import select

from app.errors import SetupError
from app.formats import counted
from app.keeping.archive import FORMAT, ArchiveWriter, Contents, Head, Part, read_archive
from app.keeping.board import check_board
from app.keeping.contents import dataset_files, has_ended, needs_checkpoints, opened, run_files
from app.keeping.names import DATABASE, DRAFT
from app.lifecycle import State
from app.settings import Settings
from app.store.clock import now
from app.store.copies import copy_database
from app.store.dialects.copied import CopiedJob, drop_jobs, jobs_in, schema_of
from app.store.engine import Database
from app.store.tables import Job
from trainer.run_dir import RunDir, replacing

Say = Callable[[str], None]


@dataclass(frozen=True)
class Backup:
    """What was copied; `dropped` are jobs that were deleted meanwhile."""

    path: Path
    bytes: int
    contents: Contents
    dropped: tuple[int, ...]


def back_up(
    settings: Settings, path: Path, left_out: Collection[Part] = (), replace: bool = False, say: Say = print
) -> Backup:
    """Copy the board to `path`, then read that back and hold it to its sums; whole or not there.

    replace: a file that is there goes once the new one is whole. Raises SetupError for a place where it
    cannot be, for a board that is not there, and for a copy that cannot be read back; and OSError.
    """
    _check(settings, path, replace)
    copy = path.with_name(f"{path.name}.database{DRAFT}")
    copy.unlink(missing_ok=True)
    try:
        say("Copying the database")
        copy_database(settings.url, copy)
        with replacing(path) as file:
            contents, dropped = _Copying(settings, copy, left_out, say).write(file, path.name)
    finally:
        copy.unlink(missing_ok=True)
    say("Reading it back")
    read_archive(path)
    return Backup(path, path.stat().st_size, contents, dropped)


def _check(settings: Settings, path: Path, replace: bool) -> None:
    check_board(settings)
    if path.exists() and not replace:
        raise SetupError(f"{path} exists.", "Choose another name, or --replace.")
    if path.is_dir() or not path.parent.is_dir():
        raise SetupError(
            f"{path} cannot be written.", "Name a file in a folder that is there, such as board.tar."
        )
    place = path.resolve()
    if any(place.is_relative_to(folder.resolve()) for folder in (settings.runs_dir, settings.datasets_dir)):
        raise SetupError(f"{path} would be a part of what it copies.", "Choose a place outside of it.")


class _Copying:
    """One backup under way, of a board whose database is copied."""

    def __init__(self, settings: Settings, copy: Path, left_out: Collection[Part], say: Say) -> None:
        self._settings, self._copy, self._say = settings, copy, say
        self._left_out = tuple(sorted(set(left_out)))
        self._jobs = jobs_in(copy)
        self._needed = needs_checkpoints(self._jobs)

    def write(self, file: IO[bytes], name: str) -> tuple[Contents, tuple[int, ...]]:
        """All of it; and which jobs are not in it, as they were deleted meanwhile."""
        head = Head(
            format=FORMAT,
            version=version("betaboard"),
            database_version=schema_of(self._copy),
            made_at=now(),
            left_out=self._left_out,
        )
        archive = ArchiveWriter(file, name, head)
        self._say(f"Copying the folders of {counted(len(self._jobs), 'job')}")
        for job in self._jobs:
            self._add_job(archive, job)
        self._add_set_aside(archive)
        self._say("Copying the data sets")
        for files in dataset_files(self._settings.datasets_dir, self._left_out):
            for member, opened_file, size in files:
                archive.add(member, opened_file, size, os.fstat(opened_file.fileno()).st_mtime)
        dropped = self._deleted_since()
        drop_jobs(self._copy, dropped)
        with self._copy.open("rb") as database:
            archive.add(DATABASE, database, self._copy.stat().st_size)
        states = Counter(job.state.value for job in self._jobs if job.id not in dropped)
        return archive.finish(dict(sorted(states.items()))), dropped

    def _add_job(self, archive: ArchiveWriter, job: CopiedJob) -> None:
        """Add its folder; not that of one that waited with nothing told: it may have begun since."""
        if job.state is State.QUEUED and not job.is_told:
            return
        folder = RunDir(self._settings.run_dir(job.id))
        keeps = "checkpoints" not in self._left_out or job.id in self._needed
        is_still = False
        while not is_still:  # what ended meanwhile is copied again: the later of two files counts
            is_still = has_ended(folder) or not job.is_to_come
            self._add(archive, run_files(folder, keeps))
            is_still = is_still or not has_ended(folder)

    def _add_set_aside(self, archive: ArchiveWriter) -> None:
        """What stands beside the jobs' folders: those of another board that were moved out of the way."""
        for folder in sorted(self._settings.runs_dir.iterdir()):
            if folder.is_dir() and not folder.name.isdigit():
                self._add(archive, run_files(RunDir(folder), checkpoints=True))

    def _add(self, archive: ArchiveWriter, paths: Iterable[Path]) -> None:
        for path in paths:
            with opened(path) as found:
                if found is not None:
                    name = f"runs/{path.relative_to(self._settings.runs_dir).as_posix()}"
                    archive.add(name, *found, os.fstat(found[0].fileno()).st_mtime)

    def _deleted_since(self) -> tuple[int, ...]:
        database = Database(self._settings.url)
        try:
            with database.read() as session:
                left = set(session.scalars(select(Job.id)))
        finally:
            database.close()
        return tuple(job.id for job in self._jobs if job.id not in left)
