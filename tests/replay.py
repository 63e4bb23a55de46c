"""Runs put into a database as they were stored when the same was seeded before: their rows and their folder.

Seeding a run takes 20 ms, as it goes the way of a worker's; putting it there again takes 2, and the tests
seed thousands, most of which are like another. Rows are carried over as the database holds them.
"""

import json
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from sqlalchemy import column, insert, select, table
from sqlalchemy.orm import Session

from app.settings import Settings
from app.store.clock import now
from app.store.engine import Database
from app.store.search_index import store_fields
from app.store.tables import Base, Run, RunField

_NEW = {"created_at", "queued_at", "started_at", "finished_at", "time"}
_TABLES = [
    table.name
    for table in Base.metadata.sorted_tables
    if "run_id" in table.columns and table.name != RunField.__tablename__
]
"""Values that runs are searched by have numbers of each board's own: they are noted anew."""

Row = dict[str, Any]


@dataclass(frozen=True)
class _Stored:
    """Rows by table, the run's own first; folders within its own, and files, by their path there."""

    rows: dict[str, list[Row]]
    folders: list[Path]
    files: dict[Path, bytes]


_stored: dict[str, _Stored] = {}


def seeded(db: Database, settings: Settings, asked: Any, seed: Callable[[], int]) -> int:
    """The id of a new run, like the one that `seed` made when `asked` was the same, or else made by it."""
    with db.read() as session:
        kind = session.get_bind().dialect.name
    key = json.dumps([kind, asked], default=list)
    if key in _stored:
        with db.write() as session:
            run_id = _put_rows(session, _stored[key].rows)
        for path in _stored[key].folders:
            (settings.run_dir(run_id) / path).mkdir(parents=True)
        for path, content in _stored[key].files.items():
            (settings.run_dir(run_id) / path).write_bytes(content)
        return run_id
    run_id = seed()
    folder = settings.run_dir(run_id)
    with db.read() as session:
        rows = {"runs": _rows(session, "runs", "id", run_id)}
        rows |= {table: _rows(session, table, "run_id", run_id) for table in _TABLES}
    paths = [path.relative_to(folder) for path in folder.rglob("*")]
    files = {path: (folder / path).read_bytes() for path in paths if (folder / path).is_file()}
    _stored[key] = _Stored(rows, [path for path in paths if path not in files], files)
    return run_id


def _rows(session: Session, name: str, key: str, run_id: int) -> list[Row]:
    chosen = select("*").select_from(table(name)).where(column(key) == run_id)
    found = session.connection().execute(chosen).mappings()
    return [{name: value for name, value in row.items() if name != "id"} for row in found]


def _put_rows(session: Session, stored: dict[str, list[Row]]) -> int:
    moment = now()
    run_id: int | None = None
    for name, rows in stored.items():
        over: Row = {} if run_id is None else {"run_id": run_id}
        told = [row | {name: moment for name in _NEW & row.keys() if row[name]} | over for row in rows]
        if told:
            target = insert(table(name, *map(column, told[0])))
            if run_id is None:
                run_id = int(
                    session.connection().execute(target.returning(column("id")), told[0]).scalar_one()
                )
            else:
                session.connection().execute(target, told)
    assert run_id is not None
    store_fields(session, {run_id: session.get_one(Run, run_id).config})
    return run_id
