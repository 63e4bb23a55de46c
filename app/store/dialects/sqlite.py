"""SQLite: one file, in WAL mode, where readers never block.

A writer takes the write lock at once (BEGIN IMMEDIATE) and waits for it, so no transaction is refused half
way for having read before it wrote.
"""

import fcntl
import os
import shutil
import sqlite3
import time
from collections.abc import Iterator, Mapping
from contextlib import closing, contextmanager
from pathlib import Path
from threading import Lock
from typing import Any
from urllib.parse import quote

from sqlalchemy import URL, Connection, Engine, create_engine, event
from sqlalchemy.exc import DisconnectionError, OperationalError
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.compiler import SQLCompiler

from app.errors import SetupError
from app.store.dialects.base import CORRUPT, EMPTY, GONE, LOCKED, json_list, shared_now, small
from trainer.system_errors import DISK_ERROR, DISK_FULL, NO_PERMISSION, OUT_OF_MEMORY, READ_ONLY, Trouble

NEVER_REUSE_IDS: Mapping[str, Any] = {"sqlite_autoincrement": True}
BY_KEY: Mapping[str, Any] = {"sqlite_with_rowid": False}
_PRAGMAS = ("journal_mode = WAL", "synchronous = NORMAL", "foreign_keys = ON", "cache_size = -500")
_PATIENCE_MILLISECONDS = 10
"""SQLite looks for a held lock after 1, 2, 5, ... ms and at last ten times a second only, so that those who
come later pass by for seconds. A wait that is begun anew this often looks as often for who waited long.
"""
_TROUBLES = {
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
_WAITS, _TURN = "waits_milliseconds", "whose_turn_it_is"
_SMALL = "in_small_letters"


def engine(url: URL, seconds: float, creates: bool, **options: Any) -> Engine:
    """As the protocol has it; a file that is deleted or replaced while it is open is opened anew."""
    if url.get_backend_name() != "sqlite" or url.database in (None, "", ":memory:"):
        raise SetupError(
            f"The database {url.render_as_string()} is neither an SQLite file nor one of PostgreSQL.",
            "Leave out --database-url, or give sqlite:///path/to/file.db "
            "or postgresql+psycopg://user@host/name.",
        )
    path, milliseconds, turn = Path(str(url.database)).resolve(), round(1000 * seconds), Lock()

    def open_file(_dialect: object, record: Any, *_: object) -> sqlite3.Connection:
        address = f"file:{quote(str(path))}?mode={'rwc' if creates else 'rw'}"
        connection = sqlite3.connect(address, uri=True, check_same_thread=False, timeout=seconds)
        record.info["file"] = _identity(path)
        return connection

    def set_up(connection: sqlite3.Connection, record: Any) -> None:
        """Leave BEGIN to us: the driver would put it off to the first INSERT."""
        connection.isolation_level = None
        record.info.update({_WAITS: milliseconds, _TURN: turn})
        connection.create_function(_SMALL, 1, _in_small_letters, deterministic=True)
        for pragma in (*_PRAGMAS, f"busy_timeout = {milliseconds}"):
            connection.execute(f"PRAGMA {pragma}")

    def same_file(_connection: object, record: Any, _proxy: object) -> None:
        """Give up a connection to another file; the pool then opens today's."""
        if record.info.get("file") != _identity(path):
            raise DisconnectionError

    made = create_engine(url, pool_size=8, max_overflow=-1, **options)
    event.listen(made, "do_connect", open_file)
    event.listen(made, "connect", set_up)
    event.listen(made, "checkout", same_file)
    return made


def _in_small_letters(text: object) -> str | None:
    return None if text is None else str(text).lower()


def _identity(path: Path) -> tuple[int, int] | None:
    """Device and inode of a file; None where it is not there."""
    try:
        found = path.stat()
    except OSError:
        return None
    return found.st_dev, found.st_ino


def file(url: URL) -> Path:
    """As the protocol has it."""
    return Path(str(url.database))


def begin_reading(connection: Connection) -> None:
    """As the protocol has it."""
    connection.exec_driver_sql("BEGIN")


def plan_search(_connection: Connection) -> None:
    """As the protocol has it; nothing."""


def begin_writing(connection: Connection, seconds: float) -> None:
    """As the protocol has it. Of threads one at a time looks for the lock, and the others behind it wait in
    turn; of processes chance decides, but none is overtaken for long.
    """
    deadline = time.monotonic() + seconds
    turn: Lock = connection.info[_TURN]
    is_next = turn.acquire(timeout=seconds)
    try:
        connection.exec_driver_sql(f"PRAGMA busy_timeout = {_PATIENCE_MILLISECONDS}")
        try:
            while not _begun(connection, last=not is_next or time.monotonic() >= deadline):
                pass
        finally:
            connection.exec_driver_sql(f"PRAGMA busy_timeout = {connection.info[_WAITS]}")
    finally:
        if is_next:
            turn.release()


def _begun(connection: Connection, last: bool) -> bool:
    """Whether the write lock was free. Raises OperationalError where it was not the last time."""
    try:
        connection.exec_driver_sql("BEGIN IMMEDIATE")
    except OperationalError as error:
        if last or getattr(error.orig, "sqlite_errorcode", None) != sqlite3.SQLITE_BUSY:
            raise
        return False
    return True


@contextmanager
def migrating(url: URL) -> Iterator[None]:
    """As the protocol has it, by a lock on a file beside it."""
    path = Path(str(url.database))
    lock = path.with_name(path.name + ".lock")
    try:
        lock.parent.mkdir(parents=True, exist_ok=True)
        held = lock.open("a")
    except OSError as error:
        raise SetupError(
            f"The data folder {lock.parent} cannot be written: {error.strerror}.",
            "Choose another --data-dir, or mend its permissions.",
        ) from error
    with held:
        fcntl.flock(held, fcntl.LOCK_EX)
        yield


def copy_out(url: URL, target: Path) -> None:
    """As the protocol has it, by SQLite's own backup; the copy needs no second file beside it."""
    try:
        with closing(_reading(url)) as source, closing(sqlite3.connect(target)) as copy:
            source.backup(copy)
            copy.execute("PRAGMA journal_mode = DELETE")
            [found] = copy.execute("PRAGMA quick_check(1)").fetchone()
        if found != "ok":
            raise SetupError(f"{CORRUPT.message}: {found}.", CORRUPT.hint)
        with target.open("rb") as written:
            os.fsync(written.fileno())
    except BaseException:
        target.unlink(missing_ok=True)
        raise


def copy_in(source: Path, url: URL) -> None:
    """As the protocol has it."""
    with closing(sqlite3.connect(source)) as connection:
        connection.execute("PRAGMA journal_mode = DELETE")  # nothing is left in a second file
    shutil.move(source, file(url))


def slack_bytes(url: URL) -> int:
    """As the protocol has it: pages that hold nothing."""
    with closing(_reading(url)) as connection:
        sizes = [
            connection.execute(f"PRAGMA {name}").fetchone()[0] for name in ("freelist_count", "page_size")
        ]
    return int(sizes[0] * sizes[1])


def compact(url: URL) -> None:
    """As the protocol has it; the log of what was written is emptied, too."""
    with closing(sqlite3.connect(file(url), isolation_level=None)) as connection:
        connection.execute("VACUUM")
        connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")


def _reading(url: URL) -> sqlite3.Connection:
    return sqlite3.connect(f"file:{quote(str(file(url).resolve()))}?mode=ro", uri=True)


def last_id(connection: Connection, table: str) -> int:
    """As the protocol has it."""
    found = connection.exec_driver_sql("SELECT seq FROM sqlite_sequence WHERE name = ?", (table,)).scalar()
    return found or 0


def set_last_id(connection: Connection, table: str, last: int) -> None:
    """As the protocol has it."""
    connection.exec_driver_sql("DELETE FROM sqlite_sequence WHERE name = ?", (table,))
    connection.exec_driver_sql("INSERT INTO sqlite_sequence (name, seq) VALUES (?, ?)", (table, last))


def trouble_in(error: BaseException) -> Trouble | None:
    """As the protocol has it, by SQLite's own code."""
    if not isinstance(error, sqlite3.Error):
        return None
    if str(error).startswith(("no such table", "no such column")):
        return EMPTY
    code: int | None = getattr(error, "sqlite_errorcode", None)
    if code is None:
        return None
    return _TROUBLES.get(code) or _TROUBLES.get(code & 0xFF)


@compiles(json_list, "sqlite")
def _json_list(element: json_list, compiler: SQLCompiler, **options: Any) -> str:
    """Rows come along the key's index, so in its order without being sorted."""
    value = next(iter(element.clauses))
    return f"json_group_array({compiler.process(value, **options)})"


@compiles(small, "sqlite")
def _small(element: small, compiler: SQLCompiler, **options: Any) -> str:
    [text] = (compiler.process(part, **options) for part in element.clauses)
    return f"{_SMALL}({text})"


@compiles(shared_now, "sqlite")
def _shared_now(element: shared_now, compiler: SQLCompiler, **options: Any) -> str:
    [seconds] = (compiler.process(part, **options) for part in element.clauses)
    return f"strftime('%Y-%m-%dT%H:%M:%fZ', 'now', {seconds} || ' seconds')"
