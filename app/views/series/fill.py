"""Fills the views of what a run measured, from the store and, for the log, from the run's folder."""

from collections.abc import Iterable, Iterator, Sequence
from itertools import groupby
from pathlib import Path
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.errors import NotFoundError
from app.lifecycle import ENDED, State
from app.settings import Settings
from app.store import runs as run_store
from app.store import series as store
from app.store import tables
from app.store.engine import Database
from app.store.tables import Run
from app.store.told import StoredEvent
from app.views.base import same_named
from app.views.runs.confusion import ConfusionCounts
from app.views.series.view import (
    CheckpointList,
    CheckpointRow,
    ClassRow,
    ClassTable,
    ConfusionView,
    EpochLine,
    EpochList,
    EpochRow,
    EventList,
    EventRow,
    LogView,
    RunSeries,
    ScalarList,
    ScalarRow,
)
from trainer.run_dir import RunDir

LOG_BYTES = 256 * 1024
EVENTS_AT_ONCE = 500
EPOCH = tuple(name for name in EpochRow.model_fields if name != "epoch")
"""What is asked of the store for an EpochRow."""


def epochs(session: Session, run_id: int) -> EpochList:
    """Every finished epoch, in order. Raises NotFoundError for an unknown run."""
    run_store.get_run(session, run_id)
    rows = store.figures_of_runs(session, [run_id], EPOCH)
    return EpochList.model_construct(items=tuple(map(epoch_row, rows)))


def epoch_lines(session: Session, run_id: int) -> list[EpochLine]:
    """The same for curves of it; none of an unknown run."""
    rows = store.curves_of_runs(session, [run_id], EpochLine._fields[1:])
    return [EpochLine._make(row[1:]) for row in rows]


def class_table(session: Session, run_id: int, epoch: int | None = None) -> ClassTable:
    """Every class after `epoch` (None: the last one); no classes before the first epoch.

    Raises NotFoundError for an unknown run, and for an epoch that it has not finished.
    """
    run = run_store.get_run(session, run_id)
    rows = store.class_epochs(session, run_id, run.epoch if epoch is None else epoch)
    if epoch is not None and not rows:
        raise _no_epoch(run, epoch)
    names, counts = classes_of(run)
    classes = tuple(class_row(row, names, counts) for row in rows)
    return ClassTable(epoch=rows[0].epoch if rows else None, classes=classes)


def confusion(session: Session, run_id: int, epoch: int | None = None) -> ConfusionView:
    """matrix[true][predicted] after `epoch` (None: the last one). Raises NotFoundError as `class_table`."""
    found = confusion_counts(session, run_id, epoch)
    sums = [sum(row) for row in found.matrix]
    pairs = zip(found.matrix, sums, strict=True)
    normalised = (tuple(ratio(cell, whole) for cell in row) for row, whole in pairs)
    return ConfusionView(**vars(found) | {"normalised": tuple(normalised)})


def confusion_counts(session: Session, run_id: int, epoch: int | None = None) -> ConfusionCounts:
    """The same without shares, for what draws it. Raises NotFoundError as `class_table`."""
    run = run_store.get_run(session, run_id)
    found = store.confusion(session, run_id, run.epoch if epoch is None else epoch)
    if epoch is not None and found is None:
        raise _no_epoch(run, epoch)
    names, counts = classes_of(run)
    return ConfusionCounts(found.epoch if found else None, names, counts, found.matrix if found else ())


def scalars(session: Session, run_id: int, key: str | None = None) -> ScalarList:
    """Extra figures by key and epoch; of one key if given. Raises NotFoundError for an unknown run."""
    run_store.get_run(session, run_id)
    rows = store.scalars(session, run_id, key)
    return ScalarList(items=tuple(ScalarRow(key=row.key, epoch=row.epoch, value=row.value) for row in rows))


def checkpoints(session: Session, run_id: int) -> CheckpointList:
    """Checkpoints that can be downloaded. Raises NotFoundError for an unknown run."""
    run_store.get_run(session, run_id)
    rows = store.checkpoints(session, run_id)
    items = tuple(CheckpointRow(**same_named(CheckpointRow, row)) for row in rows)
    return CheckpointList(items=items, bytes=sum(row.bytes for row in items))


