"""`betaboard prune`: what the board takes, what of it can go, and, once told so, away with it."""

import json
from typing import Any

import click

from app.cli.client_options import json_option
from app.cli.options import settings_options
from app.cli.terminal import echo
from app.formats import counted, size
from app.keeping.board import check_board
from app.keeping.prune import plan as plans
from app.keeping.prune.carry_out import prune as carried_out
from app.keeping.prune.wanted import Chosen, Wanted
from app.keeping.usage import TITLES, Usage, measure
from app.serving.installation import prepare
from app.settings import Settings
from app.store.engine import Database

_KEEP = click.Choice(["none", "last", "best", "both"])


@click.command()
@click.option("--keep-checkpoints", type=_KEEP, help="Of ended runs, these stay and all others go.")
@click.option("--predictions", is_flag=True, help="Predictions of ended runs.")
@click.option("--logs", is_flag=True, help="Logs of archived runs.")
@click.option("--outcomes", is_flag=True, help="Outcomes of transfers between tasks that no job needs.")
@click.option("--datasets", is_flag=True, help="Data sets that no job names and that can be made again.")
@click.option("--copies", is_flag=True, help="Copies of the database from before migrations.")
@click.option("--database", is_flag=True, help="What deleted rows took; nobody can write meanwhile.")
@click.option("--older-than", type=click.FloatRange(0), metavar="DAYS", help="Runs that ended before.")
@click.option("--archived", is_flag=True, help="Archived runs alone.")
@click.option("--sweep", "sweeps", type=int, multiple=True, help="Runs of this sweep; may be repeated.")
@click.option("--tag", "tags", multiple=True, help="Runs with this tag; repeated: with all of them.")
@click.option("--yes/--dry-run", "goes", help="Remove it; without --yes it is only told.")
@json_option
@settings_options
def prune(
    settings: Settings,
    older_than: float | None,
    archived: bool,
    sweeps: tuple[int, ...],
    tags: tuple[str, ...],
    goes: bool,
    as_json: bool,
    **kinds: Any,
) -> None:
    """Say what takes room, and free what the options name: drafts and folders of deleted runs always.

    Nothing goes without --yes, and nothing ever that a run needs which waits, runs or is paused.
    """
    chosen = Chosen(older_than, archived, sweeps, tags)
    wanted = Wanted(**kinds, chosen=chosen)
    check_board(settings)
    prepare(settings, lambda text: echo(text, err=True))
    database = Database(settings.url)
    try:
        with database.read() as session:
            plan = plans.planned(session, settings, wanted)
        usage = measure(settings)
        if not as_json:
            echo(_told(usage, plan, goes))
        freed = carried_out(database, settings, wanted, plan) if goes else None
    finally:
        database.close()
    if as_json:
        echo(json.dumps(_as_json(usage, plan, freed), indent=2))
    elif freed is not None:
        echo(f"Freed {size(sum(freed.values()))}.")


def _told(usage: Usage, plan: plans.Plan, goes: bool) -> str:
    lines = [f"{size(usage.bytes)} are taken:"]
    lines += [f"  {size(taken):>9}  {TITLES[kind]}" for kind, taken in usage.kinds.items() if taken]
    kinds = [kind for kind in plans.TITLES if any(group.kind == kind for group in plan.groups)]
    if not kinds:
        return "\n".join([*lines, *plan.told, "Nothing of what was named can go."])
    lines.append("To go:" if goes else "Would go:")
    for kind in kinds:
        groups = [group for group in plan.groups if group.kind == kind]
        runs = counted(len(groups), "run") if groups[0].job_id is not None else ""
        lines.append(f"  {size(plan.bytes_of(kind)):>9}  {plans.TITLES[kind]}{f' of {runs}' if runs else ''}")
    end = [] if goes else ["Nothing was removed. --yes removes it."]
    return "\n".join([*lines, *plan.told, *end])


def _as_json(usage: Usage, plan: plans.Plan, freed: dict[str, int] | None) -> dict[str, Any]:
    groups = [
        {"kind": it.kind, "bytes": it.bytes, "run": it.job_id, "paths": list(map(str, it.paths))}
        for it in plan.groups
    ]
    return {"taken": usage.kinds, "to_go": groups, "told": plan.told, "freed": freed}
