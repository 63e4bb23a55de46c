"""What runs took of their machines, as rows: at most MOST_ROWS a run, however long it trains."""

from collections.abc import Iterable, Sequence
from typing import Any

from sqlalchemy import delete, func, insert, select
from sqlalchemy.orm import Session

from app.store.tables import Usage
from trainer import events
from trainer.events import Entry

MOST_ROWS = 480
"""At ten seconds a row, an hour and twenty minutes; then neighbours are joined, to half as many."""

Row = dict[str, Any]
_COLUMNS = tuple(Usage.__table__.columns)


def store(s: Session, run_id: int, entries: Iterable[Entry]) -> None:
    """Add what these entries tell. In whatever portions they come, the rows become the same."""
    told = [_row(run_id, entry) for entry in entries if isinstance(entry.event, events.Usage)]
    if not told:
        return
    known = s.scalar(select(func.count()).where(Usage.run_id == run_id)) or 0
    if known + len(told) > MOST_ROWS:
        told = _bounded([*of_run(s, run_id), *told])
        s.execute(delete(Usage).where(Usage.run_id == run_id).execution_options(synchronize_session=False))
    s.execute(insert(Usage.__table__), told)  # type: ignore[arg-type]


def of_run(s: Session, run_id: int) -> list[Row]:
    """Rows of the run, in order."""
    query = select(*_COLUMNS).where(Usage.run_id == run_id).order_by(Usage.seq)
    return [dict(row) for row in s.execute(query).mappings()]


def _row(run_id: int, entry: Entry) -> Row:
    return {
        "run_id": run_id,
        "seq": entry.seq,
        "time": entry.time,
        **entry.event.model_dump(exclude={"kind"}),
    }


def _bounded(rows: Iterable[Row]) -> list[Row]:
    """As if one had come after the other."""
    kept: list[Row] = []
    for row in rows:
        kept.append(row)
        if len(kept) > MOST_ROWS:
            kept = joined(kept, MOST_ROWS // 2)
    return kept


def joined(rows: Sequence[Row], most: int) -> list[Row]:
    """About `most` rows of about equal length, each of neighbours: sums stay, and so does the largest."""
    length = sum(row["seconds"] for row in rows) / most
    groups: list[list[Row]] = [[]]
    for row in rows:
        if sum(one["seconds"] for one in groups[-1]) >= length * (1 - 1e-9):
            groups.append([])
        groups[-1].append(row)
    return [_one(group) for group in groups]


def _one(rows: Sequence[Row]) -> Row:
    """One row for neighbours; their speed is the mean over the time in which one was told."""
    trained = [row for row in rows if row["images_per_second"] is not None]
    weight = sum(row["seconds"] for row in trained)
    speed = sum(row["seconds"] * row["images_per_second"] for row in trained) / weight if weight else None
    return rows[-1] | {
        "seconds": sum(row["seconds"] for row in rows),
        "cpu_seconds": sum(row["cpu_seconds"] for row in rows),
        "memory_bytes": max(row["memory_bytes"] for row in rows),
        "gpu_memory_bytes": max((row["gpu_memory_bytes"] or 0 for row in rows), default=0) or None,
        "images_per_second": speed,
    }
