"""The command line: `betaboard COMMAND`. Each command is imported when it is called, so that all are quick.

What is refused is said in a sentence, with a line for each field, and exit code 2. Other exit codes: 0 done,
1 the run failed or crashed, 3 canceled, 4 timed out.
"""

import importlib
import sys
from collections.abc import Iterator, Sequence
from typing import Any

import click

from app.client.errors import ClientError, SearchRefusedError
from app.errors import AppError, SearchError
from app.serving.signals import raise_on_interrupt
from trainer.errors import ConfigError, TrainerError
from trainer.plugins import ABOUT_OPTION, problems, take_options
from trainer.visible import never_fail, visible_lines

_COMMANDS = {
    "demo": "app.cli.demo:demo",
    "serve": "app.cli.serve:serve",
    "worker": "app.cli.worker:worker",
    "launch": "app.cli.launch:launch",
    "sweep": "app.cli.sweep:sweep",
    "list": "app.cli.runs:list_runs",
    "groups": "app.cli.groups:groups",
    "show": "app.cli.runs:show",
    "watch": "app.cli.waiting:watch",
    "cancel": "app.cli.runs:cancel",
    "pause": "app.cli.runs:pause",
    "resume": "app.cli.runs:resume",
    "retry": "app.cli.runs:retry",
    "continue": "app.cli.continuing:go_on",
    "queue": "app.cli.queue:queue",
    "compare": "app.cli.compare:compare",
    "adjust": "app.cli.adjust:adjust",
    "effects": "app.cli.effects:effects",
    "predict": "app.cli.predict:predict",
    "transfer": "app.cli.transfer:transfer",
    "task-transfer": "app.cli.task_transfer:task_transfer",
    "reproduce": "app.cli.reproduce:reproduce_command",
    "export": "app.cli.export:export",
    "data": "app.cli.data:data",
    "import": "app.cli.imports:import_",
    "token": "app.cli.token:token",
    "backup": "app.cli.backup:backup",
    "restore": "app.cli.backup:restore",
    "prune": "app.cli.prune:prune",
    "migrate": "app.cli.backup:migrate",
    "migrate-database": "app.cli.migrate_database:migrate_database",
    "theory": "app.cli.theory:theory",
}
"""Command -> module and name of its click command."""
_NO_WINDOWS = (
    "betaboard runs on Linux and macOS: it locks files in a way that Windows lacks. "
    "On Windows, install and run it in the Windows Subsystem for Linux."
)

_HEEDS_SIGNALS = frozenset({"demo", "serve", "worker"})
"""They say what Ctrl-C does as the first thing; in all others it is a KeyboardInterrupt."""


class _LazyGroup(click.Group):
    """Imports a command's module when it is asked for."""

    def main(self, args: Sequence[str] | None = None, *others: Any, **extra: Any) -> Any:
        """As click's, without `--plugin`; whatever the encoding of the terminal, printing never fails."""
        never_fail(sys.stdout, sys.stderr)
        if sys.platform == "win32":
            sys.exit(_NO_WINDOWS)
        return super().main(take_options(sys.argv[1:] if args is None else args), *others, **extra)

    def list_commands(self, ctx: click.Context) -> list[str]:  # noqa: ARG002 (click's signature)
        """All commands, in the order of the table."""
        return list(_COMMANDS)

    def get_command(self, ctx: click.Context, name: str) -> click.Command | None:  # noqa: ARG002
        """The command, imported; None for an unknown name."""
        if name not in _COMMANDS:
            return None
        module, _, attribute = _COMMANDS[name].partition(":")
        command = getattr(importlib.import_module(module), attribute)
        assert isinstance(command, click.Command), f"{name} is a click command"
        if name not in _HEEDS_SIGNALS:
            raise_on_interrupt()
        return command

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        """As click's; says which plugins were left out, once the command has loaded them."""
        found = super().resolve_command(ctx, args)
        for problem in problems():
            click.echo(visible_lines(problem), err=True)
        return found

    def invoke(self, ctx: click.Context) -> object:
        """Run the command; what the program refuses on purpose is shown without a trace."""
        try:
            return super().invoke(ctx)
        except (AppError, TrainerError, ClientError) as error:
            raise _RefusedError(_message(error)) from error
        except (click.ClickException, click.Abort, click.exceptions.Exit):
            raise
        except Exception as error:
            from app.store.trouble import trouble_of  # SQLAlchemy's errors, which most commands never meet

            if (found := trouble_of(error)) is None:
                raise
            raise _RefusedError(_message(found)) from error


_BEFORE, _SHOWN = 50, 76
"""Characters of a search that are shown: before its wrong place, and in all."""


class _RefusedError(click.ClickException):
    exit_code = 2


def _message(error: AppError | TrainerError | ClientError) -> str:
    if isinstance(error, SearchError | SearchRefusedError):
        return visible_lines("\n".join(_pointed(error)))
    fields = () if isinstance(error, TrainerError) and not isinstance(error, ConfigError) else error.fields
    lines = [f"{error.message} {error.hint}".strip(), *(f"  {it.path}: {it.message}" for it in fields)]
    return visible_lines("\n".join(lines))


def _pointed(error: SearchError | SearchRefusedError) -> Iterator[str]:
    """The search with a mark below the place that is wrong, and what could have been meant."""
    begins = max(0, error.position - _BEFORE)
    part = "".join(one if one.isprintable() else " " for one in error.query)[begins : begins + _SHOWN]
    yield f"{error.message} {error.hint}".strip()
    yield f"  {part}"
    yield f"  {' ' * (error.position - begins)}{'^' * max(1, min(error.length, _SHOWN - _BEFORE))}"
    yield from (f"  perhaps: {reading}" for reading in error.readings)


@click.group(cls=_LazyGroup, epilog=ABOUT_OPTION)
@click.version_option(package_name="betaboard", prog_name="betaboard")
def main() -> None:
    """Launch long-tailed image-classification experiments, and compare them class by class."""
