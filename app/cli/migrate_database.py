"""`betaboard migrate-database`: a board's rows from one database into another."""

import json
from pathlib import Path

import click
from sqlalchemy import make_url
from sqlalchemy.exc import ArgumentError

from app.cli.client_options import json_option
from app.cli.terminal import echo
from app.runs.queue import LEASE_SECONDS
from app.settings import file_url
from app.store.moving import move_board


@click.command()
@click.argument("source", metavar="FROM")
@click.argument("target", metavar="TO")
@json_option
def migrate_database(source: str, target: str, as_json: bool) -> None:
    """Copy a board's database FROM into the empty database TO, and compare both.

    Each is an address, such as postgresql+psycopg://user@host/name, or the path of a file. Stop the board
    first. FROM stays as it is; the data folder serves both.
    """
    begin, end = _address(source, "FROM"), _address(target, "TO")
    if begin == end:
        raise click.UsageError("FROM and TO are the same database.")
    moved = move_board(begin, end, LEASE_SECONDS)
    if as_json:
        echo(json.dumps({"rows": dict(moved)}, indent=2))
        return
    for name, rows in moved.items():
        echo(f"{name}: {rows:,}")
    echo(f"{sum(moved.values()):,} rows are there, each as it was.")
    shown = make_url(end).render_as_string()
    echo(f"Serve it, on the same data folder: betaboard serve --database-url {shown}")


def _address(told: str, what: str) -> str:
    if "://" not in told:
        return file_url(Path(told))
    try:
        return make_url(told).render_as_string(hide_password=False)
    except (ArgumentError, ValueError) as error:
        raise click.UsageError(f"{what} is no address of a database: {error}") from error
