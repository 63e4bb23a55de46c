"""Runs, epochs and classes as flat records, for CSV and Parquet; accuracies are fractions."""

import json
from collections.abc import Iterator, Sequence

from app.figures.drawn import Column, Table, Value, as_csv
from app.views.runs.view import RunSummary
from app.views.series.view import ClassTable, EpochRow
from trainer.config_fields import flatten

Record = dict[str, Value]

_PLAIN = (
    "id",
    "name",
    "state",
    "sweep_id",
    "created_at",
    "started_at",
    "finished_at",
    "archived_at",
    "config_hash",
    "setting_hash",
    "attempt",
    "notes",
)


def run_record(run: RunSummary) -> Record:
    """A run: what it is, "config.*" for each field, "last.*" and "best.*" figures."""
    record: Record = {name: getattr(run, name) for name in _PLAIN}
    record |= {"tags": " ".join(run.tags), "error": run.error.message if run.error else None}
    record |= {f"config.{path}": _plain(value) for path, value in flatten(run.config).items()}
    for part, figures in (("last", run.last), ("best", run.best)):
        if figures is not None:
            record |= {f"{part}.{name}": _plain(value) for name, value in figures}
    return record


def epoch_records(run_id: int, rows: Sequence[EpochRow]) -> Iterator[Record]:
    """A record for each finished epoch of the run."""
    for row in rows:
        yield {"run_id": run_id, **{name: _plain(value) for name, value in row}}


def class_records(run_id: int, table: ClassTable) -> Iterator[Record]:
    """A record for each class of the run after one epoch."""
    for row in table.classes:
        yield {"run_id": run_id, "epoch": table.epoch, **{name: _plain(value) for name, value in row}}


def as_csv_records(records: Sequence[Record]) -> str:
    """The records as CSV under the names of all of them; "" where a record has no such field."""
    names = list(dict.fromkeys(name for record in records for name in record))
    rows = tuple(tuple(record.get(name) for name in names) for record in records)
    return as_csv(Table("", tuple(Column(name, "text") for name in names), rows))


def _plain(value: object) -> Value:
    """A list as JSON; all else as it is."""
    if value is None or isinstance(value, str | int | float):
        return value
    return json.dumps(value)