def events(session: Session, after: int, run_id: int | None = None, limit: int = EVENTS_AT_ONCE) -> EventList:
    """Events with an id above `after`, oldest first. Raises NotFoundError for an unknown run."""
    if run_id is not None:
        run_store.get_run(session, run_id)
    rows = store.events_after(session, after, run_id=run_id, limit=limit)
    items = tuple(event_row(row) for row in rows)
    return EventList(items=items, next_after=items[-1].id if items else after)


def event_row(row: StoredEvent) -> EventRow:
    """One event as it is sent."""
    return EventRow(**same_named(EventRow, row))


def log(session: Session, settings: Settings, run_id: int, after: int = 0) -> LogView:
    """At most 256 KB of log.txt from byte `after` on. Raises NotFoundError for an unknown run."""
    run = run_store.get_run(session, run_id)
    chunk = _read(RunDir(settings.run_dir(run_id)).log, after)
    ended = State(run.state) in ENDED and len(chunk) < LOG_BYTES
    whole = chunk if ended else _whole_characters(chunk)
    return LogView(text=whole.decode("utf-8", "replace"), next_after=after + len(whole), ended=ended)


def checkpoint_file(session: Session, settings: Settings, run_id: int, name: str) -> Path:
    """The file of a checkpoint that the store knows by this very name.

    Raises NotFoundError for any other name, and for a file that is gone or, with links resolved, lies
    outside the run's own folder of checkpoints.
    """
    run_store.get_run(session, run_id)
    missing = NotFoundError(f"Run {run_id} has no such checkpoint.", "The names are under /checkpoints.")
    if name not in {row.name for row in store.checkpoints(session, run_id)}:
        raise missing
    folder = RunDir(settings.run_dir(run_id)).checkpoints
    path = (folder / name).resolve()
    if not path.is_relative_to(settings.runs_dir.resolve() / str(run_id) / folder.name) or not path.is_file():
        raise missing
    return path


def classes_of(run: tables.Run) -> tuple[tuple[str, ...], tuple[int, ...]]:
    """Names and training counts, in the data set's own order; empty before the run has started."""
    started: dict[str, Any] = run.started or {}
    return tuple(started.get("class_names", ())), tuple(started.get("train_counts", ()))


def ratio(part: int, whole: int) -> float | None:
    """part / whole; None where there is nothing to divide by."""
    return part / whole if whole else None


def epoch_row(row: Sequence[Any]) -> EpochRow:
    """A stored row of an epoch: its run, its number, and the figures of EPOCH in their order."""
    return EpochRow.model_validate(dict(zip(("epoch", *EPOCH), row[1:], strict=True)))


def class_row(row: Any, names: Sequence[str], counts: Sequence[int]) -> ClassRow:
    """A stored row of a class with what the run's start tells; its columns have their types already."""
    return ClassRow.model_construct(
        class_id=row.class_id,
        name=names[row.class_id],
        train_count=counts[row.class_id],
        support=row.support,
        correct=row.correct,
        predicted=row.predicted,
        recall=ratio(row.correct, row.support),
        precision=ratio(row.correct, row.predicted),
    )


def _no_epoch(run: tables.Run, epoch: int) -> NotFoundError:
    return NotFoundError(
        f"Run {run.id} has not finished epoch {epoch}.", f"It has finished {run.epoch} of {run.epochs}."
    )


def _read(path: Path, after: int) -> bytes:
    if not path.is_file():
        return b""
    with path.open("rb") as file:
        file.seek(after)
        return file.read(LOG_BYTES)


def _whole_characters(chunk: bytes) -> bytes:
    """Without the first bytes of a UTF-8 character whose rest is still to come (at most 3 of its 4)."""
    for back in range(1, min(4, len(chunk) + 1)):
        lead = chunk[-back]
        if lead >= 0xC0:
            length = 2 if lead < 0xE0 else 3 if lead < 0xF0 else 4
            return chunk[:-back] if back < length else chunk
        if lead < 0x80:
            break
    return chunk


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
