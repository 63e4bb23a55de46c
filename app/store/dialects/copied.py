"""What is read of a copy of a database, and cut from it: an SQLite file of any schema that was ever ours.

So it is asked in plain SQL, for what every schema has.
"""

import sqlite3
from collections.abc import Collection
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

from app.lifecycle import ENDED, State


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
