"""Files that runs elsewhere have sent, put into this data folder, where everybody looks for them."""

import hashlib
import json
import socket
import time
from collections.abc import Callable, Sequence
from contextlib import suppress
from pathlib import Path
from threading import Event

from app.runs.folders import folder_id
from app.runs.trouble import Trouble
from app.settings import Settings
from app.store import files
from app.store.engine import Database
from app.store.tables import Job, RunFile
from trainer.data.building import locked
from trainer.run_dir import RunDir, replacing, write_atomic

LOOK_SECONDS = 1.0
TELL_SECONDS = 600.0
"""How often a folder that serves pages is told of."""


class Receiver:
    """Keeps the folder of a web process complete."""

    def __init__(self, db: Database, settings: Settings) -> None:
        self._db = db
        self._settings = settings
        self._own = folder_id(settings)
        self._upto = 0
        self._tell_at = 0.0
        self._trouble = Trouble("Files that were sent cannot be taken")

    def run_until(self, stop: Event) -> None:
        """Look often; what fails is tried again."""
        stop.wait(LOOK_SECONDS)
        self._trouble.repeat(self.look, LOOK_SECONDS, stop)

    def look(self) -> int:
        """Take what is new; how many files that were. Raises what kept it from being taken."""
        if time.monotonic() >= self._tell_at:
            with self._db.write() as s:
                files.served(s, self._own, socket.gethostname())
            self._tell_at = time.monotonic() + TELL_SECONDS
        with self._db.read() as s:
            found = files.sent_after(s, self._upto, self._own)
        for file in found:
            _take(self._db, RunDir(self._settings.run_dir(file.run_id)), [file], self._is_elsewhere)
            self._upto = file.id
        return len(found)

    def _is_elsewhere(self, file: RunFile) -> bool:
        """Whether the run is still where the file comes from: no process here writes it."""
        with self._db.read() as s:
            run = s.get(Job, file.run_id)
        return run is not None and run.folder_id == file.folder_id


def arrive(db: Database, run_id: int, run_dir: RunDir) -> None:
    """Make the run's folder hold what was last sent of it, where anything was.

    Raises OSError and DataError.
    """
    with db.read() as s:
        found = files.of_run(s, run_id)
    _take(db, run_dir, found, lambda _: True)
    names = {file.name for file in found}
    for path in run_dir.results() if names else ():
        if path.relative_to(run_dir.path).as_posix() not in names:
            path.unlink(missing_ok=True)


def _take(db: Database, run_dir: RunDir, found: Sequence[RunFile], wanted: Callable[[RunFile], bool]) -> None:
    """Write those files of one run that are newer than what stands there, and, at that moment, wanted."""
    note = run_dir.path / "received.json"
    with locked(note):
        known: dict[str, int] = json.loads(note.read_bytes()) if note.exists() else {}
        for file in found:
            if known.get(file.name, 0) < file.id and _write(db, run_dir.path, file, wanted):
                known[file.name] = file.id
                write_atomic(note, json.dumps(known).encode())


def _write(db: Database, folder: Path, file: RunFile, wanted: Callable[[RunFile], bool]) -> bool:
    """Whether the file stands in its place: not where a newer version took its place in the database."""
    path = folder / file.name
    path.parent.mkdir(parents=True, exist_ok=True)
    digest = hashlib.sha256()
    with suppress(_NotWantedError), replacing(path) as written:
        with db.read() as s:
            for data in files.parts_of(s, file):
                written.write(data)
                digest.update(data)
        if digest.hexdigest() != file.sha256 or not wanted(file):
            raise _NotWantedError
        return True
    return False


class _NotWantedError(Exception):
    """Leaves the place as it is."""
