"""A run's journal: numbered lines of JSON, the truth about the run. Imports no torch.

One writer appends, each line flushed, fsynced where losing it would lose work; a line that a crash tore is
cut when the journal is opened again. Readers may follow it while it grows: they only ever see whole lines.
"""

import itertools
import json
import os
import time
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from types import TracebackType
from typing import IO, Any, Protocol

from pydantic import ValidationError

from trainer.errors import JournalError, JournalHeldError
from trainer.events import ENTRY, Entry, Event

try:
    import fcntl
except ImportError:  # Windows has no such lock; there, nobody may start a run twice
    fcntl = None  # type: ignore[assignment]

MOST_ENTRIES = 1000
"""Entries that are read at once: many, so that storing them is fast, and few, so that others may write."""
_LOOK_SECONDS = 0.1
_FSYNCED = frozenset({"started", "begun", "epoch", "piece", "checkpoint", "finished", "stopped", "failed"})


@dataclass(frozen=True)
class Position:
    """How far a journal is read: the place after the last entry, which its reader gave, and its number."""

    offset: int
    seq: int


@dataclass(frozen=True)
class Entries:
    """The next entries of a journal, none where it has no more so far."""

    items: list[Entry]
    places: list[int]
    """The place after each of them."""


class JournalReader(Protocol):
    """Whoever can tell what a run has told: its file, or an executor that trains it elsewhere."""

    def entries(self, after: Position) -> Entries:
        """The next whole entries, in order, at most MOST_ENTRIES. Never waits.

        Raises JournalError where the journal is shorter than that, or the next entry is damaged.
        """


class Journal:
    """The one writer of a run's events.jsonl."""

    def __init__(self, path: Path, after: int = 0, patience_seconds: float = 0.0) -> None:
        """Open `path` for appending, cut a torn last line, and go on after the last number.

        after: the number before the first, where the journal is empty. patience_seconds: how long to wait for
        another writer to end. Raises JournalHeldError where it stays, JournalError for a damaged journal.
        """
        path.parent.mkdir(parents=True, exist_ok=True)
        self._file: IO[bytes] = path.open("ab", buffering=0)
        try:
            _lock(self._file, path, time.monotonic() + patience_seconds)
            self._size, last_seq = _whole(path)
            self._file.truncate(self._size)
        except BaseException:
            self._file.close()
            raise
        self.last_seq = last_seq if self._size else after
        self._torn = False

    def append(self, event: Event) -> Entry:
        """Number and write one event; returns the entry as written.

        Raises OSError; what is written whole by then counts, and nothing else stays.
        """
        entry = Entry(seq=self.last_seq + 1, time=utc_now(), event=event)
        self._write(ENTRY.dump_json(entry) + b"\n")
        self.last_seq = entry.seq
        if event.kind in _FSYNCED:
            os.fsync(self._file.fileno())
        return entry

    def copy(self, lines: bytes) -> None:
        """Append whole lines that another copy of this journal has; those that stand here already do so once.

        Raises OSError as `append` does, and JournalError where one is missing in between.
        """
        for line in lines.splitlines(keepends=True):
            number = _seq(line, Path(self._file.name))
            if number > self.last_seq + 1:
                raise JournalError(
                    f"{self._file.name} ends with event {self.last_seq}, and event {number} came for it.",
                    "Retry goes on after the last checkpoint.",
                )
            if number > self.last_seq:
                self._write(line)
                self.last_seq = number
        os.fsync(self._file.fileno())

    def close(self) -> None:
        """Close the file; closing twice is harmless."""
        self._file.close()

    def _write(self, line: bytes) -> None:
        if self._torn:
            self._file.truncate(self._size)
        self._torn, rest = True, line
        while rest:
            rest = rest[self._file.write(rest) :]
        self._torn, self._size = False, self._size + len(line)

    def __enter__(self) -> "Journal":
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()


def read_entries(path: Path, offset: int = 0) -> Iterator[tuple[Entry, int]]:
    """Whole entries from byte `offset` on, each with the offset after it; a torn tail is left for later.

    Raises JournalError, naming the file and byte, where a whole line is no entry.
    """
    if not path.exists():
        return
    with path.open("rb") as file:
        file.seek(offset)
        for line in file:
            if not line.endswith(b"\n"):
                return
            start, offset = offset, offset + len(line)
            try:
                entry = ENTRY.validate_json(line)
            except ValidationError as error:
                raise JournalError(
                    f"{path} is damaged at byte {start}: {error.errors()[0]['msg']}.",
                    "Cut the file before that byte to keep what stands above it.",
                ) from error
            yield entry, offset


def entries_of(path: Path, after: Position) -> Entries:
    """As a `JournalReader`, of a file."""
    size = path.stat().st_size if path.exists() else 0
    if size < after.offset:
        found = f"is shorter than the {after.offset} bytes that were read from it" if size else "is gone"
        raise JournalError(f"{path} {found}.", "Retry goes on with a new one, after the last checkpoint.")
    entries: list[Entry] = []
    places: list[int] = []
    try:
        for entry, end in itertools.islice(read_entries(path, after.offset), MOST_ENTRIES):
            expected = after.seq + len(entries) + 1
            if entry.seq != expected:
                at = places[-1] if places else after.offset
                raise JournalError(
                    f"{path} is damaged at byte {at}: event {entry.seq} stands where {expected} must be.",
                    "Two processes may have written it. Retry goes on with a new one.",
                )
            entries.append(entry)
            places.append(end)
    except JournalError:
        if not entries:
            raise
    return Entries(entries, places)


def utc_now() -> str:
    """This moment as ISO 8601 in UTC with milliseconds and Z."""
    return datetime.now(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def _lock(file: IO[bytes], path: Path, deadline: float) -> None:
    """Hold the journal as long as `file` is open; the lock ends with its process, however that ends.

    Waits for another holder until `deadline` (monotonic).
    """
    while fcntl is not None:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            return
        except BlockingIOError:  # its number also means that no process can start: it is no cause to keep
            if time.monotonic() >= deadline:
                raise JournalHeldError(
                    f"{path} is being written by another process.",
                    "Wait until that one has ended, or use another folder.",
                ) from None
        time.sleep(_LOOK_SECONDS)


def _whole(path: Path) -> tuple[int, int]:
    """Bytes of the whole lines of a journal, and the number of the last one, 0 for an empty journal."""
    whole, last = 0, b""
    with path.open("rb") as file:
        for line in file:
            if not line.endswith(b"\n"):
                break
            whole, last = whole + len(line), line
    return whole, _seq(last, path) if last else 0


def _seq(line: bytes, path: Path) -> int:
    try:
        entry: dict[str, Any] = json.loads(line)
        return int(entry["seq"])
    except (ValueError, KeyError, TypeError) as error:
        raise JournalError(f"The last line of {path} is no event: {error}") from error
