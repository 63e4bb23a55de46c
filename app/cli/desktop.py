"""A word on the desktop that something has ended, or the terminal's bell where there is no desktop."""

import subprocess
from shutil import which

import click

from trainer.visible import visible

_SECONDS = 5.0


def notify(text: str) -> None:
    """By notify-send, where it is there and works; never an error."""
    command = which("notify-send")
    if command is None or not _sent([command, "--app-name=betaboard", "--", "betaboard", visible(text)]):
        click.echo("\a", err=True, nl=False)


def _sent(command: list[str]) -> bool:
    try:
        return subprocess.run(command, capture_output=True, timeout=_SECONDS, check=False).returncode == 0
    except (OSError, subprocess.TimeoutExpired):
        return False
