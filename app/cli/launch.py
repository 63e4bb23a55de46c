"""`betaboard launch`: queue a run from a file, a preset and single fields, and wait for it if asked to."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import click

from app.cli.client_options import (
    client_options,
    json_option,
    limit_options,
    priority_option,
    require_option,
    text_option,
    texts_option,
    timeout_option,
)
from app.cli.presets import ABOUT, preset_config
from app.cli.tables import warn
from app.cli.terminal import echo, print_json
from app.cli.waiting import wait_for_run
from app.client import Client
from app.requirements import as_words
from app.urls import run_page
from trainer.config import merge, parse_config, read_config_file
from trainer.config_fields import from_text
from trainer.errors import ConfigError, FieldProblem

WAIT = "Wait for its end; exit code 0 completed, 1 failed or crashed, 3 canceled."


@click.command()
@click.argument("config_path", metavar="[CONFIG]", required=False, type=click.Path(path_type=Path))
@text_option("--preset", "NAME", ABOUT)
@texts_option("--set", "FIELD=VALUE", "Set a field, such as loss.beta=0.9.", "fields")
@click.option("--name", help="Name of the run; by default, what sets it apart.")
@click.option("--tag", "tags", multiple=True, help="Hang a tag on it; may be given again.")
@click.option("--notes", default="", help="Notes about it.")
@priority_option
@require_option
@limit_options
@click.option("--wait", is_flag=True, help=WAIT)
@timeout_option
@json_option
@client_options
def launch(
    board: Client,
    config_path: Path | None,
    preset: str | None,
    fields: tuple[str, ...],
    wait: bool,
    timeout: float | None,
    as_json: bool,
    **labels: Any,
) -> None:
    """Queue a run: the defaults, changed by a preset, by the file CONFIG (JSON or TOML), by --set."""
    config = resolve(config_path, preset_config(board, preset), fields)
    warnings = board.validate(config).warnings
    run = board.launch(config, **labels)
    warn(warnings)
    if not (as_json and wait):
        is_told = run.first_stage_id or as_words(run.requirements.model_dump())
        waits = f" {run.waits_for}" if is_told and run.waits_for else ""
        print_json(run) if as_json else echo(f"Run {run.id} is queued: {board.url}{run_page(run.id)}{waits}")
    if wait:
        wait_for_run(board, run.id, timeout, as_json)


def resolve(path: Path | None, start: Mapping[str, Any], fields: tuple[str, ...]) -> dict[str, Any]:
    """The configuration asked for, checked: the file over the start (a preset), then fields.

    Raises ConfigError naming file and field.
    """
    config = merge(start, read_config_file(path) if path else {})
    if path is not None:
        _check(config, f"{path}: ")
    config = merge(config, from_text(dict(split_field(field, "--set") for field in fields)))
    _check(config, "")
    return config


def _check(config: dict[str, Any], source: str) -> None:
    try:
        parse_config(config)
    except ConfigError as error:
        named = [FieldProblem(f"{source}{field.path}", field.message) for field in error.fields]
        raise ConfigError(named, error.hint) from error


def split_field(field: str, option: str) -> tuple[str, str]:
    """Path and text of "loss.beta=0.9". Raises BadParameter, naming the option, where there is no "="."""
    path, equals, value = field.partition("=")
    if not equals:
        raise click.BadParameter(f"{field!r} is not FIELD=VALUE, such as loss.beta=0.9.", param_hint=option)
    return path.strip(), value
