"""`betaboard sweep`: queue a sweep from a file, axes and baselines, look at it first, or wait for its end.

`betaboard sweep extend` and `rename`, about a sweep that exists, are sweep_grow's; a file of such a name is
given as ./extend.
"""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import click

from app.cli.client_options import (
    client_options,
    json_option,
    limit_options,
    require_option,
    text_option,
    texts_option,
    timeout_option,
)
from app.cli.launch import split_field
from app.cli.presets import ABOUT, preset_config
from app.cli.sweep_file import read_sweep_file, typed_axes, typed_baseline, typed_method
from app.cli.sweep_grow import extend, rename
from app.cli.tables import preview_text, warn
from app.cli.terminal import echo, print_json
from app.cli.verbs import WithVerbs
from app.cli.waiting import wait_for_sweep
from app.client import Client
from app.formats import counted
from app.urls import sweep_page
from trainer.config import merge
from trainer.config_fields import from_text
from trainer.sweep import SWEEP_PRESETS

_PRESET = f"{ABOUT} Of a whole sweep: {', '.join(SWEEP_PRESETS)}."
_AXIS = "Vary a field, such as loss.beta=0.9,0.99,N=1000 or seed=0..4."
_BASELINE = "A setting that rides along, once a seed, such as loss.name=cross_entropy,loss.weighting=none."
_METHOD = "Put a method beside others, such as ldam_drw, or class_balanced_ce:loss.beta=0.9,0.99."
_REUSE = "Use equal runs again (the default), or train them anew."
_TWO_LOOKS = "Plan to look after N1 and after N2 seeds, with alpha 0.01 and 0.04."
_TUNE = "An axis whose value each method chooses on validation; baselines follow it, too."
_WAIT = "Wait for its end; exit code 0 all completed, 1 any failed, 3 any canceled."
_EPILOG = "About a sweep that exists: `betaboard sweep extend ID`, `betaboard sweep rename ID NAME`."


def _looks(_context: click.Context, _option: click.Parameter, text: str | None) -> dict[str, Any] | None:
    """ "5,10" as the seeds of two looks."""
    if text is None:
        return None
    parts = [part.strip() for part in text.split(",")]
    if len(parts) != 2 or not all(part.isascii() and part.isdigit() for part in parts):
        raise click.BadParameter(f"{text!r} is not two numbers of seeds, such as 5,10.")
    return {"seeds": [int(part) for part in parts]}


@click.command(cls=WithVerbs, verbs={"extend": extend, "rename": rename}, epilog=_EPILOG)
@click.argument("path", metavar="[FILE]", required=False, type=click.Path(path_type=Path))
@text_option("--preset", "NAME", _PRESET)
@texts_option("--set", "FIELD=VALUE", "Set a field of every run.", "fields")
@texts_option("--axis", "FIELD=VALUES", _AXIS, "axes")
@texts_option("--baseline", "FIELD=VALUE,...", _BASELINE, "baselines")
@texts_option("--method", "NAME[:FIELD=VALUES,...]", _METHOD, "methods")
@click.option("--name", help="Name of the sweep; by default, what it varies.")
@click.option("--tag", "tags", multiple=True, help="Hang a tag on each new run; may be given again.")
@click.option("--notes", help="Notes about it.")
@click.option("--priority", type=int, help="Of each new run; higher runs first.")
@require_option
@click.option("--reuse/--no-reuse", default=None, help=_REUSE)
@click.option("--margin", type=float, metavar="POINTS", help="A difference that does not matter to you.")
@text_option("--two-looks", "N1,N2", _TWO_LOOKS, "looks", callback=_looks)
@texts_option("--tune", "FIELD", _TUNE, "tuned")
@limit_options
@click.option("--dry-run", is_flag=True, help="Say what would run, and launch nothing.")
@click.option("--wait", is_flag=True, help=_WAIT)
@timeout_option
@json_option
@client_options
def sweep(
    board: Client,
    preset: str | None,
    dry_run: bool,
    wait: bool,
    timeout: float | None,
    as_json: bool,
    **asked: Any,
) -> None:
    """Queue a run for every combination of values, of which those that were trained before are used again.

    FILE, JSON or TOML, holds name, base, axes, baselines and methods; options are laid over it.
    """
    body = resolve(start=_start(board, preset), **asked)
    labels = ("name", "tags", "notes", "priority", "requirements")
    preview = board.validate_sweep(**{key: value for key, value in body.items() if key not in labels})
    if dry_run:
        print_json(preview) if as_json else echo(preview_text(preview))
        return
    made = board.launch_sweep(**body)
    warn(preview.warnings)
    if not (as_json and wait):
        reused = sum(cell.reused for row in made.rows for cell in row.cells if cell is not None)
        runs = counted(made.counts.total, "run") + (f", {reused} used again" if reused else "")
        page = board.url + sweep_page(made.id)
        print_json(made) if as_json else echo(f"Sweep {made.id} has {runs}: {page}")
    if wait:
        wait_for_sweep(board, made.id, timeout, as_json)


def _start(board: Client, preset: str | None) -> Mapping[str, Any]:
    """The sweep to begin with: a whole one, or a preset that the server lays below the base."""
    whole = SWEEP_PRESETS.get(preset or "")
    if whole is None:
        preset_config(board, preset, SWEEP_PRESETS)  # refuses an unknown name with the whole sweeps beside it
    return whole or {"preset": preset, "base": {}, "axes": {}, "baselines": []}


def resolve(
    path: Path | None,
    start: Mapping[str, Any],
    fields: tuple[str, ...],
    axes: tuple[str, ...],
    baselines: tuple[str, ...],
    methods: tuple[str, ...] = (),
    **labels: Any,
) -> dict[str, Any]:
    """What `Client.launch_sweep` takes: the start (a preset), changed by the file, by the options.

    An axis that comes later takes the place of one of the same field; baselines and methods add up.
    Raises ConfigError naming the file's key or the axis.
    """
    body = read_sweep_file(path) if path else {}
    base = merge(start["base"], body.get("base", {}))
    axes_typed = typed_axes(dict(split_field(axis, "--axis") for axis in axes))
    return {
        **start,
        **body,
        "base": merge(base, from_text(dict(split_field(field, "--set") for field in fields))),
        "axes": start["axes"] | body.get("axes", {}) | axes_typed,
        "baselines": [*start["baselines"], *body.get("baselines", ()), *map(typed_baseline, baselines)],
        "methods": [*body.get("methods", ()), *map(typed_method, methods)],
        **{key: value for key, value in labels.items() if value not in (None, ())},
    }
