"""What a board takes on the disk, by kind, as `du` counts it; measured beside the requests that ask for it.

Blocks count and not lengths, so that what is said to be freed is free then.
"""

import os
import time
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from threading import Event, Lock, Thread

from app.keeping.names import DRAFT, RESTORING
from app.settings import Settings
from app.store.clock import now
from app.store.copies import copies_before
from app.store.engine import database_file
from trainer.transfer.between_tasks.config import FOLDER as OUTCOMES

TITLES = {
    "database": "Database",
    "copies": "Copies of the database from before migrations",
    "checkpoints": "Checkpoints",
    "predictions": "Predictions",
    "journals": "Journals",
    "logs": "Logs",
    "pieces": "Pieces of comparisons of transfers",
    "others": "What else is in the folders of runs",
    "imported": "Imported data sets",
    "datasets": "Data sets that are drawn or downloaded",
    "outcomes": "Outcomes of transfers between tasks",
    "drafts": "Files and folders that are being written, or were left half",
}
_BLOCK = 512
"""Bytes of a block as stat counts them."""
_IN_RUNS = {"checkpoints": "checkpoints", "predictions": "predictions", "pieces": "pieces"}
_FRESH_SECONDS = 60.0
_TIMES_ITS_COST = 50
"""A measurement is fresh for so many times what it took: it takes two hundredths of a core at most."""
PATIENCE_SECONDS = 2.0


@dataclass(frozen=True)
class Usage:
    """Bytes by kind, in the order of TITLES, when they were counted."""

    kinds: dict[str, int]
    measured_at: str

    @property
    def bytes(self) -> int:
        """Of all."""
        return sum(self.kinds.values())

    @property
    def datasets_bytes(self) -> int:
        """Of all that is in the folder of data sets."""
        return sum(self.kinds[kind] for kind in ("imported", "datasets", "outcomes"))


def taken(path: Path) -> int:
    """What a file, or a folder with all that is in it, takes; 0 for what is gone. Links are not followed."""
    try:
        seen = path.lstat()
    except OSError:
        return 0
    below = sum(size for _, size in _below(path)) if path.is_dir() and not path.is_symlink() else 0
    return seen.st_blocks * _BLOCK + below


def measure(settings: Settings) -> Usage:
    """Look at all files."""
    found: Counter[str] = Counter()
    if (file := database_file(settings.url)) is not None:
        found["database"] = sum(
            taken(file.with_name(f"{file.name}{end}")) for end in ("", "-wal", "-shm", ".lock")
        )
        found["copies"] = sum(taken(path) for path in copies_before(file))
    for parts, size in _below(settings.runs_dir):
        found[_kind_in_runs(parts)] += size
    for parts, size in _below(settings.datasets_dir):
        found[_kind_in_datasets(parts)] += size
    found["drafts"] += taken(settings.data_dir / RESTORING) + taken(settings.errands_dir)
    return Usage({kind: found[kind] for kind in TITLES}, now())


def _below(folder: Path, parts: tuple[str, ...] = ()) -> Iterator[tuple[tuple[str, ...], int]]:
    """(names from `folder` on, what it takes) of all files and folders below."""
    try:
        entries = list(os.scandir(folder))
    except OSError:
        return
    for entry in entries:
        try:
            size = entry.stat(follow_symlinks=False).st_blocks * _BLOCK
        except OSError:  # gone since
            continue
        yield (*parts, entry.name), size
        if entry.is_dir(follow_symlinks=False):
            yield from _below(Path(entry.path), (*parts, entry.name))


def is_draft(name: str) -> bool:
    """Whether a file or folder of this name becomes something only once it is renamed."""
    return name.endswith(DRAFT) or (name.startswith(".") and not name.endswith(".lock"))


def _kind_in_runs(parts: tuple[str, ...]) -> str:
    if any(map(is_draft, parts)):
        return "drafts"
    if len(parts) < 2:
        return "others"
    if parts[1].startswith("events.jsonl"):
        return "journals"
    return "logs" if parts[1] == "log.txt" else _IN_RUNS.get(parts[1], "others")


def _kind_in_datasets(parts: tuple[str, ...]) -> str:
    if any(map(is_draft, parts)):
        return "drafts"
    return {"folders": "imported", OUTCOMES: "outcomes"}.get(parts[0], "datasets")


class DiskUse:
    """The latest measurement of a board; who asks for an old one has a new one made, meanwhile."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._lock = Lock()
        self._first = Event()
        self._usage: Usage | None = None
        self._due = 0.0

    def latest(self) -> Usage | None:
        """What was measured last; None while the first is under way for longer than PATIENCE_SECONDS."""
        with self._lock:
            is_due = time.monotonic() >= self._due
            if is_due:
                self._due = float("inf")
        if is_due:
            Thread(target=self._measure, name="disk-use", daemon=True).start()
        self._first.wait(PATIENCE_SECONDS)
        return self._usage

    def _measure(self) -> None:
        begun = time.monotonic()
        try:
            self._usage = measure(self._settings)
        finally:
            took = time.monotonic() - begun
            self._due = time.monotonic() + max(_FRESH_SECONDS, _TIMES_ITS_COST * took)
            self._first.set()
