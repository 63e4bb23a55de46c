"""What a run leaves in its folder goes to the other data folders of the board, through the database.

Nothing is sent while there is one folder alone. The journal is sent when its attempt has ended: its entries
stand in the database, and who goes on elsewhere begins a new one. So no file counts before the database knows
what the journal told until the file was read: a checkpoint of an epoch that nobody knows is of no use there.
"""

import logging
import time
from collections.abc import Iterator
from concurrent import futures
from pathlib import Path

from sqlalchemy.orm import Session

from app.runs.ingest import owned, position
from app.store import files
from app.store.engine import Database
from trainer.events import TERMINAL_KINDS
from trainer.journal import Entries, JournalReader, Position
from trainer.run_dir import RunDir

PAUSE_SECONDS = 2.0
"""Between two looks while the run goes on."""
KNOWN_SECONDS = 30.0
"""So long a file waits until the database knows what was told before it."""
_LOOK_SECONDS = 0.05
_log = logging.getLogger(__name__)
_Stamp = tuple[int, int]


class Sender:
    """Sends what one attempt at a run writes."""

    def __init__(
        self,
        db: Database,
        folder_id: str,
        run_dir: RunDir,
        run_id: int,
        attempt: int,
        background: futures.Executor | None = None,
    ) -> None:
        """background: carries out what takes a while; whoever steps needs it."""
        self.is_needed = False
        """Whether there was somebody to send to when it was last looked."""
        self._background = background
        self._db = db
        self.folder_id = folder_id
        self._run_dir = run_dir
        self._run_id = run_id
        self._attempt = attempt
        self._sent: dict[str, _Stamp] = {}
        self._sending: futures.Future[None] | None = None
        self._next = 0.0
        self._is_final = False

    def step(self, final: bool) -> bool:
        """Begin to send what is new, and never wait; whether nothing is on its way.

        final: nobody writes any more, so all is sent when this is true. Raises what kept it from being sent.
        """
        if self._sending is not None:
            if not self._sending.done():
                return False
            sending, self._sending = self._sending, None
            sending.result()
        if not final and time.monotonic() < self._next:
            return True
        self._next = time.monotonic() + PAUSE_SECONDS
        self._is_final = final
        if not self._has_news():
            return True
        assert self._background is not None, "whoever steps has given it"
        self._sending = self._background.submit(self._send)
        return False

    def send_last(self) -> None:
        """Send all that is left of an attempt that nobody else sends for, as its worker is gone."""
        self._is_final = True
        if self._has_news():
            self._send()

    def _has_news(self) -> bool:
        """Whether files have changed, and there is somebody to send them to."""
        with self._db.read() as s:
            self.is_needed = files.others(s, self.folder_id)
        return self.is_needed and self._stamps() != self._sent

    def _send(self) -> None:
        found = self._stamps()
        for name, stamp in found.items():
            if self._sent.get(name) != stamp and self._send_one(name):
                self._sent[name] = stamp
        for name in self._sent.keys() - found.keys():
            with self._db.write() as s:
                self._check(s)
                files.forget(s, self._run_id, name)
            del self._sent[name]

    def _send_one(self, name: str) -> bool:
        """Whether it counts now; one that vanishes meanwhile, or is ahead, is looked for again later."""
        parts = self._parts(self._run_dir.path / name)
        try:
            files.keep(self._db, self._run_id, name, self.folder_id, parts, self._check)
        except FileNotFoundError:
            _log.debug("%s of run %d vanished while it was sent.", name, self._run_id)
        except _AheadError:
            _log.debug("%s of run %d is ahead of what is known of the run.", name, self._run_id)
            return False
        return True

    def _parts(self, path: Path) -> Iterator[bytes]:
        """Of the file as it is now. It ends once the database knows what was told until then."""
        with path.open("rb") as file:
            told = self._told()
            while data := file.read(files.CHUNK_BYTES):
                yield data
        until = time.monotonic() + KNOWN_SECONDS
        while not self._knows(told):
            if time.monotonic() > until:
                raise _AheadError
            time.sleep(_LOOK_SECONDS)

    def _told(self) -> int:
        """The number of the last event in the journal, an ending aside. Raises LostClaimError."""
        with self._db.read() as s:
            at = position(owned(s, self._run_id, self._attempt))
        journal = Unended(self._run_dir)
        while self._run_dir.events.exists() and (found := journal.entries(at)).items:
            at = Position(found.places[-1], found.items[-1].seq)
        return at.seq

    def _knows(self, seq: int) -> bool:
        """Raises LostClaimError."""
        with self._db.read() as s:
            return owned(s, self._run_id, self._attempt).journal_seq >= seq

    def _check(self, s: Session) -> None:
        """Raises LostClaimError."""
        owned(s, self._run_id, self._attempt)

    def _stamps(self) -> dict[str, _Stamp]:
        found = {}
        journal = [self._run_dir.events] if self._is_final else []
        for path in (*self._run_dir.results(), *journal):
            try:
                told = path.stat()
            except FileNotFoundError:
                continue
            found[path.relative_to(self._run_dir.path).as_posix()] = (told.st_mtime_ns, told.st_size)
        return found


class _AheadError(Exception):
    """The file is of what the database does not know yet."""


class Unended:
    """A journal whose ending is not seen yet, as what the run left has still to be sent."""

    def __init__(self, journal: JournalReader) -> None:
        self._journal = journal
        self.has_ended = False
        """Whether its ending was come to."""

    def entries(self, after: Position) -> Entries:
        """As a `JournalReader`."""
        found = self._journal.entries(after)
        self.has_ended = bool(found.items) and found.items[-1].event.kind in TERMINAL_KINDS
        return Entries(found.items[:-1], found.places[:-1]) if self.has_ended else found
