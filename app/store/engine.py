"""The database connection: sessions that read a snapshot, sessions that write alone, and migration.

SQLite runs in WAL mode: readers see the state at their first statement and never block; a writer takes the
write lock at once (BEGIN IMMEDIATE) and waits for it up to BUSY_SECONDS, so no transaction is ever refused
half way for having read before it wrote. Queries stand in runs, series and workers, never here.
"""

import fcntl
import sqlite3
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from urllib.parse import quote

from pydantic_core import from_json
from sqlalchemy import Connection, Engine, create_engine, event, inspect, make_url, text
from sqlalchemy.exc import DBAPIError, DisconnectionError, OperationalError
from sqlalchemy.orm import Session

from app.errors import SetupError
from app.store.migrations import HEAD, KNOWN

BUSY_SECONDS = 4
"""Half of queue.LEASE_SECONDS: a worker that waited in vain once still renews its claims in time."""
PROBE_SECONDS = 1
"""What /health waits for the write lock: longer than any of our own transactions holds it."""
_PATIENCE_MILLISECONDS = 10
"""SQLite looks for a held lock after 1, 2, 5, ... ms and at last ten times a second only, so that those who
come later pass by for seconds. A wait that is begun anew this often looks as often for who waited long.
"""
_PRAGMAS = (
    "journal_mode = WAL",
    "synchronous = NORMAL",
    "foreign_keys = ON",
    "cache_size = -500",
    f"busy_timeout = {BUSY_SECONDS}000",
)


class Database:
    """One pool of connections to one database; safe to share between threads, not between processes.

    Nobody waits for a connection: who holds one may wait for a thread, and threads that waited for one would
    keep it from going on.
    """

    def __init__(self, url: str) -> None:
        """Connect lazily, to a file that is there: only `migrate` makes one. Raises SetupError for a database
        other than SQLite.
        """
        self._engine = _engine(url)
        self._path = _file_of(url)
        event.listen(self._engine, "do_connect", self._open)
        event.listen(self._engine, "checkout", self._same_file)
        self._writing = self._engine.execution_options(writes=True)
        self._probing = self._engine.execution_options(writes=True, waits=PROBE_SECONDS)

    @contextmanager
    def read(self) -> Iterator[Session]:
        """A session over one snapshot; nothing it changes is kept."""
        with Session(self._engine, autoflush=False, expire_on_commit=False) as session:
            yield session

    @contextmanager
    def write(self) -> Iterator[Session]:
        """The one writing session: committed at the end, rolled back on an error."""
        with Session(self._writing, expire_on_commit=False) as session, session.begin():
            yield session

    def probe(self) -> None:
        """Take the write lock and give it back. Raises what a writer would meet, within PROBE_SECONDS."""
        with self._probing.begin():
            pass

    def _open(self, _dialect: object, record: Any, *_: object) -> sqlite3.Connection:
        """A connection that does not create the file; remembers which one it is."""
        address = f"file:{quote(str(self._path))}?mode=rw"
        connection = sqlite3.connect(address, uri=True, check_same_thread=False, timeout=BUSY_SECONDS)
        record.info["file"] = _identity(self._path)
        return connection

    def _same_file(self, _connection: object, record: Any, _proxy: object) -> None:
        """Give up a connection to a file that was deleted or replaced; the pool then opens today's."""
        if record.info.get("file") != _identity(self._path):
            raise DisconnectionError

    def close(self) -> None:
        """Close the connections; closing twice is harmless."""
        self._engine.dispose()


def _file_of(url: str) -> Path:
    return Path(str(make_url(url).database)).resolve()


def _identity(path: Path) -> tuple[int, int] | None:
    """Device and inode of a file; None where it is not there."""
    try:
        found = path.stat()
    except OSError:
        return None
    return found.st_dev, found.st_ino


def migrate(url: str) -> bool:
    """Create the database or bring it to the newest schema, one process at a time.

    Raises SetupError where the folder cannot be written, the file is no database of ours, or it was written
    by a newer version.
    """
    engine = _engine(url)
    try:
        with _migration_lock(url):
            return _upgrade(engine)
    except DBAPIError as error:
        raise SetupError(f"The database {_shown(url)} cannot be used: {error.orig}.") from error
    finally:
        engine.dispose()


def _upgrade(engine: Engine) -> bool:
    with engine.connect() as connection:
        version = _version(connection)
    if version == HEAD:
        return False
    if version is not None and version not in KNOWN:
        raise SetupError(
            f"The database {engine.url.database} was written by a newer betaboard (schema {version}).",
            "Upgrade betaboard, or choose another --data-dir.",
        )
    from app.store.migrations.upgrade import upgrade  # a third of a second, rarely needed

    upgrade(engine)
    return True


def _version(connection: Connection) -> str | None:
    """The schema's version, None for an empty database."""
    if not inspect(connection).has_table("alembic_version"):
        return None
    version = connection.execute(text("SELECT version_num FROM alembic_version")).scalar()
    return None if version is None else str(version)


def _engine(url: str) -> Engine:
    parsed = make_url(url)
    if parsed.get_backend_name() != "sqlite" or parsed.database in (None, "", ":memory:"):
        raise SetupError(
            f"The database {_shown(url)} is no SQLite file, the only kind that this version can use.",
            "Leave out --database-url, or give sqlite:///path/to/file.db.",
        )
    engine = create_engine(url, pool_size=8, max_overflow=-1, json_deserializer=from_json)
    event.listen(engine, "connect", _set_up)
    event.listen(engine, "begin", _begin)
    return engine


def _set_up(connection: Any, _record: object) -> None:
    """Leave BEGIN to `_begin` (the driver would put it off to the first INSERT) and set the pragmas."""
    connection.isolation_level = None
    for pragma in _PRAGMAS:
        connection.execute(f"PRAGMA {pragma}")


def _begin(connection: Connection) -> None:
    options = connection.get_execution_options()
    if options.get("writes"):
        _take_write_lock(connection, options.get("waits", BUSY_SECONDS))
    else:
        connection.exec_driver_sql("BEGIN")


def _take_write_lock(connection: Connection, seconds: float) -> None:
    """Wait for the write lock. Raises OperationalError where others hold it for so long."""
    deadline = time.monotonic() + seconds
    connection.exec_driver_sql(f"PRAGMA busy_timeout = {_PATIENCE_MILLISECONDS}")
    try:
        while not _begun(connection, last=time.monotonic() >= deadline):
            pass
    finally:
        connection.exec_driver_sql(f"PRAGMA busy_timeout = {BUSY_SECONDS}000")


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
def _migration_lock(url: str) -> Iterator[None]:
    """Held through a migration, so that web, worker and a second `serve` never migrate at once."""
    path = Path(str(make_url(url).database))
    lock = path.with_name(path.name + ".lock")
    try:
        lock.parent.mkdir(parents=True, exist_ok=True)
        file = lock.open("a")
    except OSError as error:
        raise SetupError(
            f"The data folder {lock.parent} cannot be written: {error.strerror}.",
            "Choose another --data-dir, or mend its permissions.",
        ) from error
    with file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield


def _shown(url: str) -> str:
    """The address without its password."""
    return make_url(url).render_as_string(hide_password=True)
