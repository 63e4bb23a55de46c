"""`betaboard serve`: pages, API and a worker, until it is told to end."""

import signal
import sys
from threading import Event

import click

from app.cli.options import settings_options
from app.processes import Processes
from app.settings import Settings


@click.command()
@settings_options
def serve(settings: Settings) -> None:
    """Serve the pages and carry out runs, until Ctrl-C or SIGTERM."""
    stop = Event()
    with Processes(settings, say=lambda text: click.echo(text, err=True)) as processes:
        _end_on_signals(stop, processes)
        click.echo(f"betaboard is at {processes.url} (data in {settings.data_dir}). Ctrl-C ends it.")
        code = processes.run_until(stop)
    sys.exit(code)


def _end_on_signals(stop: Event, processes: Processes) -> None:
    """The first SIGTERM or SIGINT ends in good order, a second one at once."""

    def heed(*_: object) -> None:
        if stop.is_set():
            processes.kill()
        stop.set()

    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, heed)
