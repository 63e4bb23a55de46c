"""A board's rows moved into another database of any kind: all of them, as they are stored, or none.

JSON goes as its text, so that nothing is read into it. What was copied is read again on both sides and
compared before it is kept.
"""

from collections.abc import Iterator, Mapping
from contextlib import closing
from itertools import zip_longest
from typing import Any

from sqlalchemy import (
    JSON,
    ColumnElement,
    Connection,
    LargeBinary,
    Select,
    String,
    Table,
    cast,
    column,
    delete,
    func,
    insert,
    make_url,
    select,
    table,
)
from sqlalchemy.exc import DBAPIError
from sqlalchemy.sql.sqltypes import NULLTYPE

from app.errors import SetupError
from app.store.dialects import dialect_of
from app.store.engine import Database, migrate, schema_version
from app.store.migrations import HEAD
from app.store.tables import Base, FieldValue
from app.store.workers import count_alive

BATCH = 1000
"""Rows that are held at once, but of a table of files: of these, a few."""
_BATCH_OF_FILES = 4
_TABLES = Base.metadata.sorted_tables


def move_board(source: str, target: str, lease_seconds: float) -> Mapping[str, int]:
    """Copy all rows of the database `source` into `target`, an empty one; the number of rows by table.

    Nobody writes to `source` meanwhile, and it stays as it is. Ids that were given out are given out by
    neither again. Raises SetupError where a worker of `source` is alive (its heartbeat is younger than
    `lease_seconds`), where `target` holds rows or would hold other ones, and for a database that cannot be
    used or is of an earlier version.
    """
    _check_version(source)
    migrate(target)
    try:
        with closing(Database(source)) as one, closing(Database(target)) as other:
            return _move(one, other, lease_seconds)
    except DBAPIError as error:
        raise SetupError(f"The board cannot be moved: {error.orig}") from error


def copy_board(source: str, target: str) -> None:
    """As `move_board`, but of one moment of a board that may go on meanwhile."""
    _check_version(source)
    migrate(target)
    try:
        with (
            closing(Database(source)) as one,
            closing(Database(target)) as other,
            one.read() as reading,
            other.write() as writing,
        ):
            _transfer(reading.connection(), writing.connection())
    except DBAPIError as error:
        raise SetupError(f"The board cannot be copied: {error.orig}") from error


def _move(source: Database, target: Database, lease_seconds: float) -> Mapping[str, int]:
    with source.write() as reading, target.write() as writing:
        if count_alive(reading, lease_seconds):
            raise SetupError("A worker of that board is alive.", "Stop the board first, then try again.")
        return _transfer(reading.connection(), writing.connection())


def _transfer(here: Connection, there: Connection) -> Mapping[str, int]:
    _check_empty(there)
    moved = {it.name: _copy(it, here, there) for it in _TABLES}
    _go_on_after_last_ids(here, there)
    for it in _TABLES:
        _compare(it, here, there)
    return moved


def _check_version(url: str) -> None:
    version = schema_version(url)
    shown = make_url(url).render_as_string()
    if version is None:
        raise SetupError(f"The database {shown} holds no board.", "Look whether the address is right.")
    if version != HEAD:
        raise SetupError(
            f"The database {shown} is of another version (schema {version}; this is {HEAD}).",
            "Start `betaboard serve` on it once, which brings it up to date.",
        )


def _check_empty(there: Connection) -> None:
    """Values that no run has are nothing, and give way: that they are known, a new board notes by itself."""
    values = FieldValue.__table__
    for it in _TABLES:
        if it is not values and there.scalar(select(func.count()).select_from(it)):
            raise SetupError(
                f"The other database holds rows already (in {it.name}).",
                "Give one that is empty.",
            )
    there.execute(delete(FieldValue))


def _copy(it: Table, here: Connection, there: Connection) -> int:
    plain = table(it.name, *(column(c.name, NULLTYPE if _is_json(c) else c.type) for c in it.columns))
    copied = 0
    for rows in here.execute(_stored(it), execution_options=_batches(it)).mappings().partitions():
        there.execute(insert(plain), [dict(row) for row in rows])
        copied += len(rows)
    return copied


def _stored(it: Table) -> Select[Any]:
    """All rows in the order of their key, JSON as text."""
    told = ((cast(c, String) if _is_json(c) else c).label(c.name) for c in it.columns)
    return select(*told).order_by(*it.primary_key.columns)


def _batches(it: Table) -> Mapping[str, int]:
    holds_files = any(isinstance(c.type, LargeBinary) for c in it.columns)
    return {"yield_per": _BATCH_OF_FILES if holds_files else BATCH}


def _is_json(c: ColumnElement[Any]) -> bool:
    return c.type._type_affinity is JSON


def _go_on_after_last_ids(here: Connection, there: Connection) -> None:
    numbered = [it.name for it in _TABLES if it.autoincrement_column is not None]
    ours, theirs = dialect_of(here.engine.url), dialect_of(there.engine.url)
    for name in numbered:
        theirs.set_last_id(there, name, ours.last_id(here, name))


def _compare(it: Table, here: Connection, there: Connection) -> None:
    """Raises SetupError for the first row that is not the same on both sides."""
    for number, (mine, its) in enumerate(zip_longest(_rows(it, here), _rows(it, there)), start=1):
        if mine != its:
            raise SetupError(f"Row {number} of {it.name} came over changed.", "Nothing was kept of the copy.")


def _rows(it: Table, connection: Connection) -> Iterator[tuple[Any, ...]]:
    """A NUL within a text is shown: not every database can hold it."""
    for row in connection.execute(_stored(it), execution_options=_batches(it)):
        yield tuple(value.replace("\0", "\ufffd") if isinstance(value, str) else value for value in row)
