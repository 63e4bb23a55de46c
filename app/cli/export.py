"""`betaboard export`: every run, epoch and class as files for another program."""

import sys
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

import click

from app.cli.client_options import client_options
from app.cli.records import Record, as_csv_records, class_records, epoch_records, run_record
from app.cli.terminal import echo
from app.client.board import PAGE, Client
from app.views.series.view import RunSeries


@click.command()
@click.option(
    "--out",
    type=click.Path(file_okay=False, path_type=Path),
    required=True,
    help="Folder for the files; made if it does not exist, files in it are replaced.",
)
@click.option(
    "--format",
    "form",
    type=click.Choice(["csv", "parquet"]),
    default="csv",
    show_default=True,
    help="parquet needs pyarrow.",
)
@client_options
def export(board: Client, out: Path, form: str) -> None:
    """Write runs, epochs and classes of all runs, archived ones included, to files in --out."""
    write = _parquet_writer() if form == "parquet" else _write_csv
    runs = [*board.runs(sort="id"), *board.runs(sort="id", archived=True)]
    tables: dict[str, list[Record]] = {"runs": [run_record(run) for run in runs], "epochs": [], "classes": []}
    for series in _measured(board, [run.id for run in runs]):
        tables["epochs"] += epoch_records(series.run_id, series.epochs)
        for table in series.classes:
            tables["classes"] += class_records(series.run_id, table)
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
