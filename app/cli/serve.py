"""`betaboard serve`: pages, API and a worker, until it is told to end."""

import sys

import click

from app.cli.options import settings_options
from app.cli.terminal import echo
from app.processes import Processes
from app.settings import Settings
from app.signals import stop_on_signals


@click.command()
@settings_options
def serve(settings: Settings) -> None:
    """Serve the pages and carry out runs, until Ctrl-C or SIGTERM; a second one ends at once."""
    processes = Processes(settings, say=lambda text: echo(text, err=True))
    stop = stop_on_signals(at_once=processes.kill, hurries=lambda: processes.imports)
    with processes:
        echo(f"betaboard is at {processes.url} (data in {settings.data_dir}). Ctrl-C ends it.")
        code = processes.run_until(stop)
    sys.exit(code)
