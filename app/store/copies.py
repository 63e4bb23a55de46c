"""Copies of the database as SQLite files: of one moment, while others write; one before each migration.

A copy holds any schema that was ever ours, so what is read of it here is read in plain SQL.
"""

import sqlite3
from collections.abc import Callable, Collection
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

from sqlalchemy import URL, make_url

from app.errors import SetupError
from app.lifecycle import ENDED, State
from app.store.dialects import dialect_of
from trainer.system_errors import trouble

KEPT = 2
"""Copies of before a migration: that of the latest, and of the one before."""
WITHOUT = "betaboard migrate --without-copy"

Say = Callable[[str], None]


@dataclass(frozen=True)
class CopiedJob:
    """A job as a copy has it. `is_told`: whether the copy knows anything that its journal tells."""

    id: int
    state: State
    is_told: bool
    first_stage_id: int | None

    @property
    def is_to_come(self) -> bool:
        """Whether it may go on without anybody asking for it anew."""
        return self.state not in ENDED


def copy_database(url: str, target: Path) -> None:
    """Write the database as it is now into a new SQLite file. Raises as `Dialect.copy_out`."""
    parsed = make_url(url)
    dialect_of(parsed).copy_out(parsed, target)


def copy_before(url: URL, version: str, say: Say) -> None:
    """Keep the database as it is before it is migrated to `version`, and say where; older copies go.

    A server's database has no copy here: its administrator has better ones. Raises SetupError where there is
    no room for it.
    """
    dialect = dialect_of(url)
    file = dialect.file(url)
    if file is None:
        return
    target = file.with_name(f"{file.name}.before-{version}")
    draft = target.with_name(f"{target.name}.part")
    try:
        draft.unlink(missing_ok=True)
        dialect.copy_out(url, draft)
        draft.replace(target)
    except (OSError, sqlite3.Error) as error:
        raise SetupError(
            f"The database {file} is of an earlier version, and no copy of it can be kept before it is "
            f"brought up to date: {_reason(error)}. It is as it was.",
            f"Free {file.stat().st_size:,} bytes there, or go without a copy: {WITHOUT}.",
        ) from error
    say(f"The database was copied to {target} before it is brought to schema {version}.")
    for old in copies_before(file)[KEPT:]:
        old.unlink(missing_ok=True)


def copies_before(file: Path) -> list[Path]:
    """The copies that were made before migrations of this database, the newest schema first."""
    found = file.parent.glob(f"{file.name}.before-*")
    return sorted((path for path in found if path.suffix != ".part"), reverse=True)


def jobs_in(copy: Path) -> list[CopiedJob]:
    """All jobs of a copy, by id."""
    with closing(sqlite3.connect(copy)) as connection:
        columns = {row[1] for row in connection.execute("PRAGMA table_info(runs)")}
        first = "first_stage_id" if "first_stage_id" in columns else "NULL"
        rows = connection.execute(
            f"SELECT id, state, journal_seq > 0, {first} FROM runs ORDER BY id"
        ).fetchall()
    return [CopiedJob(job, State(state), bool(told), upon) for job, state, told, upon in rows]


def schema_of(copy: Path) -> str:
    """The schema's version."""
    with closing(sqlite3.connect(copy)) as connection:
        return str(connection.execute("SELECT version_num FROM alembic_version").fetchone()[0])


def drop_jobs(copy: Path, job_ids: Collection[int]) -> None:
    """Delete these jobs from a copy, as the board itself deletes them."""
    with closing(sqlite3.connect(copy)) as connection, connection:
        connection.execute("PRAGMA foreign_keys = ON")
        connection.executemany("DELETE FROM runs WHERE id = ?", [(job_id,) for job_id in job_ids])


def _reason(error: Exception) -> str:
    found = trouble(error)
    return (found.message if found else str(error)).rstrip(".")
