"""`betaboard demo`: an installation that starts, trains eight small networks, and shows what came out."""

import signal
import sys
import webbrowser
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from threading import Event, Thread

import click
from click.core import ParameterSource
from rich.console import Console
from rich.progress import BarColumn, Progress, TaskProgressColumn, TextColumn, TimeElapsedColumn

from app import demo as runs
from app.cli.client_options import INTERRUPTED
from app.cli.options import settings_options
from app.cli.tables import comparison_table, print_table
from app.client import Client
from app.errors import SetupError
from app.lifecycle import ENDED, State
from app.processes import Processes
from app.settings import Settings
from app.urls import compare_page
from app.views.runs import RunSummary
from app.worker.machine import cores

LOOK_SECONDS = 0.5
MOST_SLOTS = 4


@click.command()
@click.option("--exit", "then_exit", is_flag=True, help="End after the table instead of serving on.")
@click.option("--open", "open_browser", is_flag=True, help="Open the pages in a browser.")
@settings_options
def demo(settings: Settings, then_exit: bool, open_browser: bool) -> None:
    """Train eight small networks on an embedded long-tailed data set, compare them, and keep serving."""
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    code = INTERRUPTED
    with Processes(_with_slots(settings), say=_say) as processes, _tended(processes) as ended:
        try:
            with Client(processes.url, settings.token) as board:
                code = _train_and_tell(board, ended, open_browser)
            if not then_exit:
                click.echo("Ctrl-C ends it; `betaboard serve` starts it again.")
                ended.wait()
                code = 2
        except KeyboardInterrupt:
            _say("\nEnding. What is trained is kept; `betaboard demo` goes on from there.")
    sys.exit(code)


def _with_slots(settings: Settings) -> Settings:
    """A slot a core, up to MOST_SLOTS, where the number was not asked for: faster than a run at a time."""
    if settings.workers == 0:
        raise SetupError("The demo needs a slot to train in.", "Leave out --workers, or give 1 or more.")
    if click.get_current_context().get_parameter_source("workers") is not ParameterSource.DEFAULT:
        return settings
    return settings.model_copy(update={"workers": min(MOST_SLOTS, cores())})


@contextmanager
def _tended(processes: Processes) -> Iterator[Event]:
    """Keeps web process and worker alive meanwhile; the event is set when they ended for good."""
    stop = Event()

    def tend() -> None:
        processes.run_until(stop)
        stop.set()

    thread = Thread(target=tend)
    thread.start()
    try:
        yield stop
    finally:
        stop.set()
        thread.join()


def _train_and_tell(board: Client, ended: Event, open_browser: bool) -> int:
    """Queue, follow, print; returns the exit code."""
    run_ids = runs.queue_runs(board, runs.RUNS)
    click.echo(f"{len(run_ids)} runs on shapes10. Watch them learn at {board.url}/runs")
    if open_browser:
        webbrowser.open(f"{board.url}/runs")
    done = _followed(board, run_ids, ended)
    failed = [run for run in done if run.state != State.COMPLETED]
    for run in failed:
        _say(f"Run {run.id}, {run.name}, is {run.state}: {run.error.message if run.error else ''}")
    click.echo("Recall on test after the last epoch, in percent (classes by training images):\n")
    print_table(comparison_table(board.comparison(run_ids)))
    click.echo(f"\nCompare them at {board.url}{compare_page(run_ids)}")
    return 1 if failed else 0


def _followed(board: Client, run_ids: Sequence[int], ended: Event) -> list[RunSummary]:
    """One bar over the epochs of all runs, until each run has ended."""
    columns = (BarColumn(), TaskProgressColumn(), TimeElapsedColumn(), TextColumn("{task.description}"))
    with Progress(*columns, console=Console(stderr=True)) as bar:
        task = bar.add_task("starting", total=1.0)
        while not ended.wait(LOOK_SECONDS):
            found = runs.progress(board, run_ids)
            share = sum(run.progress.fraction for run in found) / len(found)
            bar.update(task, completed=share, description=_states(found))
            if all(run.state in ENDED for run in found):
                return found
    raise SetupError("The server ended before the runs did.", "Its messages are above.")


def _states(found: Sequence[RunSummary]) -> str:
    counted = {state: sum(run.state == state for run in found) for state in State}
    return ", ".join(f"{number} {state}" for state, number in counted.items() if number)


def _say(text: str) -> None:
    click.echo(text, err=True)
