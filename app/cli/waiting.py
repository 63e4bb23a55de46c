"""Waiting for a run at a terminal: a progress bar, a line an epoch, and the exit code that its end means."""

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from app.cli.client_options import EXIT_CODES, TIMED_OUT
from app.cli.terminal import echo, print_json
from app.client import Client
from app.client.errors import WaitedTooLongError
from app.formats import percent, significant
from app.lifecycle import State
from app.serving.signals import INTERRUPTED
from app.views.runs.view import RunDetail
from app.views.series.view import EventRow

OnEvent = Callable[[EventRow], None]


def wait_and_exit(board: Client, run_id: int, timeout: float | None, as_json: bool) -> None:
    """Follow the run to its end and leave with its exit code. Ctrl-C leaves the run as it is."""
    try:
        if as_json:
            run = board.wait(run_id, timeout)
            print_json(run)
        else:
            with _shown(board.run(run_id)) as show:
                run = board.wait(run_id, timeout, show)
            echo(_ending(run))
    except WaitedTooLongError as error:
        echo(f"Error: {error.message} {error.hint}", err=True)
        sys.exit(TIMED_OUT)
    except KeyboardInterrupt:
        echo(
            f"\nRun {run_id} goes on. `betaboard watch {run_id}` follows it, "
            f"`betaboard cancel {run_id}` stops it.",
            err=True,
        )
        sys.exit(INTERRUPTED)
    sys.exit(EXIT_CODES[State(run.state)])


@contextmanager
def _shown(run: RunDetail) -> Iterator[OnEvent]:
    """A bar on stderr that follows batches, and a line on stdout for each epoch."""
    from rich.console import Console
    from rich.progress import BarColumn, Progress, TextColumn, TimeRemainingColumn

    columns = (TextColumn("{task.description}", markup=False), BarColumn(), TimeRemainingColumn())
    with Progress(*columns, console=Console(stderr=True), transient=True) as progress:
        bar = progress.add_task(run.state, total=run.progress.epochs)

        def show(event: EventRow) -> None:
            said = event.payload
            if event.kind == "state":
                progress.update(bar, description=str(said["to"]))
            elif event.kind == "batch":
                done = said["epoch"] - 1 + said["step"] / said["steps"]
                progress.update(
                    bar, completed=done, description=f"epoch {said['epoch']}/{run.progress.epochs}"
                )
            elif event.kind == "epoch":
                progress.update(bar, completed=said["epoch"])
                progress.console.file.flush()
                echo(_epoch(event, run.progress.epochs))

        yield show


def _epoch(event: EventRow, epochs: int) -> str:
    said = event.payload
    return (
        f"epoch {said['epoch']}/{epochs}  train loss {significant(said['train_loss'])}  test accuracy "
        f"{percent(said['test_accuracy'])} %  balanced {percent(said['test_balanced_accuracy'])} %"
    )


def _ending(run: RunDetail) -> str:
    told = f"Run {run.id} is {run.state}."
    if run.error is not None:
        told += f" {run.error.message} {run.error.hint}".rstrip()
    if run.last is not None:
        told += f" Test accuracy {percent(run.last.test_accuracy)} % after epoch {run.last.epoch}."
    return told
