"""What many runs measured, run by run: for what takes all of it away."""

from collections.abc import Iterable, Iterator, Sequence
from itertools import groupby
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.store import series as store
from app.store.engine import Database
from app.store.tables import Run
from app.views.series.fill import EPOCH, class_row, epoch_row
from app.views.series.view import ClassTable, RunSeries


def measured(database: Database, run_ids: Iterable[int]) -> Iterator[RunSeries]:
    """Epochs and classes of these runs, by number, each read when it is asked for; a run that is gone by then
    is left out.

    No connection is held in between: whoever takes the runs may be slow.
    """
    for run_id in sorted(set(run_ids)):
        with database.read() as session:
            found = _of_run(session, run_id)
        if found is not None:
            yield found


def _of_run(session: Session, run_id: int) -> RunSeries | None:
    known = session.execute(select(Run.started).where(Run.id == run_id)).one_or_none()
    if known is None:
        return None
    return RunSeries.model_construct(
        run_id=run_id,
        epochs=tuple(map(epoch_row, store.figures_of_runs(session, [run_id], EPOCH))),
        classes=_tables(store.class_rows(session, [run_id]), known.started or {}),
    )


def _tables(rows: Sequence[Any], started: dict[str, Any]) -> tuple[ClassTable, ...]:
    names, counts = started.get("class_names", ()), started.get("train_counts", ())
    return tuple(
        ClassTable.model_construct(epoch=epoch, classes=tuple(class_row(row, names, counts) for row in own))
        for epoch, own in groupby(rows, key=lambda row: row.epoch)
    )
