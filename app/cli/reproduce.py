"""`betaboard reproduce NAME`: train what a publication claims, and write the report of what holds."""

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import click

from app.cli.client_options import EXIT_CODES, client_options, json_option
from app.cli.terminal import echo, print_json
from app.cli.waiting import stay_with
from app.client import Client
from app.client.reproduction import Standing, Tell, reproduce, trial_on
from app.comparing.report.bundle import markdown
from app.formats import counted, duration
from app.lifecycle import State
from app.reproduction.plan import plan_named, plans
from app.reproduction.report import Reproduction, blocks, report
from app.reproduction.results import Results, read_results, write_results
from app.reproduction.wanted import Trial, wanted
from trainer.config import as_json

_OUT = "Folder of results and report; what is there already is not trained again.  [default: reproduce-NAME]"
_DATA = "Data set to train on in place of the plan's own, such as folder:cifar10."
_SCALE = "Share of the epochs, to prove the path; what comes out is no reproduction."
_RESULTS, _REPORT = "results.json", "report.md"


@click.command("reproduce")
@click.argument("name", metavar="[NAME]", required=False)
@click.option("--out", type=click.Path(file_okay=False, path_type=Path), help=_OUT)
@click.option("--data", "dataset", default="", metavar="DATASET", help=_DATA)
@click.option(
    "--scale", type=click.FloatRange(0, 1, min_open=True), default=1.0, show_default=True, help=_SCALE
)
@click.option("--dry-run", is_flag=True, help="Say what would be trained and what is claimed; train nothing.")
@click.option("--yes", is_flag=True, help="Do not ask before training.")
@json_option
@client_options
def reproduce_command(
    board: Client,
    name: str | None,
    out: Path | None,
    dataset: str,
    scale: float,
    dry_run: bool,
    yes: bool,
    as_json: bool,
) -> None:
    """Train what NAME needs, and write a report: each figure beside ours, and which claims hold.

    Without NAME, say what there is. Stopped at any moment, the same command goes on where it was.
    """
    if name is None:
        for plan in plans().values():
            echo(f"{plan.name:24}  {plan.title}")
        return
    plan = plan_named(name)
    folder = out or Path(f"reproduce-{name}")
    results = _so_far(folder / _RESULTS, Results(plan=name, dataset=dataset, scale=scale))
    trial = trial_on(board, plan, results)
    if not as_json:
        _say_cost(board, trial, results)
    if dry_run:
        print_json(report(trial, results)) if as_json else _say_claims(report(trial, results))
        return
    if not yes and not as_json and sys.stdin.isatty():
        click.confirm("Train them?", abort=True)
    folder.mkdir(parents=True, exist_ok=True)
    with stay_with("The runs go on. The same command goes on with them."), _line() as tell:
        results = reproduce(
            board, trial, results, lambda found: write_results(folder / _RESULTS, found), tell
        )
    view = report(trial, results)
    (folder / _REPORT).write_text(markdown(blocks(view), ()), encoding="utf-8")
    print_json(view) if as_json else _say_claims(view)
    echo(f"{folder / _REPORT} and {folder / _RESULTS} are written.", err=True)
    sys.exit(EXIT_CODES[State.COMPLETED if view.is_whole else State.FAILED])


def _so_far(path: Path, asked: Results) -> Results:
    """What an earlier attempt left there. Raises ClickException where that was about something else."""
    if not path.exists():
        return asked
    found = read_results(path)
    for word in ("plan", "dataset", "scale"):
        if getattr(found, word) != getattr(asked, word):
            there, here = getattr(found, word) or "its own", getattr(asked, word) or "its own"
            said = f"{path} is of {word} {there}, not {here}"
            raise click.ClickException(f"{said}. Give another folder with --out.")
    return found


def _say_cost(board: Client, trial: Trial, results: Results) -> None:
    """How many runs are left, and about how long they take one after another on one worker."""
    have = results.by_hash
    missing = [one for one in wanted(trial, have) if one.hash not in have]
    echo(f"{trial.plan.title}: {counted(len(missing), 'run')} to train, {len(have)} done.")
    times: dict[str, float | None] = {}
    for one in missing:
        key = one.setting.id
        if key not in times:
            times[key] = board.validate(as_json(one.config)).estimated_seconds
    known = [times[one.setting.id] for one in missing]
    if missing and all(seconds is not None for seconds in known):
        whole = sum(seconds for seconds in known if seconds is not None)
        echo(
            f"About {duration(whole)} where one trains at a time; `--workers` of the server says how many do."
        )
    elif missing:
        echo("How long it takes can be said after a first run.")


def _say_claims(view: Reproduction) -> None:
    for claim in view.claims:
        echo(f"{claim.answer.upper():14}  {claim.says}")
        for part in claim.parts:
            echo(f"{'':14}    {part.declared}: {part.said}")
    for warning in view.warnings:
        echo(f"warning   {warning}")


@contextmanager
def _line() -> Iterator[Tell]:
    """A line on stderr whenever something has changed."""
    last = ""

    def tell(standing: Standing) -> None:
        nonlocal last
        said = f"{standing.done} of {counted(standing.asked, 'run')} done, {standing.running} running"
        if standing.broken:
            said += f", {len(standing.broken)} broke: " + ", ".join(
                f"#{run.id}" for run in standing.broken[:5]
            )
        if said != last:
            echo(said, err=True)
        last = said

    yield tell
