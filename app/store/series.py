"""What runs measured, as rows: epochs, classes, confusions, scalars, checkpoints, events. Reads only."""

from collections.abc import Iterable, Sequence
from operator import itemgetter
from typing import Any

from pydantic_core import from_json
from sqlalchemy import ColumnElement, Select, and_, case, false, func, or_, select
from sqlalchemy.orm import Session

from app.store.dialects import json_list
from app.store.engine import plain_rows
from app.store.figures import EPOCH_COLUMNS
from app.store.tables import Checkpoint, ClassEpoch, Confusion, Epoch, Event, Run, Scalar
from app.store.told import StoredEvent, whole

At = tuple[int, int]
"""A run and one of its epochs."""


def epochs(s: Session, run_id: int) -> list[Epoch]:
    """All finished epochs of the run, in order."""
    return list(s.scalars(select(Epoch).where(Epoch.run_id == run_id).order_by(Epoch.epoch)))


def accuracy_curves(
    s: Session, run_ids: Sequence[int], at_most: int | None = None
) -> dict[int, list[tuple[int, float | None]]]:
    """(epoch, test accuracy) of each run, by epoch, in one query; [] for a run without epochs.

    at_most: thin each run evenly to at most this many points (at least 3), the first and the last kept.
    """
    query = select(Epoch.run_id, Epoch.epoch, Epoch.test_accuracy).where(Epoch.run_id.in_(run_ids))
    if at_most is not None:
        query = query.join(Run, Run.id == Epoch.run_id).where(_kept(at_most))
    found: dict[int, list[tuple[int, float | None]]] = {run_id: [] for run_id in run_ids}
    for run_id, epoch, accuracy in plain_rows(s, query.order_by(Epoch.run_id, Epoch.epoch)):
        found[run_id].append((epoch, accuracy))
    return found


def time_spent(s: Session, run_ids: Sequence[int]) -> dict[int, tuple[float, float, int]]:
    """(seconds, those of training alone, images trained on) of each run over its epochs, in one query.

    Runs without such an epoch are left out.
    """
    training = Epoch.images / func.nullif(Epoch.images_per_second, 0.0)
    sums = func.sum(Epoch.seconds), func.sum(training), func.sum(Epoch.images)
    query = select(Epoch.run_id, *sums).where(Epoch.run_id.in_(run_ids)).group_by(Epoch.run_id)
    rows = plain_rows(s, query)
    return {run_id: (seconds, float(spent or 0.0), images) for run_id, seconds, spent, images in rows}


def figures_at(s: Session, at: Sequence[At], names: Sequence[str]) -> Iterable[Sequence[Any]]:
    """(run_id, epoch, *figures) of these runs after these epochs, in one query, in any order.

    names: metrics of an epoch, or other columns of its table. A metric that a row was stored without is None.
    """
    return _told(s.execute(_named(names).where(_among(Epoch, at))), names)


def figures_of_runs(s: Session, run_ids: Sequence[int], names: Sequence[str]) -> Iterable[Sequence[Any]]:
    """The same of every finished epoch of these runs, by run, then epoch, in one query.

    Thousands of rows: asked of the connection, as the session would go over each once more.
    """
    query = _named(names).where(Epoch.run_id.in_(run_ids)).order_by(Epoch.run_id, Epoch.epoch)
    return _told(s.connection().execute(query), names)


def curves_of_runs(s: Session, run_ids: Sequence[int], names: Sequence[str]) -> Iterable[Sequence[Any]]:
    """The same as tuples without names, in half the time where each has a column."""
    if not EPOCH_COLUMNS.issuperset(names):
        return figures_of_runs(s, run_ids, names)
    return plain_rows(s, _named(names).where(Epoch.run_id.in_(run_ids)).order_by(Epoch.run_id, Epoch.epoch))


def _named(names: Sequence[str]) -> Select[Any]:
    """Run, epoch and the columns of these names; and the JSON of the metrics where one has no column."""
    query = select(
        Epoch.run_id, Epoch.epoch, *(getattr(Epoch, name) for name in names if name in EPOCH_COLUMNS)
    )
    return query if EPOCH_COLUMNS.issuperset(names) else query.add_columns(Epoch.metrics)


def _told(rows: Iterable[Sequence[Any]], names: Sequence[str]) -> Iterable[Sequence[Any]]:
    """Rows of `_named`, each name with its value in the order of the names."""
    if EPOCH_COLUMNS.issuperset(names):
        return rows
    others = [name for name in names if name not in EPOCH_COLUMNS]
    stand = [*(name for name in names if name in EPOCH_COLUMNS), *others]
    in_order = itemgetter(0, 1, *(2 + stand.index(name) for name in names))
    return (in_order((*row[:-1], *map(row[-1].get, others))) for row in rows)


