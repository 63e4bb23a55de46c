"""Waiting for a run or a sweep at a terminal: a progress bar, and the exit code that its end means.

`betaboard watch` follows a run until it ends.
"""

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

import click

from app.cli import desktop
from app.cli.client_options import EXIT_CODES, TIMED_OUT, client_options, json_option, timeout_option
from app.cli.tables import print_table, sweep_table, warning_lines
from app.cli.terminal import echo, print_json
from app.client import Client
from app.client.errors import WaitedTooLongError
from app.formats import percent, significant
from app.lifecycle import State
from app.serving.signals import INTERRUPTED
from app.urls import compare_sweep_page
from app.views.runs.view import RunDetail
from app.views.series.view import EventRow
from app.views.sweeps.view import SweepCounts, SweepDetail

if TYPE_CHECKING:
    from rich.progress import Progress


@click.command()
@click.argument("run_id", metavar="RUN", type=click.IntRange(min=1))
@click.option("--notify", is_flag=True, help="Say so on the desktop when it has ended, or ring the bell.")
@timeout_option
@json_option
@client_options
def watch(board: Client, run_id: int, timeout: float | None, as_json: bool, notify: bool) -> None:
    """Follow RUN until it has ended. Exit code: 0 completed, 1 failed or crashed, 3 canceled, 4 timed out."""
    wait_for_run(board, run_id, timeout, as_json, notify)


def wait_for_run(
    board: Client, run_id: int, timeout: float | None, as_json: bool, notify: bool = False
) -> None:
    """Follow the run to its end and leave with its exit code. Ctrl-C leaves the run as it is.

    notify: say so on the desktop, too, once it has ended.
    """
    advice = f"`betaboard watch {run_id}` follows it, `betaboard cancel {run_id}` stops it."
    with stay_with(f"Run {run_id} goes on. {advice}"):
        if as_json:
            run = board.wait(run_id, timeout)
            print_json(run)
        else:
            with _run_bar(board.run(run_id)) as show:
                run = board.wait(run_id, timeout, show)
            echo(_ending(run))
    if notify:
        desktop.notify(_ending(run))
    sys.exit(EXIT_CODES[State(run.state)])


def wait_for_sweep(board: Client, sweep_id: int, timeout: float | None, as_json: bool) -> None:
    """Follow the sweep to its end and leave with its exit code. Ctrl-C leaves the sweep as it is."""
    with stay_with(f"Sweep {sweep_id} goes on."):
        if as_json:
            sweep = board.wait_sweep(sweep_id, timeout)
            print_json(sweep)
        else:
            with _sweep_bar() as show:
                sweep = board.wait_sweep(sweep_id, timeout, show)
            print_table(sweep_table(sweep))
            for line in warning_lines(sweep.warnings):
                echo(line)
            if sweep.counts.completed and len(sweep.rows) > 1:
                page = board.url + compare_sweep_page(sweep_id)
                echo(f"The verdict: betaboard compare --sweep {sweep_id}, or {page}")
    sys.exit(exit_code(sweep.counts))


@contextmanager
def stay_with(goes_on: str) -> Iterator[None]:
    """Leave with an exit code where the time is up, and at Ctrl-C."""
    try:
        yield
    except WaitedTooLongError as error:
        echo(f"Error: {error.message} {error.hint}", err=True)
        sys.exit(TIMED_OUT)
    except KeyboardInterrupt:
        echo(f"\n{goes_on}", err=True)
        sys.exit(INTERRUPTED)


def exit_code(counts: SweepCounts) -> int:
    """0 where all cells are completed, 1 where one failed or crashed, else 3: canceled, paused or missing."""
    if counts.failed:
        return EXIT_CODES[State.FAILED]
    done = counts.completed == counts.total
    return EXIT_CODES[State.COMPLETED if done else State.CANCELED]


def _progress(with_time: bool) -> "Progress":
    """A bar on stderr that is gone when it ends."""
    from rich.console import Console
    from rich.progress import BarColumn, Progress, TextColumn, TimeRemainingColumn

    columns = (TextColumn("{task.description}", markup=False), BarColumn())
    time = (TimeRemainingColumn(),) if with_time else ()
    return Progress(*columns, *time, console=Console(stderr=True), transient=True)


@contextmanager
def _sweep_bar() -> Iterator[Callable[[SweepDetail], None]]:
    """A bar that follows the finished epochs of all cells."""
    with _progress(with_time=False) as progress:
        bar = progress.add_task("", total=1.0)

        def show(sweep: SweepDetail) -> None:
            counts = sweep.counts
            text = f"{counts.completed}/{counts.total} completed, {counts.running} running"
            progress.update(bar, completed=sweep.fraction, description=text)

        yield show


@contextmanager
def _run_bar(run: RunDetail) -> Iterator[Callable[[EventRow], None]]:
    """A bar that follows batches, and a line on stdout for each epoch."""
    epochs = run.progress.epochs
    with _progress(with_time=True) as progress:
        bar = progress.add_task(run.state, total=epochs)

        def show(event: EventRow) -> None:
            values = event.payload
            if event.kind == "state":
                progress.update(bar, description=str(values["to"]))
                if values["to"] == State.QUEUED and values["reason"]:
                    echo(values["reason"], err=True)
            elif event.kind == "batch":
                done = values["epoch"] - 1 + values["step"] / values["steps"]
                progress.update(bar, completed=done, description=f"epoch {values['epoch']}/{epochs}")
            elif event.kind == "epoch":
                progress.update(bar, completed=values["epoch"])
                progress.console.file.flush()
                echo(_epoch(event, epochs))

        yield show


def _epoch(event: EventRow, epochs: int) -> str:
    values = event.payload
    return (
        f"epoch {values['epoch']}/{epochs}  train loss {significant(values['train_loss'])}  test accuracy "
        f"{percent(values['test_accuracy'])} %  balanced {percent(values['test_balanced_accuracy'])} %"
    )


def _ending(run: RunDetail) -> str:
    text = f"Run {run.id} is {run.state}."
    if run.error is not None:
        text += f" {run.error.message} {run.error.hint}".rstrip()
    if run.last is not None:
        text += f" Test accuracy {percent(run.last.test_accuracy)} % after epoch {run.last.epoch}."
    return text
