"""PostgreSQL: one server for web processes and workers of many hosts.

Whoever writes first takes an advisory lock of the database, which its commit gives back after others see
what was written: so ids of events are given in the order of commits, and no two writers can wait for each
other. Those who wait are served in turn. Rows that somebody else's program has locked are waited for as long
as for that lock.
"""

import re
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from math import ceil
from pathlib import Path
from typing import Any

from sqlalchemy import URL, Connection, Engine, NullPool, cast, create_engine, event, func, select
from sqlalchemy.dialects.postgresql import REGCLASS
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.compiler import SQLCompiler

from app.errors import SetupError
from app.store.dialects.base import CORRUPT, EMPTY, LOCKED, json_list, shared_now, small
from trainer.system_errors import DISK_ERROR, DISK_FULL, NO_PERMISSION, OUT_OF_MEMORY, READ_ONLY, Trouble

NEVER_REUSE_IDS: Mapping[str, Any] = {}
"""Sequences never go back."""
NO_SERVER = Trouble(
    "database_gone",
    "The database server does not answer",
    "Start it, or look into its log; nothing is taken until then.",
)
TOO_MANY_CONNECTIONS = Trouble(
    "too_many_connections",
    "The database server takes no more connections",
    "Try again in a moment; raise its max_connections, or end other programs.",
)
_DRIVER = "postgresql+psycopg"
_WRITING, _MIGRATING = 0x62657461, 0x62657462
"""Keys of the two advisory locks, for all who use this database."""
_IDLE_SECONDS = 60
"""After which a writer that was suspended half way loses its transaction, and with it the lock."""
_UNREACHABLE_SECONDS = 10
"""After which a host that sends nothing back counts as gone."""
_TROUBLES = (
    ("57P0[1-5]|08", NO_SERVER),
    ("53300", TOO_MANY_CONNECTIONS),
    ("53100", DISK_FULL),
    ("53200", OUT_OF_MEMORY),
    ("58", DISK_ERROR),
    ("55P03|57014|40P01|40001|25P03", LOCKED),
    ("25006", READ_ONLY),
    ("42501|28", NO_PERMISSION),
    ("42P01|42703|3D000", EMPTY),
    ("XX00[12]", CORRUPT),
)
"""By the beginning of an SQLSTATE."""
_FULL = re.compile("too many (clients|connections)|connection slots are reserved")


def engine(url: URL, seconds: float, creates: bool, **options: Any) -> Engine:  # noqa: ARG001 (the protocol's)
    """As the protocol has it, on a server that has the database already; tables are made in it.

    A connection that the server has closed meanwhile is opened anew before it is used.
    """
    _check_driver(url)
    plain = url.set(drivername=_DRIVER)
    waits = _patience(seconds, plain.query)
    made = create_engine(
        plain, pool_size=8, max_overflow=-1, pool_pre_ping=True, connect_args=waits, **options
    )
    made.dialect.dialect_injects_custom_json_deserializer = False

    def set_up(connection: Any, _record: object) -> None:
        """Leave BEGIN to us, JSON to SQLAlchemy; each statement is short, and planned for its own values."""
        connection.autocommit = True
        _adapt(connection.adapters)
        connection.execute(
            "SET jit = off; SET plan_cache_mode = force_custom_plan; SET work_mem = '32MB'; "
            f"SET lock_timeout = {round(1000 * seconds)}; "
            f"SET idle_in_transaction_session_timeout = '{_IDLE_SECONDS}s'"
        )

    event.listen(made, "connect", set_up)
    return made


def _check_driver(url: URL) -> None:
    """Raises SetupError for another driver than ours, or where ours is not installed."""
    if url.drivername not in ("postgresql", _DRIVER):
        raise SetupError(
            f"The database {url.render_as_string()} asks for a driver that betaboard does not use.",
            "Begin the address with postgresql+psycopg://.",
        )
    try:
        import psycopg  # noqa: F401 (a tenth of a second, for boards on PostgreSQL alone)
    except ImportError as error:
        raise SetupError(
            f"The database {url.render_as_string()} needs psycopg, which cannot be imported: {error}.",
            "Install it with: pip install 'betaboard[postgres]'.",
        ) from error


def _patience(seconds: float, asked: Mapping[str, Any]) -> dict[str, Any]:
    """How long the driver waits for a server that does not answer, but for what the address itself asks."""
    usual = {
        "connect_timeout": max(2, ceil(seconds)),
        "keepalives_idle": _UNREACHABLE_SECONDS,
        "keepalives_interval": 2,
        "keepalives_count": 3,
        "tcp_user_timeout": 1000 * _UNREACHABLE_SECONDS,
        "application_name": "betaboard",
    }
    return {name: value for name, value in usual.items() if name not in asked}


