"""A run on a machine that shares no folder with its worker: its place there, its process, its news.

The process is a child as a worker of that machine would have it, so it computes the same, its end is told by
its code or its signal, and it ends with the process that has the `NodeRun`. What it leaves lies in a folder
of the node: data sets stay there, by what they hold; what a run left goes with it, or with the next run where
nobody was left to clear up. Imports neither torch nor Ray.
"""

import fcntl
import hashlib
import os
import shutil
import tempfile
import time
import uuid
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import IO

from trainer.data.cache import DatasetArrays, read_info
from trainer.data.sources import keep, place
from trainer.errors import ExecutorError
from trainer.executors.base import Handle, Resources
from trainer.executors.local import LocalExecutor
from trainer.executors.mirror import Seen, Update, changes
from trainer.executors.parcel import Parcel

FOLDER = "BETABOARD_NODE_DIR"
"""Environment variable of a node: where data sets and runs lie; a folder for temporary files by default."""
NEWS_SECONDS = 1.0
"""How long a question for news waits for some."""
_LOOK_SECONDS = 0.05


@dataclass(frozen=True)
class Shipment:
    """A data set on its way: what it is, and how to come by its images where they are not on the disk yet."""

    name: str
    source: str
    fetch: Callable[[], DatasetArrays]


class NodeRun:
    """Carries out one run after the other; `news` may be asked for beside `stop`, from another thread."""

    def __init__(self) -> None:
        self._executor: LocalExecutor | None = None
        self._handle: Handle | None = None
        self._place: _Place | None = None

    def ready(self) -> None:
        """Answers once this node has room for the run."""

    def begin(self, parcel: Parcel, shipment: Shipment, attempt: int, resources: Resources) -> int:
        """Start the run's process; returns its id. Raises ExecutorError, OSError and DataError."""
        self._place = _Place(_node_folder())
        run_dir = parcel.unpack(self._place.folder)
        datasets_dir = _node_folder() / "datasets" / _key(shipment)
        self._executor = LocalExecutor(datasets_dir)
        if read_info(place(shipment.name, datasets_dir, shipment.source)) is None:
            keep(shipment.fetch(), datasets_dir)
        self._handle = self._executor.start(run_dir, attempt, resources)
        return self._handle.pid

    def news(self, seen: Seen) -> Update:
        """What is new beyond `seen`, as soon as something is; with the process's end, all is."""
        executor, handle = self._running()
        until = time.monotonic() + NEWS_SECONDS
        while True:
            status = executor.poll(handle)
            update = changes(handle.run_dir, seen)
            if status is not None:
                return replace(update, status=status)
            if not update.is_empty or time.monotonic() > until:
                return update
            time.sleep(_LOOK_SECONDS)

    def stop(self) -> None:
        """Ask the run to end after its step."""
        executor, handle = self._running()
        executor.stop(handle)

    def clear(self) -> None:
        """Let go of a run that has ended, and of what it left here."""
        if self._executor is not None:
            self._executor.close()
        if self._place is not None:
            self._place.clear()
        self._executor = self._handle = self._place = None

    def _running(self) -> tuple[LocalExecutor, Handle]:
        assert self._executor is not None, "it has begun"
        assert self._handle is not None, "it has begun"
        return self._executor, self._handle


class _Place:
    """A new folder for one run. Whoever makes one clears away those of processes that were killed."""

    def __init__(self, node: Path) -> None:
        runs = node / "runs"
        runs.mkdir(parents=True, exist_ok=True)
        for left in runs.glob("[!.]*"):
            if (lock := _held(left)) is not None:
                shutil.rmtree(left, ignore_errors=True)
                lock.close()
        name = uuid.uuid4().hex
        draft, self.folder = runs / f".{name}", runs / name
        draft.mkdir()
        lock = _held(draft)
        assert lock is not None, "nobody looks at a name with a dot"
        self._lock = lock
        draft.rename(self.folder)

    def clear(self) -> None:
        shutil.rmtree(self.folder, ignore_errors=True)
        self._lock.close()


def _held(folder: Path) -> IO[bytes] | None:
    """A lock on the folder, which the system frees with this process; None where another has it."""
    try:
        lock = (folder / ".lock").open("wb")
    except OSError:
        return None
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        lock.close()
        return None
    return lock


def _node_folder() -> Path:
    """Raises ExecutorError where another user has made it."""
    named = os.environ.get(FOLDER)
    folder = Path(named) if named else Path(tempfile.gettempdir()) / f"betaboard-node-{os.getuid()}"
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    if folder.stat().st_uid != os.getuid():
        raise ExecutorError(f"{folder} belongs to another user.", f"Name another folder in {FOLDER}.")
    return folder


def _key(shipment: Shipment) -> str:
    """A folder's name for what the images are: a name may mean others later."""
    return hashlib.sha256(f"{shipment.name}\n{shipment.source}".encode()).hexdigest()[:32]
