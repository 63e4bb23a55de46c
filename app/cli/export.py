"""`betaboard export`: every run, epoch and class as files for another program."""

import json
import sys
from collections.abc import Callable, Iterable, Iterator, Sequence
from pathlib import Path
from typing import Any

import click

from app.cli.client_options import choice_option, client_options
from app.cli.terminal import echo
from app.client.board import Client
from app.client.calls import PAGE
from app.figures.drawn import Column, Table, Value, as_csv
from app.views.runs.view import RunSummary
from app.views.series.view import RunSeries
from trainer.config_fields import flatten

Record = dict[str, Value]
_OF_RUN = "id name state sweep_id created_at started_at finished_at archived_at config_hash setting_hash"
_OUT = "Folder for the files; made if it does not exist, files in it are replaced."


@click.command()
@click.option("--out", type=click.Path(file_okay=False, path_type=Path), required=True, help=_OUT)
@choice_option("--format", ["csv", "parquet"], "parquet needs pyarrow.", "form")
@client_options
def export(board: Client, out: Path, form: str) -> None:
    """Write runs, epochs and classes of all runs, archived ones included, to files in --out."""
    write = _parquet_writer() if form == "parquet" else _write_csv
    runs = [*board.runs(sort="id"), *board.runs(sort="id", archived=True)]
    tables: dict[str, list[Record]] = {"runs": [run_record(run) for run in runs], "epochs": [], "classes": []}
    for series in _measured(board, [run.id for run in runs]):
        key: Record = {"run_id": series.run_id}
        tables["epochs"] += [key | _plain(row) for row in series.epochs]
        for table in series.classes:
            tables["classes"] += [key | {"epoch": table.epoch} | _plain(row) for row in table.classes]
    out.mkdir(parents=True, exist_ok=True)
    for name, records in tables.items():
        path = out / f"{name}.{form}"
        write(path, records)
        echo(f"{path}: {len(records)} rows")


def _measured(board: Client, run_ids: Sequence[int]) -> Iterator[RunSeries]:
    """Of all these runs, page by page, with a bar that tells how many are read."""
    with click.progressbar(length=len(run_ids), label=f"Reading {len(run_ids)} runs", file=sys.stderr) as bar:
        for first in range(0, len(run_ids), PAGE):
            page = run_ids[first : first + PAGE]
            yield from board.measured(page)
            bar.update(len(page))


def _write_csv(path: Path, records: Sequence[Record]) -> None:
    path.write_bytes(as_csv_records(records).encode())


def _parquet_writer() -> Callable[[Path, Sequence[Record]], None]:
    """Raises ClickException where pyarrow is missing, before anything is fetched."""
    try:
        import pyarrow
        from pyarrow import parquet
    except ImportError as error:
        raise click.ClickException(
            "Parquet needs pyarrow, which is not installed. "
            "Install it with `pip install 'betaboard[parquet]'`, or write --format csv."
        ) from error

    def write(path: Path, records: Sequence[Record]) -> None:
        columns: dict[str, Any] = {name: [record.get(name) for record in records] for name in _names(records)}
        parquet.write_table(pyarrow.table(columns), path)

    return write


def _names(records: Sequence[Record]) -> list[str]:
    return list(dict.fromkeys(name for record in records for name in record))


def run_record(run: RunSummary) -> Record:
    """A run: what it is, "config.*" for each field, "last.*" and "best.*" figures."""
    record: Record = {name: getattr(run, name) for name in (*_OF_RUN.split(), "attempt", "notes")}
    record |= {"tags": " ".join(run.tags), "error": run.error.message if run.error else None}
    record |= _plain(flatten(run.config).items(), "config.")
    for part, figures in (("last", run.last), ("best", run.best)):
        if figures is not None:
            record |= _plain(figures, f"{part}.")
    return record


def as_csv_records(records: Sequence[Record]) -> str:
    """The records as CSV under the names of all of them; "" where a record has no such field."""
    names = list(dict.fromkeys(name for record in records for name in record))
    rows = tuple(tuple(record.get(name) for name in names) for record in records)
    return as_csv(Table("", tuple(Column(name, "text") for name in names), rows))


def _plain(fields: Iterable[tuple[str, Any]], prefix: str = "") -> Record:
    """A list as JSON; all else as it is."""
    return {
        prefix + name: value if value is None or isinstance(value, str | int | float) else json.dumps(value)
        for name, value in fields
    }
