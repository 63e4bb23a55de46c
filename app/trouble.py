"""What the machine or the database file refuses, as our own error: 503, its code, what to do.

`trouble_of` is asked wherever an error surfaces that nobody raised on purpose: by the renderer of errors for
API and pages, by the command line, by /health.
"""

import sqlite3

from sqlalchemy.exc import TimeoutError as PoolTimeoutError

from app.errors import UnavailableError
from trainer.system_errors import (
    DISK_ERROR,
    DISK_FULL,
    NO_PERMISSION,
    OUT_OF_MEMORY,
    READ_ONLY,
    TOO_MANY_FILES,
    Trouble,
    behind,
    trouble,
)

LOCKED = Trouble(
    "locked",
    "Another program holds the database",
    "Try again in a moment; end a program that keeps it locked.",
)
CORRUPT = Trouble(
    "corrupt",
    "The database file is damaged",
    "Stop the server and put a copy back; the runs' folders stay whole.",
)
GONE = Trouble(
    "database_gone",
    "The database file is gone or cannot be opened",
    "Put it back, or restart the server to begin a new one; nothing is taken until then.",
)
EMPTY = Trouble(
    "database_empty",
    "The database file has none of our tables",
    "Put the right one back, or restart the server.",
)
BUSY = Trouble("busy", "The server is busy", "Try again in a moment.")
"""Of these and those of the trainer."""

_BY_CODE = {
    sqlite3.SQLITE_FULL: DISK_FULL,
    sqlite3.SQLITE_READONLY: READ_ONLY,
    sqlite3.SQLITE_PERM: NO_PERMISSION,
    sqlite3.SQLITE_AUTH: NO_PERMISSION,
    sqlite3.SQLITE_BUSY: LOCKED,
    sqlite3.SQLITE_LOCKED: LOCKED,
    sqlite3.SQLITE_PROTOCOL: LOCKED,
    sqlite3.SQLITE_CORRUPT: CORRUPT,
    sqlite3.SQLITE_NOTADB: CORRUPT,
    sqlite3.SQLITE_CANTOPEN: GONE,
    sqlite3.SQLITE_IOERR: DISK_ERROR,
    sqlite3.SQLITE_IOERR_SHORT_READ: CORRUPT,
    sqlite3.SQLITE_IOERR_SHMSIZE: DISK_FULL,
    sqlite3.SQLITE_NOMEM: OUT_OF_MEMORY,
}
_RETRY_SECONDS = {LOCKED.code: 5, BUSY.code: 5, TOO_MANY_FILES.code: 30}


def trouble_of(error: BaseException) -> UnavailableError | None:
    """The trouble behind `error`; None where it is a mistake of ours."""
    for one in behind(error):
        if isinstance(one, sqlite3.Error) and (kind := _of_sqlite(one)) is not None:
            return unavailable(kind)
        if isinstance(one, PoolTimeoutError):
            return unavailable(BUSY)
    kind = trouble(error)
    return unavailable(kind, kind.message) if kind else None


def unavailable(kind: Trouble, message: str = "") -> UnavailableError:
    """The error for this trouble, in its usual words where none are given."""
    after = _RETRY_SECONDS.get(kind.code)
    return UnavailableError(message or f"{kind.message}.", kind.hint, code=kind.code, retry_after=after)


def _of_sqlite(error: sqlite3.Error) -> Trouble | None:
    if str(error).startswith(("no such table", "no such column")):
        return EMPTY
    code: int | None = getattr(error, "sqlite_errorcode", None)
    if code is None:
        return None
    return _BY_CODE.get(code) or _BY_CODE.get(code & 0xFF)
