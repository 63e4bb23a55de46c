"""`betaboard sweep extend` and `betaboard sweep rename`: what can be done to a sweep that exists."""

from typing import Any

import click

from app.cli.client_options import client_options, json_option, texts_option
from app.cli.launch import split_field
from app.cli.sweep_file import typed_axes, typed_baseline
from app.cli.tables import extension_text
from app.cli.terminal import echo, print_json
from app.client import Client
from app.urls import sweep_page

_AXIS = "Values that join an axis, such as seed=5,6 or loss.beta=0.998; with --setting, its seeds."
_BASELINE = "A baseline that joins, once a seed of the sweep."
_SETTING = "A setting beside the grid, over the seeds of --axis only."


@click.command()
@click.argument("sweep_id", metavar="ID", type=click.IntRange(min=1))
@texts_option("--axis", "FIELD=VALUES", _AXIS, "axes")
@texts_option("--baseline", "FIELD=VALUE,...", _BASELINE, "baselines")
@texts_option("--setting", "FIELD=VALUE,...", _SETTING, "settings")
@click.option("--dry-run", is_flag=True, help="Say what it would cost, and change nothing.")
@json_option
@client_options
def extend(
    board: Client,
    sweep_id: int,
    axes: tuple[str, ...],
    baselines: tuple[str, ...],
    settings: tuple[str, ...],
    dry_run: bool,
    as_json: bool,
) -> None:
    """Let more values, seeds, baselines or settings join sweep ID; what it has already is not doubled."""
    asked: dict[str, Any] = {
        "axes": typed_axes(dict(split_field(axis, "--axis") for axis in axes)),
        "baselines": [typed_baseline(text) for text in baselines],
        "settings": [typed_baseline(text, "--setting") for text in settings],
    }
    if dry_run:
        preview = board.preview_extension(sweep_id, **asked)
        print_json(preview) if as_json else echo(extension_text(preview))
        return
    before = board.sweep(sweep_id).counts.total
    grown = board.extend_sweep(sweep_id, **asked)
    now, page = grown.counts.total, board.url + sweep_page(sweep_id)
    text = f"Sweep {sweep_id} has {now} runs, {now - before} of them new: {page}"
    print_json(grown) if as_json else echo(text)


@click.command()
@click.argument("sweep_id", metavar="ID", type=click.IntRange(min=1))
@click.argument("name", required=False)
@click.option("--tag", "tags", multiple=True, help="A tag of the sweep, in place of those it has.")
@click.option("--notes", help="Notes about it.")
@json_option
@client_options
def rename(
    board: Client, sweep_id: int, name: str | None, tags: tuple[str, ...], notes: str | None, as_json: bool
) -> None:
    """Give sweep ID another NAME, other tags or notes."""
    asked = {"name": name, "tags": list(tags) or None, "notes": notes}
    fields = {key: value for key, value in asked.items() if value is not None}
    if not fields:
        raise click.UsageError("Give a NAME, --tag or --notes.")
    changed = board.update_sweep(sweep_id, **fields)
    text = f"Sweep {sweep_id} is {changed.name!r}: {board.url}{sweep_page(sweep_id)}"
    print_json(changed) if as_json else echo(text)
