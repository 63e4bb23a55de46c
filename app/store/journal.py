"""The next entries of a run's journal as rows, and what they change on the run's own row.

One call is one part of one transaction; the caller reads the journal and owns the run (app.runs.ingest).
Batch events are progress: only those after the last finished epoch are kept as rows. A start after epoch k
drops every row of later epochs, which an earlier attempt left, so that no figure of it is taken for new, and
the events that told them. What an epoch told stands in the tables of its figures alone (told), and what a
run takes of its machine in the table of that (usage).
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import Table, delete, insert, or_, select
from sqlalchemy.orm import Session

from app.store import usage
from app.store.figures import EPOCH_COLUMNS, epoch_columns, set_best, set_last
from app.store.search_index import store_figures
from app.store.tables import Checkpoint, ClassEpoch, Confusion, Epoch, Event, Job, Piece, Scalar
from app.store.told import CHECKPOINT_SECONDS
from trainer import events
from trainer.checkpoint_policy import LAST, WITHIN
from trainer.events import TERMINAL_KINDS, Entry
from trainer.metrics.table import EPOCH_METRICS

Row = dict[str, Any]

_EPOCH_TOLD = {*EPOCH_METRICS, *(EPOCH_COLUMNS & events.Epoch.model_fields.keys())}
_PER_EPOCH = (Epoch, ClassEpoch, Confusion, Scalar)
_END_BATCHES = TERMINAL_KINDS | {"started", "begun", "epoch", "piece"}


@dataclass
class _Draft:
    """What a list of entries amounts to, before it touches the database."""

    started: Row | None = None
    kept_epochs: int | None = None
    """Rows of later epochs than this are to be dropped first; None for none."""
    epochs: dict[int, Entry] = field(default_factory=dict)
    batch: Row | None = None
    batches_from: int = 0
    """Batch events before this number are outdated."""
    checkpoints: dict[str, Row] = field(default_factory=dict)
    keeping: dict[int, float] = field(default_factory=dict)
    """Seconds that writing checkpoints took, by the epoch that they are of."""
    pieces: list[Row] = field(default_factory=list)
    finished: events.Finished | None = None
    lost_place: bool = False
    """Whether the checkpoint within an epoch that was known is gone."""

    def lose_place(self) -> None:
        """The epoch that it stood in is whole now, or begun anew."""
        self.checkpoints.pop(WITHIN, None)
        self.lost_place = True


def record(s: Session, run: Job, entries: Sequence[Entry], offset: int) -> None:
    """Store `entries`, which follow the run's journal_seq; `offset` is the journal's byte after the last."""
    draft = _drafted(entries)
    _drop_outdated(s, run, draft)
    _insert(s, Event, _event_rows(run.id, entries, draft))
    told = [(entry.time, entry.event.model_dump(include=_EPOCH_TOLD)) for entry in draft.epochs.values()]
    _insert(s, Epoch, [{"run_id": run.id, "time": time, **epoch_columns(figures)} for time, figures in told])
    epochs = [entry.event for entry in draft.epochs.values() if isinstance(entry.event, events.Epoch)]
    _insert(s, ClassEpoch, [row for epoch in epochs for row in _class_rows(run.id, epoch)])
    _insert(s, Confusion, [{"run_id": run.id, "epoch": it.epoch, "matrix": it.confusion} for it in epochs])
    rows = (
        {"run_id": run.id, "epoch": it.epoch, "key": key, "value": value}
        for it in epochs
        for key, value in it.scalars.items()
    )
    _insert(s, Scalar, list(rows))
    if draft.lost_place:
        s.execute(delete(Checkpoint).where(Checkpoint.run_id == run.id, Checkpoint.name == WITHIN))
    for name, row in draft.checkpoints.items():
        s.merge(Checkpoint(run_id=run.id, name=name, **row))
    _add_checkpoint_seconds(s, run.id, draft.keeping)
    usage.store(s, run.id, entries)
    for piece in draft.pieces:
        s.merge(Piece(run_id=run.id, **piece))
        run.epoch = piece["number"]
    run.journal_offset, run.journal_seq = offset, entries[-1].seq
    _update_run(s, run, draft)


def _drafted(entries: Sequence[Entry]) -> _Draft:
    draft = _Draft()
    for entry in entries:
        event = entry.event
        match event:
            case events.Started():
                draft.started = _payload(event)
                kept = event.resumed_after_epoch
                draft.kept_epochs = kept if draft.kept_epochs is None else min(kept, draft.kept_epochs)
                draft.epochs = {epoch: it for epoch, it in draft.epochs.items() if epoch <= kept}
                draft.keeping = {epoch: it for epoch, it in draft.keeping.items() if epoch <= kept}
                if event.resumed_after_steps == 0:
                    draft.lose_place()
            case events.Begun():
                draft.started = _payload(event)
            case events.Piece():
                draft.pieces.append(_payload(event) | {"time": entry.time})
            case events.Epoch():
                draft.epochs.pop(event.epoch, None)
                draft.epochs[event.epoch] = entry
                draft.keeping.pop(event.epoch, None)
            case events.Batch():
                draft.batch = _payload(event)
            case events.Checkpoint():
                told = event.model_dump(include={"epoch", "steps", "bytes"})
                draft.checkpoints[event.name] = told | {"time": entry.time}
                if event.seconds is not None and event.epoch:
                    draft.keeping[event.epoch] = draft.keeping.get(event.epoch, 0.0) + event.seconds
                if event.name == LAST:
                    draft.lose_place()
            case events.Finished():
                draft.finished = event
        if event.kind in _END_BATCHES:
            draft.batch, draft.batches_from = None, entry.seq
    return draft


def _drop_outdated(s: Session, run: Job, draft: _Draft) -> None:
    if draft.batches_from:
        old = (Event.run_id == run.id, Event.kind == "batch", Event.seq < draft.batches_from)
        s.execute(delete(Event).where(*old).execution_options(synchronize_session=False))
    redone = [epoch for epoch in draft.epochs if epoch <= run.epoch]
    kept = run.epoch if draft.kept_epochs is None else draft.kept_epochs
    if kept >= run.epoch and not redone:
        return
    for table in _PER_EPOCH:
        gone = or_(table.epoch > kept, table.epoch.in_(redone))
        s.execute(delete(table).where(table.run_id == run.id, gone))
    told = Event.payload["epoch"].as_integer()
    events_gone = (Event.run_id == run.id, Event.kind == "epoch", or_(told > kept, told.in_(redone)))
    s.execute(delete(Event).where(*events_gone).execution_options(synchronize_session=False))


def _insert(s: Session, table: type[Any], rows: list[Row]) -> None:
    if rows:
        target: Table = table.__table__
        s.execute(insert(target), rows)


def _event_rows(run_id: int, entries: Sequence[Entry], draft: _Draft) -> list[Row]:
    return [
        {"run_id": run_id, "seq": entry.seq, "time": entry.time, "kind": entry.event.kind,
         "payload": _kept(entry.event)}
        for entry in entries
        if _stays(entry, draft)
    ]  # fmt: skip


def _stays(entry: Entry, draft: _Draft) -> bool:
    """Whether it becomes a row of the events."""
    match entry.event:
        case events.Batch():
            return entry.seq > draft.batches_from
        case events.Epoch(epoch=epoch):
            return draft.epochs.get(epoch) is entry
        case events.Usage():
            return False
    return True


def _add_checkpoint_seconds(s: Session, run_id: int, keeping: Mapping[int, float]) -> None:
    """A scalar of these epochs; a checkpoint that was told before may have begun it."""
    if not keeping:
        return
    own = (Scalar.run_id == run_id, Scalar.key == CHECKPOINT_SECONDS, Scalar.epoch.in_(keeping))
    known: dict[int, float | None] = dict(s.execute(select(Scalar.epoch, Scalar.value).where(*own)).all())
    if known:
        s.execute(delete(Scalar).where(*own).execution_options(synchronize_session=False))
    key = {"run_id": run_id, "key": CHECKPOINT_SECONDS}
    sums = {epoch: (known.get(epoch) or 0.0) + seconds for epoch, seconds in keeping.items()}
    _insert(s, Scalar, [{**key, "epoch": epoch, "value": value} for epoch, value in sums.items()])


def _kept(event: events.Event) -> Row:
    """What the events hold of it: of an epoch its number, as `told` has the rest."""
    return {"epoch": event.epoch} if isinstance(event, events.Epoch) else _payload(event)


def _payload(event: events.Event) -> Row:
    """The event without its kind, which has a column."""
    return event.model_dump(mode="json", exclude={"kind"})


def _class_rows(run_id: int, epoch: events.Epoch) -> list[Row]:
    counts = zip(epoch.support, epoch.correct, epoch.predicted, strict=True)
    return [
        {"run_id": run_id, "epoch": epoch.epoch, "class_id": class_id,
         "support": support, "correct": correct, "predicted": predicted}
        for class_id, (support, correct, predicted) in enumerate(counts)
    ]  # fmt: skip


def _update_run(s: Session, run: Job, draft: _Draft) -> None:
    if draft.started is not None:
        run.started = draft.started
        run.source = draft.started.get("source") or run.source
    if draft.batches_from or draft.batch:
        run.batch = draft.batch
    if draft.epochs or draft.kept_epochs is not None:
        set_last(s, run)
        set_best(s, run)
    if draft.finished and draft.finished.best:
        set_best(s, run, draft.finished.best)
    if draft.epochs or draft.kept_epochs is not None or draft.finished:
        store_figures(s, run)
