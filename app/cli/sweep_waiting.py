"""Waiting for a sweep at a terminal: a bar, a table at the end, and the exit code that its end means."""

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from app.cli.client_options import EXIT_CODES, TIMED_OUT
from app.cli.sweep_tables import sweep_table, warning_lines
from app.cli.tables import print_table
from app.cli.terminal import echo, print_json
from app.client import Client
from app.client_errors import WaitedTooLongError
from app.lifecycle import State
from app.signals import INTERRUPTED
from app.views.sweeps import SweepCounts, SweepDetail

OnLook = Callable[[SweepDetail], None]


def wait_and_exit(board: Client, sweep_id: int, timeout: float | None, as_json: bool) -> None:
    """Follow the sweep to its end and leave with its exit code. Ctrl-C leaves the sweep as it is."""
    try:
        if as_json:
            sweep = board.wait_sweep(sweep_id, timeout)
            print_json(sweep)
        else:
            with _shown() as show:
                sweep = board.wait_sweep(sweep_id, timeout, show)
            print_table(sweep_table(sweep))
            for line in warning_lines(sweep.warnings):
                echo(line)
    except WaitedTooLongError as error:
        echo(f"Error: {error.message} {error.hint}", err=True)
        sys.exit(TIMED_OUT)
    except KeyboardInterrupt:
        echo(f"\nSweep {sweep_id} goes on.", err=True)
        sys.exit(INTERRUPTED)
    sys.exit(exit_code(sweep.counts))


def exit_code(counts: SweepCounts) -> int:
    """0 where all cells are completed, 1 where one failed or crashed, else 3: canceled, paused or missing."""
    if counts.failed:
        return EXIT_CODES[State.FAILED]
    done = counts.completed == counts.total
    return EXIT_CODES[State.COMPLETED if done else State.CANCELED]


@contextmanager
def _shown() -> Iterator[OnLook]:
    """A bar on stderr that follows the finished epochs of all cells."""
    from rich.console import Console
    from rich.progress import BarColumn, Progress, TextColumn

    columns = (TextColumn("{task.description}", markup=False), BarColumn())
    with Progress(*columns, console=Console(stderr=True), transient=True) as progress:
        bar = progress.add_task("", total=1.0)

        def show(sweep: SweepDetail) -> None:
            counts = sweep.counts
            told = f"{counts.completed}/{counts.total} completed, {counts.running} running"
            progress.update(bar, completed=sweep.fraction, description=told)

        yield show
