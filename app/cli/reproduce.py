"""`betaboard reproduce NAME`: train what a publication claims, and write the report of what holds."""

import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

import click

from app.cli.client_options import EXIT_CODES, client_options, json_option
from app.cli.terminal import echo, print_json
from app.cli.waiting import stay_with
from app.client import Client
from app.client.reproduction import Standing, Tell, reproduce, trial_on
from app.errors import ConflictError
from app.formats import counted, duration
from app.lifecycle import State
from app.reproduction.plan import Plan, papers, plan_named, plans
from app.reproduction.report import Reproduction, report
from app.reproduction.results import Results, read_results, write_results
from app.reproduction.wanted import Trial, Wanted, wanted
from trainer.config import as_json

_PAPER = "paper"
_RESULTS = "results.json"
_OUT = "Folder of results and report; what is there already is not trained again.  [default: reproduce-NAME]"
_DATA = "Data set to train on in place of the plan's own, such as folder:cifar10."
_SCALE = "Share of the epochs, to try the path: milestones, warm-up and what begins later move along."


@click.command("reproduce")
@click.argument("words", metavar="[NAME | paper NAME]", nargs=-1)
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
    words: Sequence[str],
    out: Path | None,
    dataset: str,
    scale: float,
    dry_run: bool,
    yes: bool,
    as_json: bool,
) -> None:
    """Train what NAME needs, and write a report: published figures beside ours, and which claims hold.

    Without NAME, say what there is. Stopped at any moment, the same command goes on where it was.
    """
    if not words:
        _list()
        return
    plan = _plan(words)
    folder = out or Path(f"reproduce-{plan.name}")
    results = _so_far(folder / _RESULTS, Results(plan=plan.name, dataset=dataset, scale=scale))
    trial = trial_on(board, plan, results)
    missing = _missing(trial, results)
    if not as_json:
        _say_cost(board, trial, missing, results)
    if dry_run:
        _say(report(trial, results), as_json)
        return
    if missing and not yes:
        click.confirm("Train them? (--yes does not ask)", abort=True, err=True)
    folder.mkdir(parents=True, exist_ok=True)
    with stay_with("The runs go on. The same command goes on with them."), _line() as tell:
        results = reproduce(
            board, trial, results, lambda found: write_results(folder / _RESULTS, found), tell
        )
    view = report(trial, results)
    from app.cli.reproduce_files import write_report  # brings the templates of pages

    written = write_report(folder, view)
    _say(view, as_json)
    echo(f"Written: {', '.join(map(str, (*written, folder / _RESULTS)))}", err=True)
    sys.exit(EXIT_CODES[State.COMPLETED if view.is_whole else State.FAILED])


def _list() -> None:
    """What there is, each under the command that runs it."""
    for before, known in (("", plans()), (f"{_PAPER} ", papers())):
        for plan in known.values():
            echo(f"betaboard reproduce {before}{plan.name}\n    {plan.title}")


def _plan(words: Sequence[str]) -> Plan:
    """The worked example, or the paper behind the word for it. Raises UsageError, and InvalidError."""
    is_paper = words[0] == _PAPER
    names = words[1:] if is_paper else words
    known = papers() if is_paper else plans()
    if len(names) != 1:
        raise click.UsageError(f"Name one of {', '.join(known)}.")
    plan = plan_named(names[0])
    if plan.name not in known:
        right = plan.name if is_paper else f"{_PAPER} {plan.name}"
        raise click.UsageError(f"It is `betaboard reproduce {right}`.")
    return plan


def _so_far(path: Path, asked: Results) -> Results:
    """What an earlier attempt left there. Raises ConflictError where that was about something else."""
    if not path.exists():
        return asked
    found = read_results(path)
    for word in ("plan", "dataset", "scale"):
        there, here = getattr(found, word), getattr(asked, word)
        if there != here:
            said = f"{path} is of {word} {there or 'as planned'}, not {here or 'as planned'}."
            raise ConflictError(said, "Give another folder with --out.")
    return found


def _missing(trial: Trial, results: Results) -> tuple[Wanted, ...]:
    have = results.by_hash
    return tuple(one for one in wanted(trial, have) if one.hash not in have)


def _say_cost(board: Client, trial: Trial, missing: Sequence[Wanted], results: Results) -> None:
    """How many runs are left, about how long they take one after another, and what they cannot show."""
    echo(f"{trial.plan.title}: {counted(len(missing), 'run')} to train, {len(results.runs)} done.")
    if missing:
        settings = {one.setting.id: one for one in missing}
        times = {
            name: board.validate(as_json(one.config)).estimated_seconds for name, one in settings.items()
        }
        known = [seconds for one in missing if (seconds := times[one.setting.id]) is not None]
        if len(known) == len(missing):
            many = "`--workers` of the server says how many do."
            echo(f"About {duration(sum(known))} where one trains at a time; {many}")
        else:
            echo(f"How long it takes here can be said after a first run. {trial.plan.cost}".rstrip())
    for warning in report(trial, results).warnings:
        echo(f"warning   {warning}")


def _say(view: Reproduction, as_json: bool) -> None:
    """The report as JSON; or the answers, claim by claim."""
    if as_json:
        print_json(view)
        return
    for claim in view.claims:
        echo(f"{claim.answer.upper():14}  {claim.says}")
        for part in claim.parts:
            echo(f"{'':14}    {part.declared}: {part.said}")
    if view.tally:
        echo(f"{view.tally}.")


@contextmanager
def _line() -> Iterator[Tell]:
    """A line on stderr whenever something has changed."""
    last = ""

    def tell(standing: Standing) -> None:
        nonlocal last
        said = f"{standing.done} of {counted(standing.asked, 'run')} done, {standing.running} running"
        if standing.broken:
            broken = ", ".join(f"#{run.id}" for run in standing.broken[:5])
            said += f", {len(standing.broken)} broke: {broken}"
        if said != last:
            echo(said, err=True)
        last = said

    yield tell
