"""Building a folder that is whole or absent, by one process at a time. Knows nothing of what is in it.

A folder is made beside its place and renamed into it, under a lock that the system frees when its holder
dies: a reader never sees half of one, and what a killed builder left goes with the next build.
"""

import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import IO

from trainer.errors import DataError

try:
    import fcntl
except ImportError:  # Windows: renaming alone keeps a folder whole; two builders only do the work twice
    fcntl = None  # type: ignore[assignment]


@contextmanager
def building(target: Path) -> Iterator[Path]:
    """A new folder beside `target` that takes its place when the block ends well, and vanishes when not.

    Call it with `target` locked: what a builder that was killed left behind goes too. Raises DataError
    where the disk is full or the place not writable.
    """
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        for orphan in target.parent.glob(f"{_draft_prefix(target)}*"):
            shutil.rmtree(orphan, ignore_errors=True)
        draft = Path(tempfile.mkdtemp(prefix=_draft_prefix(target), dir=target.parent))
        try:
            yield draft
            draft.chmod(0o755)
            _swap(draft, target)
        finally:
            shutil.rmtree(draft, ignore_errors=True)
    except OSError as error:
        raise _unwritable(target, error) from error


@contextmanager
def locked(target: Path) -> Iterator[None]:
    """Hold the one lock on building `target`, across processes; it is freed when the holder dies.

    Raises DataError where the place is not writable.
    """
    path = target.parent / f".{target.name}.lock"
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        held = _lock_file(path)
    except OSError as error:
        raise _unwritable(target, error) from error
    with held:
        try:
            yield
        finally:
            path.unlink(missing_ok=True)


def _lock_file(path: Path) -> IO[str]:
    """The lock file, opened and held; one that its last holder took away meanwhile is opened again."""
    while True:
        file = path.open("a")
        if fcntl is None:
            return file
        fcntl.flock(file, fcntl.LOCK_EX)
        with suppress(FileNotFoundError):
            if path.stat().st_ino == os.fstat(file.fileno()).st_ino:
                return file
        file.close()


def _draft_prefix(target: Path) -> str:
    """No data set has a dot in its name, so no other data set's drafts start like this."""
    return f".{target.name}.draft-"


def _swap(draft: Path, target: Path) -> None:
    """Put `draft` where `target` may stand already; who has the old one open keeps reading it."""
    if target.exists():
        old = Path(tempfile.mkdtemp(prefix=_draft_prefix(target), dir=target.parent))
        target.rename(old / target.name)
        draft.rename(target)
        shutil.rmtree(old, ignore_errors=True)
    else:
        draft.rename(target)


def _unwritable(target: Path, error: OSError) -> DataError:
    return DataError(
        f"The data set could not be written to {target}: {error.strerror or error}.",
        "Check that there is space on the disk and that you may write there.",
    )
