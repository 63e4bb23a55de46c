"""`betaboard queue`: what waits, in its order; `queue move` and `queue set` change that."""

from typing import Any, get_args

import click

from app.cli.client_options import client_options, json_option, require_option
from app.cli.tables import print_table, queue_table
from app.cli.terminal import echo, print_json
from app.cli.verbs import WithVerbs
from app.client import Client
from app.formats import counted
from app.schema_types import QueueMove
from app.views.queue.view import QueuedJob

_MOVES = get_args(QueueMove)
_EPILOG = "To change it: `betaboard queue move ID up|down|top`, `betaboard queue set ID --priority 5`."
_job = click.argument("job_id", metavar="ID", type=click.IntRange(min=1))


@click.command("move")
@_job
@click.argument("to", metavar="up|down|top", type=click.Choice(_MOVES))
@json_option
@client_options
def move_command(board: Client, job_id: int, to: QueueMove, as_json: bool) -> None:
    """Put ID, a run or another job that waits, up or down by one, or to the top."""
    _say(board.move(job_id, to), as_json)


@click.command("set")
@_job
@click.option("--priority", type=int, help="Higher runs first.")
@require_option
@click.option("--require-nothing", is_flag=True, help="Let any worker carry it out.")
@json_option
@client_options
def set_command(board: Client, job_id: int, as_json: bool, require_nothing: bool, **given: Any) -> None:
    """Give ID, a run or another job that waits, another priority or other requirements."""
    fields = {name: value for name, value in given.items() if value is not None}
    fields |= {"requirements": {}} if require_nothing else {}
    if not fields:
        raise click.UsageError("Give --priority, --require or --require-nothing.")
    _say(board.change_queued(job_id, **fields), as_json)


def _say(job: QueuedJob, as_json: bool) -> None:
    told = f" is number {job.place} in the queue." if job.place else f": {job.waits_for}"
    print_json(job) if as_json else echo(f"Job {job.id}{told}")


@click.command(cls=WithVerbs, verbs={"move": move_command, "set": set_command}, epilog=_EPILOG)
@click.option("--limit", type=click.IntRange(1, 500), default=50, show_default=True, help="At most so many.")
@json_option
@client_options
def queue(board: Client, limit: int, as_json: bool) -> None:
    """List what waits, in the order in which it will run, with why each waits."""
    order = board.queue(limit)
    if as_json:
        print_json(order)
        return
    echo(f"{counted(len(order.running), 'job')} running, {order.total} waiting.")
    if order.items:
        print_table(queue_table(order))
    if len(order.items) < order.total:
        echo(f"{len(order.items)} of {order.total} shown; --limit shows more.")
