"""The trainer as a command: `python -m trainer run config.json --out DIR`. No web, no database.

Exit codes: 0 finished, 1 failed, 2 wrong usage or configuration, 3 stopped (SIGINT or SIGTERM).
"""

import json
import signal
import sys
from collections.abc import Callable
from pathlib import Path
from threading import Event as Flag

import click
from rich.console import Console

from trainer.checkpoint_policy import CheckpointPolicy
from trainer.config import (
    PRESETS,
    RunConfig,
    as_json,
    config_hash,
    merge,
    parse_config,
    preset,
    read_config_file,
)
from trainer.config_fields import from_text
from trainer.continuing import obstacle
from trainer.environment import set_library_defaults
from trainer.errors import ConfigError, FieldProblem, TrainerError
from trainer.executors.base import Resources
from trainer.plugins import ABOUT_OPTION, problems
from trainer.run_dir import RunDir
from trainer.stages import NONE
from trainer.terminal import JsonLines, PeopleScreen, Screen
from trainer.visible import never_fail, visible_lines

USAGE_ERROR = 2
USUAL = CheckpointPolicy()


@click.group(epilog=ABOUT_OPTION)
def main() -> None:
    """Train image classifiers on long-tailed data."""
    never_fail(sys.stdout, sys.stderr)
    for problem in problems():
        click.echo(visible_lines(problem), err=True)


@main.command()
def presets() -> None:
    """Print the presets as complete configurations, JSON by name."""
    click.echo(json.dumps({name: as_json(preset(name)) for name in PRESETS}, indent=2))


@main.command()
@click.argument("config_path", metavar="CONFIG", type=click.Path(path_type=Path))
@click.option(
    "--out", required=True, type=click.Path(path_type=Path), help="Folder of the run; a run in it goes on."
)
@click.option("--datasets", type=click.Path(path_type=Path), default=Path("betaboard-data/datasets"),
              show_default=True, help="Folder of the data sets.")  # fmt: skip
@click.option(
    "--set", "settings", multiple=True, metavar="FIELD=VALUE", help="Override, such as loss.beta=0.9."
)
@click.option("--first-stage", "first", metavar="DIR", type=click.Path(path_type=Path),
              help="Folder of the run that a second stage goes on from.")  # fmt: skip
@click.option("--continue", "origin", metavar="DIR", type=click.Path(path_type=Path),
              help="Folder of a completed run of fewer epochs that this one goes on from.")  # fmt: skip
@click.option("--checkpoint-minutes", "minutes", type=click.FloatRange(min=0), default=USUAL.minutes,
              show_default=True, help="Save within an epoch so often; 0 only at a stop.")  # fmt: skip
@click.option("--keep-every-epochs", "every", type=click.IntRange(min=1),
              help="Keep a checkpoint of every so-manieth epoch.")  # fmt: skip
@click.option("--json", "as_lines", is_flag=True, help="One event a line, as in the journal.")
def run(
    config_path: Path,
    out: Path,
    datasets: Path,
    settings: tuple[str, ...],
    first: Path | None,
    origin: Path | None,
    minutes: float,
    every: int | None,
    as_lines: bool,
) -> None:
    """Train the configuration in CONFIG (JSON or TOML); Ctrl-C stops after the step, and keeps it."""
    try:
        config = _resolve(config_path, settings)
        run_dir = _open_run_dir(out, config)
        _name_first_stage(run_dir, config, first)
        _name_origin(run_dir, config, origin)
    except TrainerError as error:
        _refuse(error)
    set_library_defaults()
    from trainer.runner import next_attempt, run_child  # torch takes seconds: only once the usage is right

    resources = Resources(checkpoints=CheckpointPolicy(minutes, every))
    screen: Screen = JsonLines() if as_lines else PeopleScreen(Console())
    with screen:
        try:
            attempt, stop = next_attempt(run_dir), _stop_on_signals()
            code = run_child(run_dir, datasets, attempt, stop, screen.show, resources)
        except TrainerError as error:
            _refuse(error)
    sys.exit(code)


def _resolve(path: Path, settings: tuple[str, ...]) -> RunConfig:
    """The file's configuration with the --set overrides laid over it. Raises ConfigError."""
    typed: dict[str, str] = {}
    for setting in settings:
        name, equals, value = setting.partition("=")
        if not equals:
            raise ConfigError([FieldProblem(setting, "must be FIELD=VALUE, such as loss.beta=0.9")])
        typed[name.strip()] = value.strip()
    return parse_config(merge(read_config_file(path), from_text(typed)))


def _open_run_dir(path: Path, config: RunConfig) -> RunDir:
    """The run's folder, made where it is not there. Raises ConfigError where it holds another run."""
    run_dir = RunDir(path)
    if run_dir.config.exists() and config_hash(run_dir.read_config()) != config_hash(config):
        raise ConfigError(
            [FieldProblem("--out", f"{path} holds a run of another configuration; name another folder")]
        )
    try:
        run_dir.create(config)
    except OSError as error:
        raise ConfigError([FieldProblem("--out", f"{path} cannot be written: {error.strerror}")]) from error
    return run_dir


def _name_first_stage(run_dir: RunDir, config: RunConfig, folder: Path | None) -> None:
    """Let the run's folder name the first stage. Raises ConfigError where one is wanting, or of no use."""
    named = folder is not None or run_dir.read_first_stage() is not None
    stage = config.second_stage.name
    if folder is not None and stage == NONE:
        problem = FieldProblem("--first-stage", "is of no use: second_stage.name is none")
        raise ConfigError([problem], "Leave it out, or choose a second stage.")
    if stage != NONE and not named:
        problem = FieldProblem("--first-stage", f"is wanting: {stage} goes on from the run of a first stage")
        raise ConfigError([problem], "Train the same with second_stage.name none, and name its folder here.")
    if folder is not None:
        run_dir.write_first_stage(folder)


def _name_origin(run_dir: RunDir, config: RunConfig, folder: Path | None) -> None:
    """Let the run's folder name the run that it goes on from. Raises ConfigError where it cannot."""
    if folder is None:
        return
    if why := obstacle(config):
        raise ConfigError([FieldProblem("--continue", f"is of no use: {why}")])
    run_dir.write_first_stage(folder)


def _stop_on_signals() -> Callable[[], bool]:
    """Let the first SIGINT or SIGTERM ask for a stop; a second one ends the process as usual."""
    asked = Flag()

    def ask(number: int, _frame: object) -> None:
        asked.set()
        signal.signal(number, signal.SIG_DFL)

    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, ask)
    return asked.is_set


def _refuse(error: TrainerError) -> None:
    """Say what is wrong, field by field, and end with the code for wrong usage."""
    click.echo(visible_lines(error.message), err=True)
    for problem in error.fields if isinstance(error, ConfigError) else []:
        click.echo(visible_lines(f"  {problem.path}: {problem.message}"), err=True)
    if error.hint:
        click.echo(visible_lines(error.hint), err=True)
    sys.exit(USAGE_ERROR)
