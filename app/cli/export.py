"""`betaboard export`: every run, epoch and class as files for another program."""

from collections.abc import Callable, Iterator, Sequence
from itertools import chain
from pathlib import Path
from typing import Any

import click

from app.cli.client_options import client_options
from app.cli.terminal import echo
from app.client import Client
from app.exports.records import Record, as_csv_records, class_records, epoch_records, run_record
from app.views.runs import RunSummary


@click.command()
@click.option("--out", type=click.Path(file_okay=False, path_type=Path), required=True,
              help="Folder for the files; made if it does not exist, files in it are replaced.")  # fmt: skip
@click.option("--format", "form", type=click.Choice(["csv", "parquet"]), default="csv", show_default=True,
              help="parquet needs pyarrow.")  # fmt: skip
@client_options
def export(board: Client, out: Path, form: str) -> None:
    """Write runs, epochs and classes of all runs, archived ones included, to files in --out."""
    write = _parquet_writer() if form == "parquet" else _write_csv
    runs = [*board.runs(sort="id"), *board.runs(sort="id", archived=True)]
    tables: dict[str, list[Record]] = {
        "runs": [run_record(run) for run in runs],
        "epochs": list(chain.from_iterable(epoch_records(run.id, board.epochs(run.id)) for run in runs)),
        "classes": list(_classes(board, runs)),
    }
    out.mkdir(parents=True, exist_ok=True)
    for name, records in tables.items():
        path = out / f"{name}.{form}"
        write(path, records)
        echo(f"{path}: {len(records)} rows")


def _classes(board: Client, runs: Sequence[RunSummary]) -> Iterator[Record]:
    for run in runs:
        for row in board.epochs(run.id):
            yield from class_records(run.id, board.classes(run.id, row.epoch))


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
