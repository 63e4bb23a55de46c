"""The command line: `betaboard COMMAND`. Each command is imported when it is called, so that all are quick.

What is refused is said in one sentence, with exit code 2. Other exit codes: 0 done, 1 the run failed or
crashed, 3 canceled, 4 timed out.
"""

import importlib

import click

from app.errors import AppError
from trainer.errors import TrainerError

_COMMANDS = {
    "serve": "app.cli.serve",
    "worker": "app.cli.worker",
}
"""Command -> the module that holds a click command of that name."""


class _LazyGroup(click.Group):
    """Imports a command's module when it is asked for."""

    def list_commands(self, ctx: click.Context) -> list[str]:  # noqa: ARG002
        """All commands, in the order of the table."""
        return list(_COMMANDS)

    def get_command(self, ctx: click.Context, name: str) -> click.Command | None:  # noqa: ARG002
        """The command, imported; None for an unknown name."""
        if name not in _COMMANDS:
            return None
        command = getattr(importlib.import_module(_COMMANDS[name]), name)
        assert isinstance(command, click.Command), f"{name} is a click command"
        return command

    def invoke(self, ctx: click.Context) -> object:
        """Run the command; what the program refuses on purpose is shown without a trace."""
        try:
            return super().invoke(ctx)
        except (AppError, TrainerError) as error:
            raise _RefusedError(f"{error.message} {error.hint}".strip()) from error


class _RefusedError(click.ClickException):
    exit_code = 2


@click.group(cls=_LazyGroup)
@click.version_option(package_name="betaboard", prog_name="betaboard")
def main() -> None:
    """Launch long-tailed image-classification experiments, and compare them class by class."""
