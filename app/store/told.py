"""Events as they were told: an epoch's figures stand in tables of their own, and are put into it again."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, and_, or_, select
from sqlalchemy.orm import Session

from app.store.base import Json
from app.store.engine import plain_rows
from app.store.figures import EPOCH_COLUMNS, NOT_TOLD
from app.store.tables import ClassEpoch, Confusion, Epoch, Event, Scalar
from trainer import events

CHECKPOINT_SECONDS = "seconds/checkpoint"
"""Scalar that no epoch tells: what was written after it took so long."""
_COUNTS = ("support", "correct", "predicted")
_At = tuple[int, int]


@dataclass(frozen=True)
class StoredEvent:
    """A row of `events` with its whole payload."""

    id: int
    run_id: int
    seq: int | None
    time: str
    kind: str
    payload: Json


def whole(s: Session, rows: Iterable[Event]) -> list[StoredEvent]:
    """These rows with what was told, in three queries more where there are epochs among them."""
    found = [StoredEvent(row.id, row.run_id, row.seq, row.time, row.kind, row.payload) for row in rows]
    at = [(one.run_id, one.payload["epoch"]) for one in found if _is_brief(one)]
    told = _figures(s, at) if at else {}
    return [
        StoredEvent(**vars(one) | {"payload": told.get((one.run_id, one.payload["epoch"]), one.payload)})
        if _is_brief(one)
        else one
        for one in found
    ]


def epoch_entries(s: Session, run_id: int) -> list[events.Entry]:
    """The stored epochs of a run as entries of its journal, the first one first."""
    query = select(Event).where(Event.run_id == run_id, Event.kind == "epoch").order_by(Event.id)
    told = select(Confusion.epoch, Confusion.matrix).where(Confusion.run_id == run_id)
    matrices: dict[int, list[Any]] = dict(s.execute(told).all())
    return [
        events.Entry(
            seq=number,
            time=row.time,
            event=events.Epoch.model_validate(
                row.payload | {"confusion": matrices.get(row.payload["epoch"], [])}
            ),
        )
        for number, row in enumerate(whole(s, s.scalars(query)), start=1)
    ]


def _is_brief(event: StoredEvent) -> bool:
    """Earlier versions stored the figures of an epoch with its event."""
    return event.kind == "epoch" and event.payload.keys() == {"epoch"}


def _figures(s: Session, at: Sequence[_At]) -> Mapping[_At, Json]:
    found: dict[_At, Json] = {}
    names = sorted(EPOCH_COLUMNS - NOT_TOLD)
    query = select(Epoch.run_id, Epoch.metrics, *(getattr(Epoch, name) for name in names))
    for run_id, metrics, *values in s.execute(query.where(_among(Epoch, at))):
        figures = dict(zip(names, values, strict=True)) | metrics
        found[run_id, figures["epoch"]] = figures | {name: [] for name in _COUNTS} | {"scalars": {}}
    counts = select(ClassEpoch.run_id, ClassEpoch.epoch, *(getattr(ClassEpoch, name) for name in _COUNTS))
    keys = ClassEpoch.run_id, ClassEpoch.epoch, ClassEpoch.class_id
    for run_id, epoch, *values in plain_rows(s, counts.where(_among(ClassEpoch, at)).order_by(*keys)):
        figures = found[run_id, epoch]
        for name, value in zip(_COUNTS, values, strict=True):
            figures[name].append(value)
    scalars = select(Scalar.run_id, Scalar.epoch, Scalar.key, Scalar.value).where(_among(Scalar, at))
    for run_id, epoch, key, value in plain_rows(s, scalars.order_by(Scalar.key)):
        if key != CHECKPOINT_SECONDS:
            found[run_id, epoch]["scalars"][key] = value
    return found


def _among(table: type[Epoch | ClassEpoch | Scalar], at: Sequence[_At]) -> ColumnElement[bool]:
    """Rows of these pairs, run by run, as their keys begin with the run."""
    by_run: dict[int, list[int]] = {}
    for run_id, epoch in at:
        by_run.setdefault(run_id, []).append(epoch)
    return or_(*(and_(table.run_id == run_id, table.epoch.in_(own)) for run_id, own in by_run.items()))
