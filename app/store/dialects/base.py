"""What a database does for us beyond plain SQL, and what it may refuse: all in which databases differ."""

from collections.abc import Mapping
from contextlib import AbstractContextManager
from pathlib import Path
from typing import Any, Protocol

from sqlalchemy import URL, BigInteger, Connection, Engine, Float, Integer, String, literal
from sqlalchemy.orm import InstrumentedAttribute
from sqlalchemy.sql.functions import FunctionElement

from trainer.system_errors import Trouble

WHOLE = Integer().with_variant(BigInteger(), "postgresql")
TEXT = String().with_variant(String(collation="C"), "postgresql")
"""What columns are made as: whole numbers of 64 bits, text that is sorted by its bytes, on every database."""

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


class Dialect(Protocol):
    """A kind of database; a module fills it. Beside it the module compiles `json_list`, `small` and
    `shared_now`.

    Who writes is alone, among all processes and hosts, from `begin_writing` to the commit: so ids are given
    in the order in which they are committed, and who asks for events after an id misses none. Readers see
    one snapshot and wait for nobody.
    """

    NEVER_REUSE_IDS: Mapping[str, Any]
    """Options of a table whose ids are never given twice, whatever is deleted."""

    def engine(self, url: URL, seconds: float, creates: bool, **options: Any) -> Engine:
        """Connections, made when first asked for, that leave it to us to begin; nobody waits for one.

        Each waits up to `seconds` where it meets a lock. A database that is not there is made if `creates`.
        Raises SetupError for an address that it cannot use.
        """

    def file(self, url: URL) -> Path | None:
        """The file that the database is, on this machine; None for one of a server."""

    def begin_reading(self, connection: Connection) -> None:
        """Begin a transaction that sees the state at its first statement."""

    def plan_search(self, connection: Connection) -> None:
        """Have the rest of the transaction planned as suits a search among all runs."""

    def begin_writing(self, connection: Connection, seconds: float) -> None:
        """Begin as the one who writes. Raises OperationalError where others do for so long."""

    def migrating(self, url: URL) -> AbstractContextManager[None]:
        """Held while the schema changes, so that no two do that at once. Raises SetupError."""

    def copy_out(self, url: URL, target: Path) -> None:
        """Write all that it holds at one moment into a new SQLite file, while others go on writing.

        Where that fails, nothing of the file stays. Raises SetupError for a database that is damaged, and
        what database and disk raise.
        """

    def copy_in(self, source: Path, url: URL) -> None:
        """Make a database, where there is none, of a file that `copy_out` wrote, which goes."""

    def slack_bytes(self, url: URL) -> int:
        """What `compact` would give back to the disk."""

    def compact(self, url: URL) -> None:
        """Give back to the disk what deleted rows took. Nobody writes meanwhile."""

    def last_id(self, connection: Connection, table: str) -> int:
        """The highest id that was ever given to a row of this table, whose ids are numbered; 0 for none."""

    def set_last_id(self, connection: Connection, table: str, last: int) -> None:
        """Have the next id of this table be higher than `last`."""

    def trouble_in(self, error: BaseException) -> Trouble | None:
        """What the database refused, if it is one of its errors and no mistake of ours."""


class json_list(FunctionElement[str]):  # noqa: N801 (as SQLAlchemy's functions)
    """The values of a group as JSON's text, in the order of `by`, which is a key's next column."""

    inherit_cache = True

    def __init__(self, value: InstrumentedAttribute[Any], by: InstrumentedAttribute[Any]) -> None:
        super().__init__(value, by)


class small(FunctionElement[str]):  # noqa: N801 (as SQLAlchemy's functions)
    """A text in small letters, those of other scripts and with accents too: `lower` knows ASCII alone."""

    inherit_cache = True
    type = String()


class shared_now(FunctionElement[str]):  # noqa: N801 (as SQLAlchemy's functions)
    """The moment `seconds` from now as tables hold it, by the clock that all who use the database share."""

    inherit_cache = True
    type = String()

    def __init__(self, seconds: float = 0.0) -> None:
        super().__init__(literal(float(seconds), Float()))
