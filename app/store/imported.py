"""Runs that were recorded elsewhere: kept once each, listed, deleted."""

from collections.abc import Mapping, Sequence
from typing import Any, Literal

from sqlalchemy import delete, func, insert, select
from sqlalchemy.orm import Session

from app.errors import ConflictError, NotFoundError
from app.store.clock import now
from app.store.tables import ImportedMetric, ImportedRun

MOST_RUNS = 20_000
"""Of one board."""
Kept = Literal["new", "changed", "same"]
Metrics = Mapping[str, tuple[Sequence[int], Sequence[float | None]]]


def known(s: Session, tool: str, keys: Sequence[str]) -> dict[str, tuple[int, str]]:
    """(id, content_hash) of those of these runs that are there, by key."""
    query = select(ImportedRun.key, ImportedRun.id, ImportedRun.content_hash)
    rows = s.execute(query.where(ImportedRun.tool == tool, ImportedRun.key.in_(keys)))
    return {key: (run_id, digest) for key, run_id, digest in rows}


def keep(s: Session, row: Mapping[str, Any], metrics: Metrics) -> tuple[int, Kept]:
    """Store the run, or what is new of it where it is there already; its id, and which of these it was.

    Raises ConflictError where the board would hold more than MOST_RUNS.
    """
    found = s.scalar(
        select(ImportedRun).where(ImportedRun.tool == row["tool"], ImportedRun.key == row["key"])
    )
    if found is not None and found.content_hash == row["content_hash"]:
        return found.id, "same"
    kept: Kept = "changed"
    if found is None:
        if count(s) >= MOST_RUNS:
            raise ConflictError(
                f"There are {MOST_RUNS:,} imported runs, as many as are kept.", "Delete some."
            )
        found, kept = ImportedRun(imported_at=now()), "new"
        s.add(found)
    for name, value in row.items():
        setattr(found, name, value)
    s.flush()
    s.execute(delete(ImportedMetric).where(ImportedMetric.imported_id == found.id))
    rows = [
        {"imported_id": found.id, "name": name, "steps": list(steps), "values": list(values)}
        for name, (steps, values) in metrics.items()
    ]
    if rows:
        s.execute(insert(ImportedMetric), rows)
    return found.id, kept


def count(s: Session) -> int:
    """How many there are."""
    return s.scalar(select(func.count()).select_from(ImportedRun)) or 0


def all_runs(s: Session) -> list[ImportedRun]:
    """All of them, newest first."""
    return list(s.scalars(select(ImportedRun).order_by(ImportedRun.id.desc())))


def one(s: Session, run_id: int) -> ImportedRun:
    """Raises NotFoundError."""
    found = s.get(ImportedRun, run_id)
    if found is None:
        raise NotFoundError(
            f"There is no imported run {run_id}.", "Its number may be mistyped, or it was deleted."
        )
    return found


def of_setting(s: Session, setting: str) -> list[ImportedRun]:
    """The runs of equal parameters, oldest first."""
    return list(s.scalars(select(ImportedRun).where(ImportedRun.setting == setting).order_by(ImportedRun.id)))


def metrics_of(s: Session, run_id: int) -> list[ImportedMetric]:
    """Its metrics, by name."""
    own = select(ImportedMetric).where(ImportedMetric.imported_id == run_id)
    return list(s.scalars(own.order_by(ImportedMetric.name)))


def forget(s: Session, run_id: int) -> None:
    """Delete it; what it was read from stays. Raises NotFoundError."""
    s.delete(one(s, run_id))
