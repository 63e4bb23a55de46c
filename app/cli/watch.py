"""`betaboard watch`: follow a run until it ends."""

import click

from app.cli.client_options import client_options, json_option, timeout_option
from app.cli.waiting import wait_and_exit
from app.client import Client


@click.command()
@click.argument("run_id", metavar="RUN", type=click.IntRange(min=1))
@timeout_option
@json_option
@client_options
def watch(board: Client, run_id: int, timeout: float | None, as_json: bool) -> None:
    """Follow RUN until it has ended. Exit code: 0 completed, 1 failed or crashed, 3 canceled, 4 timed out."""
    wait_and_exit(board, run_id, timeout, as_json)
