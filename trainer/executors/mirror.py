"""A run's folder elsewhere, kept alike with the worker's own while it trains. Imports no torch.

The node's side (`changes`) says what is new since what the worker's side (`Mirror`) has; asked twice, it says
it twice, and what has arrived is written once. No order of arrival and no end in between may leave a folder
from which a run would go on wrongly: an epoch is told before the checkpoint that holds it is written, as the
loop has it, and an ending, or that a checkpoint is complete, once the files are there.
"""

import json
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from types import TracebackType

from trainer.checkpoint_policy import WITHIN
from trainer.events import Event
from trainer.executors.base import ExitStatus
from trainer.journal import Journal
from trainer.run_dir import RunDir, whole_files, write_atomic
from trainer.transcript import line

PATIENCE_SECONDS = 10.0
"""How long a run waits for whoever followed an earlier attempt to let go of the journal."""
Signature = tuple[int, int, int]


@dataclass(frozen=True)
class Seen:
    """How much of a run's folder has arrived: bytes of journal and log, and which state of each file."""

    journal: int = 0
    log: int = 0
    files: Mapping[str, Signature] = field(default_factory=dict)


@dataclass(frozen=True)
class Update:
    """What is new since `Seen`, which `seen` is to follow; and how the run's process ended, once it has."""

    seen: Seen
    journal: bytes = b""
    log: bytes = b""
    files: Mapping[str, bytes] = field(default_factory=dict)
    status: ExitStatus | None = None

    @property
    def is_empty(self) -> bool:
        """Whether there is nothing to write."""
        return not (self.journal or self.log or self.files)


def changes(run_dir: RunDir, seen: Seen) -> Update:
    """What stands in the folder beyond `seen`. No file is of a later epoch than the journal's part tells."""
    while True:
        journal = _lines(run_dir.events, seen.journal)
        found = _signatures(run_dir)
        files = _contents(run_dir, {name for name in found if found[name] != seen.files.get(name)})
        later = _lines(run_dir.events, seen.journal + len(journal))
        if _end_of_last_epoch(later) == 0:
            break
    log = _part(run_dir.log, seen.log)
    return Update(Seen(seen.journal + len(journal), seen.log + len(log), found), journal, log, files)


class Mirror:
    """The worker's side: the one writer of the run's folder, as long as it is open."""

    def __init__(self, run_dir: RunDir) -> None:
        """Raises JournalError where another process writes the folder, and OSError."""
        self._run_dir = run_dir
        self._journal = Journal(run_dir.events, patience_seconds=PATIENCE_SECONDS)
        self._log = run_dir.log.open("ab", buffering=0)
        self._logged = 0
        """How much of the other side's log has arrived."""

    def tell(self, event: Event) -> None:
        """A word of the worker's side, before the run has begun. Raises OSError."""
        entry = self._journal.append(event)
        with suppress(OSError):  # the journal has it
            self._log.write(f"{entry.time} {line(event)}\n".encode("utf-8", "backslashreplace"))

    def seen(self) -> Seen:
        """What the other side need not send, after what is here now has gone there."""
        return Seen(journal=self._run_dir.events.stat().st_size)

    def take(self, update: Update) -> Seen:
        """Write what came. Raises OSError, and JournalError where something is missing before it."""
        until = _end_of_last_epoch(update.journal)
        self._journal.copy(update.journal[:until])
        for name, content in update.files.items():
            path = self._run_dir.path / name
            path.parent.mkdir(exist_ok=True)
            write_atomic(path, content)
        if f"checkpoints/{WITHIN}" not in update.seen.files:  # the one file that a run removes
            (self._run_dir.checkpoints / WITHIN).unlink(missing_ok=True)
        self._journal.copy(update.journal[until:])
        begins = update.seen.log - len(update.log)
        with suppress(OSError):
            self._log.write(update.log[self._logged - begins :])
        self._logged = update.seen.log
        return update.seen

    def close(self) -> None:
        """Let go of the folder."""
        self._journal.close()
        self._log.close()

    def __enter__(self) -> "Mirror":
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()


def _signatures(run_dir: RunDir) -> dict[str, Signature]:
    found = {}
    for path in whole_files(run_dir.checkpoints, run_dir.predictions):
        with suppress(FileNotFoundError):
            stat = path.stat()
            name = path.relative_to(run_dir.path).as_posix()
            found[name] = (stat.st_ino, stat.st_mtime_ns, stat.st_size)
    return found


def _contents(run_dir: RunDir, names: set[str]) -> dict[str, bytes]:
    """Of those that are there still; one that was replaced since comes again with the next changes."""
    found = {}
    for name in sorted(names):
        with suppress(FileNotFoundError):
            found[name] = (run_dir.path / name).read_bytes()
    return found


def _lines(path: Path, offset: int) -> bytes:
    """The whole lines beyond that."""
    part = _part(path, offset)
    return part[: part.rfind(b"\n") + 1]


def _part(path: Path, offset: int) -> bytes:
    try:
        with path.open("rb") as file:
            file.seek(offset)
            return file.read()
    except FileNotFoundError:
        return b""


def _end_of_last_epoch(journal: bytes) -> int:
    """How many bytes of these lines go up to the last epoch's; 0 without any."""
    end = until = 0
    for told in journal.splitlines(keepends=True):
        end += len(told)
        if json.loads(told)["event"]["kind"] == "epoch":
            until = end
    return until
