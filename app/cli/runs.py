"""`betaboard list`, `show`, `cancel`, `pause`, `resume`, `retry`: look at runs and move them."""

from collections.abc import Callable
from typing import Any

import click

from app.cli.client_options import client_options, json_option
from app.cli.tables import class_table, facts, print_table, run_table
from app.cli.terminal import echo, print_json
from app.client import Client
from app.lifecycle import State
from app.views.runs.view import RunDetail

_STATES = click.Choice([state.value for state in State], case_sensitive=False)
run_argument = click.argument("run_id", metavar="RUN", type=click.IntRange(min=1))


@click.command("list")
@click.argument("query", nargs=-1)
@click.option("--q", default="", help="A search, too, in one word for the shell.")
@click.option("--state", multiple=True, type=_STATES, help="Any of these states.")
@click.option("--tag", multiple=True, help="All of these tags.")
@click.option("--sort", default="-id", show_default=True, help="Sort key; - in front for descending.")
@click.option("--archived", is_flag=True, help="Archived runs instead.")
@click.option("--limit", type=click.IntRange(min=1), default=20, show_default=True, help="At most so many.")
@json_option
@client_options
def list_runs(board: Client, as_json: bool, query: tuple[str, ...], **asked: Any) -> None:
    """List runs that QUERY finds, newest first; without it, all.

    Such as: betaboard list 'loss = focal and beta >= 0.99 and accuracy > 60'. The quotes keep < and > from
    the shell.
    """
    asked["q"] = " ".join(filter(None, (*query, asked["q"])))
    runs = board.run_list(**asked)
    if as_json:
        print_json(runs)
    elif runs.items:
        print_table(run_table(runs.items))
        if len(runs.items) < runs.total:
            echo(f"{len(runs.items)} of {runs.total} runs; --limit {runs.total} shows all.")
    elif any(asked[name] for name in ("q", "state", "tag", "archived")):
        echo("No run is like that.")
    else:
        echo("No runs. Launch one: betaboard launch --preset smoke")


@click.command()
@run_argument
@json_option
@client_options
def show(board: Client, run_id: int, as_json: bool) -> None:
    """Show RUN: state, figures, and recall of each class."""
    run = board.run(run_id)
    if as_json:
        print_json(run)
        return
    echo(facts(run))
    classes = board.classes(run_id)
    if classes.classes:
        print_table(class_table(classes))


def _for_each(move: Callable[[Client, int], RunDetail], about: str) -> click.Command:
    """A command that moves each RUN, and says what it is then."""

    @click.argument("run_ids", metavar="RUN...", nargs=-1, required=True, type=click.IntRange(min=1))
    @json_option
    @client_options
    def command(board: Client, run_ids: tuple[int, ...], as_json: bool) -> None:
        for run_id in run_ids:
            run = move(board, run_id)
            told = "is stopping" if run.stop_requested else f"is {run.state}"
            print_json(run) if as_json else echo(f"Run {run.id} {told}.")

    return click.command(help=about)(command)


cancel = _for_each(
    Client.cancel, "Cancel each RUN: at once in the queue, after the step under way in training."
)
pause = _for_each(Client.pause, "Pause each RUN that trains, after the step under way: no step is lost.")
resume = _for_each(Client.resume, "Queue each paused RUN again, to go on with the step that comes next.")
retry = _for_each(
    Client.retry, "Queue each failed, crashed or canceled RUN again, to go on after its last checkpoint."
)
