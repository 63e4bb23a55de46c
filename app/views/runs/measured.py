"""What many runs measured, read in three queries: for what takes all of it away."""

from collections.abc import Iterable, Sequence
from itertools import groupby
from operator import itemgetter
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.store import series as store
from app.store.tables import Run
from app.views.series.fill import EPOCH, class_row, epoch_row
from app.views.series.view import ClassTable, RunSeries, SeriesList


def measured(session: Session, run_ids: Sequence[int]) -> SeriesList:
    """Epochs and classes of these runs, by number; a run that is gone by now is left out."""
    query = select(Run.id, Run.started).where(Run.id.in_(run_ids)).order_by(Run.id)
    epochs = _by_run(store.figures_of_runs(session, run_ids, EPOCH))
    classes = _by_run(store.class_rows(session, run_ids))
    items = (
        RunSeries.model_construct(
            run_id=run_id,
            epochs=tuple(map(epoch_row, epochs.get(run_id, ()))),
            classes=_tables(classes.get(run_id, ()), started or {}),
        )
        for run_id, started in session.execute(query)
    )
    return SeriesList.model_construct(items=tuple(items))


def _by_run(rows: Iterable[Any]) -> dict[int, list[Any]]:
    return {run_id: list(own) for run_id, own in groupby(rows, key=itemgetter(0))}


def _tables(rows: Sequence[Any], started: dict[str, Any]) -> tuple[ClassTable, ...]:
    names, counts = started.get("class_names", ()), started.get("train_counts", ())
    return tuple(
        ClassTable.model_construct(
            epoch=epoch,
            classes=tuple(class_row(row, names, counts) for row in own),
        )
        for epoch, own in groupby(rows, key=lambda row: row.epoch)
    )