def class_hits(s: Session, at: Sequence[At]) -> Sequence[Any]:
    """(run_id, class_id, support, correct) of every class of these runs after these epochs, in one query."""
    query = select(ClassEpoch.run_id, ClassEpoch.class_id, ClassEpoch.support, ClassEpoch.correct)
    return s.execute(query.where(_among(ClassEpoch, at))).all()


def confusions_at(s: Session, at: Sequence[At]) -> dict[int, list[list[int]]]:
    """By run id, the confusion matrix of these runs after these epochs, in one query."""
    query = select(Confusion.run_id, Confusion.matrix)
    rows = s.execute(query.where(_among(Confusion, at)))
    return {row.run_id: row.matrix for row in rows}


def _among(table: type[Epoch | ClassEpoch | Confusion], at: Sequence[At]) -> ColumnElement[bool]:
    """Rows of these pairs, epoch by epoch: a database would search a list of pairs without its index."""
    by_epoch: dict[int, list[int]] = {}
    for run_id, epoch in at:
        by_epoch.setdefault(epoch, []).append(run_id)
    groups = (and_(table.epoch == epoch, table.run_id.in_(ids)) for epoch, ids in by_epoch.items())
    return or_(false(), *groups)


def _kept(at_most: int) -> ColumnElement[bool]:
    """All epochs of a run that has at most so many, else evenly spread ones with the first and the last."""
    stride = case((Run.epoch <= at_most, 1), else_=(Run.epoch - 1) // max(1, at_most - 2) + 1)
    return or_(Epoch.epoch % stride == 0, Epoch.epoch == 1, Epoch.epoch == Run.epoch)


def class_epochs(s: Session, run_id: int, epoch: int) -> Sequence[Any]:
    """(epoch, class_id, support, correct, predicted) of every class after `epoch`, by class; [] where there
    is no such epoch.
    """
    query = _of_classes("epoch", "class_id", "support", "correct", "predicted")
    chosen = query.where(ClassEpoch.run_id == run_id, ClassEpoch.epoch == epoch)
    return s.connection().execute(chosen.order_by(ClassEpoch.class_id)).all()


def class_rows(s: Session, run_ids: Sequence[int]) -> Sequence[Any]:
    """(run_id, epoch, class_id, support, correct, predicted) of these runs, in this order, in one query."""
    query = _of_classes("run_id", "epoch", "class_id", "support", "correct", "predicted")
    chosen = query.where(ClassEpoch.run_id.in_(run_ids))
    ordered = chosen.order_by(ClassEpoch.run_id, ClassEpoch.epoch, ClassEpoch.class_id)
    return s.connection().execute(ordered).all()


def _of_classes(*names: str) -> Select[Any]:
    return select(*(getattr(ClassEpoch, name) for name in names))


def class_recall(s: Session, run_id: int, after: int = 0) -> dict[int, list[float | None]]:
    """Recall of every class [C] by epoch, of those later than `after`, in order; None for a class without
    test images.

    Tens of thousands of rows: the database puts each epoch's into one, which takes a third of the time.
    """
    by = ClassEpoch.class_id
    both = json_list(ClassEpoch.correct, by), json_list(ClassEpoch.support, by)
    rows = select(ClassEpoch.epoch, *both).where(ClassEpoch.run_id == run_id, ClassEpoch.epoch > after)
    query = rows.group_by(ClassEpoch.epoch).order_by(ClassEpoch.epoch)
    return {
        epoch: [c / n if n else None for c, n in zip(from_json(correct), from_json(support), strict=True)]
        for epoch, correct, support in s.connection().execute(query)
    }


def confusion(s: Session, run_id: int, epoch: int) -> Confusion | None:
    """The confusion matrix after `epoch`."""
    return s.get(Confusion, (run_id, epoch))


def scalars(s: Session, run_id: int, key: str | None = None) -> list[Scalar]:
    """Extra figures of the run (of one key, or all), by key, then epoch."""
    query = select(Scalar).where(Scalar.run_id == run_id)
    if key is not None:
        query = query.where(Scalar.key == key)
    return list(s.scalars(query.order_by(Scalar.key, Scalar.epoch)))


def checkpoints(s: Session, run_id: int) -> list[Checkpoint]:
    """Checkpoint files of the run, by epoch, then name."""
    query = select(Checkpoint).where(Checkpoint.run_id == run_id)
    return list(s.scalars(query.order_by(Checkpoint.epoch, Checkpoint.name)))


def events_after(s: Session, after: int, run_id: int | None = None, limit: int = 500) -> list[StoredEvent]:
    """The next events with an id above `after`, of one run or of all, oldest first."""
    query = select(Event).where(Event.id > after)
    if run_id is not None:
        query = query.where(Event.run_id == run_id)
    return whole(s, s.scalars(query.order_by(Event.id).limit(limit)))


def last_event_id(s: Session) -> int:
    """Id of the newest event of all runs, 0 where there is none."""
    return s.scalar(select(func.max(Event.id))) or 0