def _adapt(adapters: Any) -> None:
    """How values come and go: JSON as text; sums of whole numbers as such, not as Decimal; and as no text
    here can hold a NUL, the sign of what cannot be shown in its place.
    """
    from psycopg.adapt import Dumper, Loader
    from psycopg.types.string import TextLoader

    class Number(Loader):
        def load(self, data: Any) -> int | float:
            told = bytes(data)
            return int(told) if told.lstrip(b"-").isdigit() else float(told)

    class Text(Dumper):
        def dump(self, obj: str) -> bytes:
            return obj.replace("\0", "\ufffd").encode()

    adapters.register_loader("json", TextLoader)
    adapters.register_loader("numeric", Number)
    adapters.register_dumper(str, Text)


def file(_url: URL) -> Path | None:
    """As the protocol has it."""
    return None


def begin_reading(connection: Connection) -> None:
    """As the protocol has it."""
    connection.exec_driver_sql("BEGIN ISOLATION LEVEL REPEATABLE READ, READ ONLY")


def plan_search(connection: Connection) -> None:
    """As the protocol has it: else the planner first makes the runs that have one of many values distinct,
    in a table of hashes that takes longer than all else, and does not know that they are.
    """
    connection.exec_driver_sql("SET LOCAL enable_hashagg = off")


def begin_writing(connection: Connection, seconds: float) -> None:
    """As the protocol has it. What is read is what is committed, so nobody who waited sees an old state."""
    connection.exec_driver_sql(
        "BEGIN ISOLATION LEVEL READ COMMITTED, READ WRITE; "
        f"SET LOCAL lock_timeout = {max(1, round(1000 * seconds))}; "
        f"SELECT pg_advisory_xact_lock({_WRITING})"
    )


@contextmanager
def migrating(url: URL) -> Iterator[None]:
    """As the protocol has it, by a lock of the database that its connection holds."""
    _check_driver(url)
    locking = create_engine(
        url.set(drivername=_DRIVER),
        poolclass=NullPool,
        isolation_level="AUTOCOMMIT",
        connect_args=_patience(0, url.query),
    )
    with locking.connect() as connection:
        connection.execute(select(func.pg_advisory_lock(_MIGRATING)))
        yield


def copy_out(url: URL, target: Path) -> None:
    """As the protocol has it, row by row."""
    from app.store.moving import copy_board  # it knows the tables, which know the dialects

    try:
        copy_board(url.render_as_string(hide_password=False), f"sqlite:///{target.resolve()}")
    except BaseException:
        target.unlink(missing_ok=True)
        raise


def copy_in(source: Path, url: URL) -> None:
    """As the protocol has it, into a database that holds no rows."""
    from app.store.moving import copy_board

    copy_board(f"sqlite:///{source.resolve()}", url.render_as_string(hide_password=False))
    source.unlink()


def slack_bytes(_url: URL) -> int:
    """As the protocol has it; the server itself uses again what deleted rows took."""
    return 0


def compact(_url: URL) -> None:
    """As the protocol has it; nothing, as the server's own vacuum sees to it."""


def last_id(connection: Connection, table: str) -> int:
    """As the protocol has it."""
    return connection.scalar(select(func.pg_sequence_last_value(_sequence(connection, table)))) or 0


def set_last_id(connection: Connection, table: str, last: int) -> None:
    """As the protocol has it."""
    connection.execute(select(func.setval(_sequence(connection, table), max(last, 1), last > 0)))


def _sequence(connection: Connection, table: str) -> Any:
    name = connection.scalar(select(func.pg_get_serial_sequence(table, "id")))
    return cast(name, REGCLASS)


def trouble_in(error: BaseException) -> Trouble | None:
    """As the protocol has it, by PostgreSQL's own code; without one, the connection has failed."""
    driver = sys.modules.get("psycopg")
    if driver is None or not isinstance(error, driver.Error):
        return None
    if error.sqlstate is None:
        if not isinstance(error, driver.OperationalError):
            return None
        return TOO_MANY_CONNECTIONS if _FULL.search(str(error)) else NO_SERVER
    return next((kind for begins, kind in _TROUBLES if re.match(begins, error.sqlstate)), None)


@compiles(json_list, "postgresql")
def _json_list(element: json_list, compiler: SQLCompiler, **options: Any) -> str:
    value, by = (compiler.process(part, **options) for part in element.clauses)
    return f"CAST(json_agg({value} ORDER BY {by}) AS TEXT)"


@compiles(small, "postgresql")
def _small(element: small, compiler: SQLCompiler, **options: Any) -> str:
    [text] = (compiler.process(part, **options) for part in element.clauses)
    return f'lower({text} COLLATE "default")'  # that of columns knows bytes alone


@compiles(shared_now, "postgresql")
def _shared_now(element: shared_now, compiler: SQLCompiler, **options: Any) -> str:
    [seconds] = (compiler.process(part, **options) for part in element.clauses)
    moment = f"clock_timestamp() AT TIME ZONE 'UTC' + make_interval(secs => {seconds})"
    return f"""to_char({moment}, 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"')"""
