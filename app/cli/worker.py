"""`betaboard worker`: one more worker for an installation, until it is told to end."""

import click

from app.cli.options import settings_options
from app.cli.terminal import echo
from app.logs import log_to_stderr
from app.serving.installation import prepare
from app.serving.signals import stop_on_signals
from app.settings import Settings
from app.worker.supervisor import work


@click.command()
@settings_options
def worker(settings: Settings) -> None:
    """Carry out queued runs of the data folder, until Ctrl-C or SIGTERM; children end with it."""
    if settings.workers == 0:
        raise click.UsageError("A worker needs at least one slot: --workers 1.")
    log_to_stderr()
    stop = stop_on_signals()
    prepare(settings, lambda text: echo(text, err=True))
    echo(f"Working on the queue in {settings.data_dir}. Ctrl-C ends it.")
    work(settings, stop)
