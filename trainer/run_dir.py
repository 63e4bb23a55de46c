"""A run's folder: config.json, source.txt, events.jsonl (the journal), log.txt, checkpoints/, predictions/.

The journal is the truth about a run. One writer appends numbered lines, each flushed, fsynced where losing
it would lose work; a line that a crash tore is cut when the journal is opened again. Readers may follow it
while it grows: they only ever see whole lines.
"""

import json
import os
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from types import TracebackType
from typing import IO, Any, Literal

from pydantic import ValidationError

from trainer.config import RunConfig, as_json, completed, merge, parse_config
from trainer.errors import JournalError
from trainer.events import ENTRY, Entry, Event

try:
    import fcntl
except ImportError:  # Windows has no such lock; there, nobody may start a run twice
    fcntl = None  # type: ignore[assignment]

_LOOK_SECONDS = 0.1
_FSYNCED = frozenset({"started", "epoch", "checkpoint", "finished", "stopped", "failed"})


SplitName = Literal["test", "validation"]
EpochName = Literal["last", "best"]


@dataclass(frozen=True)
class RunDir:
    """Names of the files in a run's folder."""

    path: Path

    @property
    def config(self) -> Path:
        """The configuration, as JSON."""
        return self.path / "config.json"

    @property
    def source(self) -> Path:
        """Which images the configuration's data set is to hold, where somebody said so."""
        return self.path / "source.txt"

    @property
    def events(self) -> Path:
        """The journal."""
        return self.path / "events.jsonl"

    @property
    def log(self) -> Path:
        """Raw output of the run's process."""
        return self.path / "log.txt"

    @property
    def checkpoints(self) -> Path:
        """Folder of last.pt and best.pt."""
        return self.path / "checkpoints"

    @property
    def predictions(self) -> Path:
        """Folder of the kept predictions."""
        return self.path / "predictions"

    def predictions_file(self, split: SplitName, epoch: EpochName) -> Path:
        """Such as predictions/test-last.npz."""
        return self.predictions / f"{split}-{epoch}.npz"

    def create(self, config: RunConfig, source: str | None = None) -> None:
        """Make the folder and write the configuration, and the source where it is known.

        An existing folder is kept and gets these.
        """
        self.checkpoints.mkdir(parents=True, exist_ok=True)
        write_atomic(self.config, json.dumps(as_json(config), indent=2).encode())
        if source is not None:
            write_atomic(self.source, source.encode())

    def read_config(self) -> RunConfig:
        """The stored configuration, complete. Raises ConfigError or JournalError."""
        try:
            stored = json.loads(self.config.read_bytes())
        except (OSError, ValueError) as error:
            raise JournalError(f"{self.config} cannot be read: {error}") from error
        return parse_config(merge(completed(stored), stored) if isinstance(stored, dict) else stored)

    def read_source(self) -> str | None:
        """The source that `create` was given; None where it was given none. Raises JournalError."""
        try:
            return self.source.read_text()
        except FileNotFoundError:
            return None
        except (OSError, ValueError) as error:
            raise JournalError(f"{self.source} cannot be read: {error}") from error


class Journal:
    """The one writer of a run's events.jsonl."""

    def __init__(self, path: Path, after: int = 0, patience_seconds: float = 0.0) -> None:
        """Open `path` for appending, cut a torn last line, and go on after the last number.

        after: the number before the first, where the journal is empty. patience_seconds: how long to wait for
        another writer to end. Raises JournalError where the journal is damaged, or another writer stays.
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


def write_atomic(path: Path, content: bytes) -> None:
    """Replace `path` by `content` so that a reader sees the old file or the new one, never a part."""
    with replacing(path) as file:
        file.write(content)


@contextmanager
def replacing(path: Path) -> Iterator[IO[bytes]]:
    """A file to write that takes the place of `path` at the end; where that fails, nothing of it stays."""
    draft = path.with_name(path.name + ".part")
    try:
        with draft.open("wb") as file:
            yield file
            file.flush()
            os.fsync(file.fileno())
        draft.replace(path)
    except BaseException:
        draft.unlink(missing_ok=True)  # it may be what filled the disk
        raise


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
                raise JournalError(
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
