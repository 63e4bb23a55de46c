"""`betaboard groups`: the list of runs by setting, with what each comes to, by sweep, data set or tag."""

from typing import Any, get_args

import click
from rich.table import Table

from app.cli.client_options import client_options, json_option
from app.cli.tables import cell, plain_table, print_table
from app.cli.terminal import echo, print_json
from app.client import Client
from app.comparing.group_views import RunGroup, RunGroups, Standing
from app.formats import DASH, change, percent
from app.lifecycle import State
from app.schema_types import By

_STATES = click.Choice([state.value for state in State], case_sensitive=False)


@click.command("groups")
@click.option(
    "--by", type=click.Choice(get_args(By)), default="setting", show_default=True, help="What they share."
)
@click.option("--q", default="", help="A search, in one word for the shell.")
@click.option("--state", multiple=True, type=_STATES, help="Any of these states.")
@click.option("--tag", multiple=True, help="All of these tags.")
@click.option("--sweep", type=click.IntRange(min=1), help="Only its runs.")
@click.option("--archived", is_flag=True, help="Archived runs instead.")
@click.option("--baseline", help="Hash of the setting that others are held against.")
@json_option
@client_options
def groups(board: Client, as_json: bool, **asked: Any) -> None:
    """List runs in groups: settings with mean, SD and verdict, sweeps, data sets, tags."""
    page = board.groups(**asked)
    if as_json:
        print_json(page)
        return
    if not page.items:
        echo("No run is like that.")
        return
    print_table(_settings(page) if page.by == "setting" else _counts(page))
    left = sum(group.left_out > 0 for group in page.items)
    if left:
        echo(f"The filter leaves out completed runs of {left} settings: their figures are of a selection.")
    if len(page.items) < page.total:
        echo(f"{len(page.items)} of {page.total}, those with the newest runs.")


def _settings(page: RunGroups) -> Table:
    table = plain_table()
    table.add_column("setting")
    against = f"{page.headline.replace('_', ' ')} against the baseline"
    for heading in ("n", "accuracy %", "balanced %", "tail %"):
        table.add_column(heading, justify="right")
    for heading in (against, "runs"):
        table.add_column(heading)
    for group in page.items:
        table.add_row(*map(cell, (group.label, *_figures(group.standing), _states(group))))
    return table


def _figures(standing: Standing | None) -> tuple[str, ...]:
    if standing is None:
        return (DASH,) * 5
    shown = (standing.metrics[name] for name in ("accuracy", "balanced_accuracy", "tail"))
    spreads = (percent(one.mean) + ("" if one.sd is None else f" ± {percent(one.sd)}") for one in shown)
    return (str(standing.n or DASH), *spreads, _verdict(standing))


def _verdict(standing: Standing) -> str:
    delta = standing.delta
    if standing.is_baseline or delta is None:
        return "baseline" if standing.is_baseline else standing.why
    if delta.adjusted is None:
        return delta.told
    ends = f"{change(delta.adjusted.low)} to {change(delta.adjusted.high)}"
    return f"{delta.told}, {change(delta.mean)} ({ends})"


def _counts(page: RunGroups) -> Table:
    table = plain_table()
    table.add_column(page.by)
    table.add_column("runs", justify="right")
    table.add_column("states")
    for group in page.items:
        table.add_row(*map(cell, (group.label, str(group.runs), _states(group) or DASH)))
    return table


def _states(group: RunGroup) -> str:
    told = [f"{number} {state}" for state, number in group.states.items()]
    diverged = group.standing.diverged if group.standing else 0
    return ", ".join([*told, f"{diverged} of them diverged"] if diverged else told)
