"""Lets one operation raise: a file operation below a folder, a commit, or a child's step to its next word.

A scene is played once to record what it passes by, then again for each operation, or for each distinct place
in our code (the chain of its lines, and the operation), with the error raised there.
"""

import builtins
import errno
import io
import os
import sqlite3
import sys
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from threading import Lock
from typing import Any, Protocol

import pytest
from sqlalchemy import event
from sqlalchemy.exc import IntegrityError, OperationalError

from app.store.engine import Database

ROOT = Path(__file__).parents[1]
_OURS = (f"{ROOT}/app/", f"{ROOT}/trainer/")
_OF_PATHS = ("stat", "mkdir", "unlink", "rename", "replace", "scandir", "listdir", "open")
_OF_FILES = ("write", "truncate", "read", "readline", "readinto", "flush")

WANTED, SEEN = "wanted.json", "seen.json"
"""Beside the folder of a run whose process shall fail: what a scene asks for, and what came of it."""
Place = tuple[str, ...]
"""Lines of our code from the outermost inwards, then the operation."""
Error = Callable[[], Exception]


class Faults:
    """Records the operations, and lets the `at`-th one (from 1) raise `error`."""

    def __init__(self, error: Error | None = None, at: int = 0) -> None:
        self.error, self.at = error, at
        self.passed: list[Place] = []
        self.raised: Place | None = None
        self._lock = Lock()

    def pass_by(self, operation: str) -> None:
        """One operation."""
        place = (*_lines(), operation)
        with self._lock:
            self.passed.append(place)
            due = len(self.passed) == self.at
        if due and self.error is not None:
            self.raised = place
            raise self.error()


def _lines() -> tuple[str, ...]:
    frame, found = sys._getframe(2), list[str]()
    while frame is not None:
        if frame.f_code.co_filename.startswith(_OURS):
            found.append(f"{frame.f_code.co_filename.removeprefix(f'{ROOT}/')}:{frame.f_lineno}")
        frame = frame.f_back  # type: ignore[assignment]
    return tuple(reversed(found))


class _File:
    """A file whose operations are counted."""

    def __init__(self, file: Any, faults: Faults) -> None:
        self._file, self._faults = file, faults

    def __getattr__(self, name: str) -> Any:
        found = getattr(self._file, name)
        return _counted(found, name, self._faults) if name in _OF_FILES else found

    def __iter__(self) -> Iterator[Any]:
        for line in self._file:
            self._faults.pass_by("readline")
            yield line

    def __enter__(self) -> "_File":
        return self

    def __exit__(self, *_: object) -> None:
        self._file.close()


def _counted(original: Callable[..., Any], name: str, faults: Faults) -> Callable[..., Any]:
    def operation(*args: Any, **options: Any) -> Any:
        faults.pass_by(name)
        return original(*args, **options)

    return operation


@contextmanager
def failing_files(faults: Faults, *below: Path) -> Iterator[None]:
    """Opening, looking at, reading, writing, syncing, renaming, making and removing below these folders."""

    def is_below(path: Any) -> bool:
        return isinstance(path, str | os.PathLike) and any(Path(path).is_relative_to(it) for it in below)

    def of_path(original: Callable[..., Any], name: str) -> Callable[..., Any]:
        def operation(path: Any = ".", *args: Any, **options: Any) -> Any:
            if is_below(path):
                faults.pass_by(name)
            return original(path, *args, **options)

        return operation

    opens, fsync = io.open, os.fsync

    def opened(path: Any, *args: Any, **options: Any) -> Any:
        if not is_below(path):
            return opens(path, *args, **options)
        faults.pass_by("open")
        return _File(opens(path, *args, **options), faults)

    with pytest.MonkeyPatch.context() as patched:
        for name in _OF_PATHS:
            patched.setattr(os, name, of_path(getattr(os, name), name))
        patched.setattr(os, "fsync", _counted(fsync, "fsync", faults))
        patched.setattr(io, "open", opened)
        patched.setattr(builtins, "open", opened)
        yield


@contextmanager
def failing_commits(faults: Faults, db: Database) -> Iterator[None]:
    """Commits of write sessions."""

    def operation(connection: Any) -> None:
        if connection.get_execution_options().get("writes"):
            faults.pass_by("commit")

    event.listen(db._engine, "commit", operation)
    try:
        yield
    finally:
        event.remove(db._engine, "commit", operation)


@contextmanager
def failing_statements(faults: Faults, db: Database) -> Iterator[None]:
    """Every statement, of readers too."""

    def operation(*_: Any) -> None:
        faults.pass_by("statement")

    event.listen(db._engine, "before_cursor_execute", operation)
    try:
        yield
    finally:
        event.remove(db._engine, "before_cursor_execute", operation)


class Scene(Protocol):
    """Something that is played from the same beginning each time, and judges its end itself."""

    def play(self, faults: Faults) -> str:
        """What came of it, in a word. Raises AssertionError."""
        ...


def recorded(scene: Scene) -> list[Place]:
    """The operations of a play in which nothing fails."""
    faults = Faults()
    scene.play(faults)
    return faults.passed


def distinct(passed: Sequence[Place]) -> list[int]:
    """The number of the first operation at each place."""
    return sorted({place: number for number, place in reversed(list(enumerate(passed, 1)))}.values())


def sweep(scene: Scene, error: Error, numbers: Iterable[int]) -> Counter[str]:
    """Play it once for each of these operations; what came of it, counted. Raises AssertionError."""
    return Counter(played(scene, Faults(error, number)) for number in numbers)


def played(scene: Scene, faults: Faults) -> str:
    """What came of it; a failure says where the error was raised."""
    try:
        outcome = scene.play(faults)
    except Exception as failed:
        where = f"operation {faults.at}, {' > '.join(faults.raised or ())}"
        raise AssertionError(f"{faults.error and faults.error()!r} at {where}: {failed!r}") from failed
    return outcome if faults.raised else "not reached"


def full_disk() -> Exception:
    return OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))


def no_permission() -> Exception:
    return PermissionError(errno.EACCES, os.strerror(errno.EACCES))


def odd() -> Exception:
    """What nobody foresaw."""
    return RuntimeError("nobody foresaw this")


def locked() -> Exception:
    cause = sqlite3.OperationalError("database is locked")
    cause.sqlite_errorcode = sqlite3.SQLITE_BUSY
    made = OperationalError("COMMIT", {}, cause)
    made.__cause__ = cause
    return made


def broken() -> Exception:
    return IntegrityError("COMMIT", {}, sqlite3.IntegrityError("a constraint failed"))
