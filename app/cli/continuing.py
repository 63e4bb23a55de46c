"""`betaboard continue`: go on with a completed run, as a new one."""

import click

from app.cli.client_options import client_options, json_option, timeout_option
from app.cli.launch import WAIT
from app.cli.runs import run_argument
from app.cli.terminal import echo, print_json
from app.cli.waiting import wait_for_run
from app.client import Client
from app.urls import run_page


@click.command("continue")
@run_argument
@click.option("--epochs", type=click.IntRange(min=1), required=True, help="So many epochs more.")
@click.option("--wait", is_flag=True, help=WAIT)
@timeout_option
@json_option
@client_options
def go_on(board: Client, run_id: int, epochs: int, wait: bool, timeout: float | None, as_json: bool) -> None:
    """Queue a new run that goes on from the completed RUN; its first epochs are those of RUN."""
    run = board.continue_run(run_id, epochs)
    if not (as_json and wait):
        said = f"Run {run.id} goes on from run {run_id}: {board.url}{run_page(run.id)}"
        print_json(run) if as_json else echo(said)
    if wait:
        wait_for_run(board, run.id, timeout, as_json)
