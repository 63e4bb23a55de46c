"""The database connection: sessions that read a snapshot, sessions that write alone, and migration.

How a kind of database does that stands in dialects, queries in runs, series and workers.
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from pydantic_core import from_json, to_json
from sqlalchemy import Connection, Engine, Executable, event, inspect, make_url, text
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import Session

from app.errors import SetupError
from app.store.copies import copy_before
from app.store.dialects import dialect_of
from app.store.migrations import HEAD, KNOWN
from app.store.trouble import trouble_of

BUSY_SECONDS = 4
"""Half of queue.LEASE_SECONDS: a worker that waited in vain once still renews its claims in time."""
PROBE_SECONDS = 1
"""What /health waits for the write lock: longer than any of our own transactions holds it."""


class Database:
    """One pool of connections to one database; safe to share between threads, not between processes.

    Nobody waits for a connection: who holds one may wait for a thread, and threads that waited for one would
    keep it from going on.
    """

    def __init__(self, url: str) -> None:
        """Connect lazily, to a database that is there: only `migrate` makes one. Raises SetupError for an
        address that no dialect can use.
        """
        self._engine = _engine(url)
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

    def close(self) -> None:
        """Close the connections; closing twice is harmless."""
        self._engine.dispose()


def migrate(url: str, say: Callable[[str], None] = lambda _: None, *, copy: bool = True) -> bool:
    """Create the database or bring it to the newest schema, one process at a time; whether there was a need.

    copy: keep one of an earlier schema; `say` is told where. Raises SetupError where the folder cannot be
    written, the file is no database of ours, it was written by a newer version, or no copy can be kept.
    """
    engine = _engine(url, creates=True)
    try:
        with dialect_of(engine.url).migrating(engine.url):
            return _upgrade(engine, say if copy else None)
    except DBAPIError as error:
        found = trouble_of(error)
        told = f"The database {engine.url.render_as_string()} cannot be used: {error.orig}."
        raise SetupError(f"{told} {found.message}" if found else told, found.hint if found else "") from error
    finally:
        engine.dispose()


def _upgrade(engine: Engine, say: Callable[[str], None] | None) -> bool:
    """say: told of the copy that is kept of an earlier schema; without it none is."""
    with engine.connect() as connection:
        version = _version(connection)
    if version == HEAD:
        return False
    if version is not None and version not in KNOWN:
        raise SetupError(
            f"The database {engine.url.database} was written by a newer betaboard (schema {version}).",
            "Upgrade betaboard, or choose another --data-dir.",
        )
    if version is not None and say is not None:
        copy_before(engine.url, HEAD, say)
    from app.store.migrations.upgrade import upgrade  # a third of a second, rarely needed

    upgrade(engine)
    return True


def _version(connection: Connection) -> str | None:
    """The schema's version, None for an empty database."""
    if not inspect(connection).has_table("alembic_version"):
        return None
    version = connection.execute(text("SELECT version_num FROM alembic_version")).scalar()
    return None if version is None else str(version)


def _engine(url: str, creates: bool = False) -> Engine:
    """An engine whose transactions begin as their connection's options say: to read, or to write."""
    parsed = make_url(url)
    dialect = dialect_of(parsed)

    def begin(connection: Connection) -> None:
        options = connection.get_execution_options()
        if options.get("writes"):
            dialect.begin_writing(connection, options.get("waits", BUSY_SECONDS))
        else:
            dialect.begin_reading(connection)

    engine = dialect.engine(parsed, BUSY_SECONDS, creates, json_serializer=_json, json_deserializer=from_json)
    event.listen(engine, "begin", begin)
    return engine


def _json(value: Any) -> str:
    """As the standard library's, in a third of its time: an epoch has three values of this kind."""
    return to_json(value).decode()


Row = tuple[Any, ...]


def plain_rows(s: Session, query: Executable) -> list[Row]:
    """All of them, with what the session has yet to write. What has no type in the database stays as it is
    stored: JSON is text.
    """
    s.flush()
    with s.connection().execute(query) as result:
        return list(result.cursor.fetchall())
