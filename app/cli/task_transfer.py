"""`betaboard task-transfer`: what one task's network is worth to another, and which tasks to label."""

import sys
from collections.abc import Sequence

import click

from app.cli.client_options import EXIT_CODES, client_options, json_option, texts_option, timeout_option
from app.cli.tables import cell, plain_table, print_table, warning_lines
from app.cli.terminal import echo, print_json
from app.cli.waiting import stay_with
from app.client import Client
from app.formats import DASH, counted, percent
from app.lifecycle import State
from app.task_transfers.report import BUDGETS
from app.task_transfers.view import Answers, Share, TaskTransferView
from app.urls import task_transfer_page
from trainer.sweep_text import parse_axis

FIRST = 5
WIDEST = 100
_SOURCE = "A task to transfer from; again for more. All tasks without it."
_TARGET = "A task to transfer to; one that is no source is a new one. All tasks without it."
_IMAGES = "Labelled images of a readout, such as 100,300."
_ORDER = "How many sources are read out side by side at most."
_SEEDS = "Numbers such as 0..2 or 3,5."
_FINETUNE = "Also train every source on as a whole."


@click.command("task-transfer")
@texts_option("--source", "TASK", _SOURCE, "sources")
@texts_option("--target", "TASK", _TARGET, "targets")
@click.option("--images", default="100,300,1000", show_default=True, metavar="NUMBERS", help=_IMAGES)
@click.option("--order", type=click.IntRange(1, 3), default=2, show_default=True, help=_ORDER)
@click.option("--finetune", is_flag=True, help=_FINETUNE)
@click.option("--seeds", default="0..2", show_default=True, metavar="NUMBERS", help=_SEEDS)
@click.option("--wait/--no-wait", default=True, show_default=True, help="Wait for the figures.")
@timeout_option
@json_option
@client_options
def task_transfer(
    board: Client,
    sources: tuple[str, ...],
    targets: tuple[str, ...],
    images: str,
    order: int,
    finetune: bool,
    seeds: str,
    wait: bool,
    timeout: float | None,
    as_json: bool,
) -> None:
    """Measure how well each task's network serves every other task on drawn scenes.

    Encoders are frozen and read out from few labelled images. The table has the share of test images on which
    a readout beats a network trained from scratch on the same images.
    """
    made = board.launch_task_transfer(
        sources, targets, _numbers(images), order, parse_axis("seed", seeds), finetune=finetune
    )
    if wait:
        with stay_with(f"Task transfers {made.id} go on: {board.url}{task_transfer_page(made.id)}"):
            made = board.wait_task_transfer(made.id, timeout)
    if as_json:
        print_json(made)
    elif not wait:
        page = f"{board.url}{task_transfer_page(made.id)}"
        echo(f"Task transfers {made.id} have {counted(made.pieces, 'piece')}: {page}")
    else:
        _show(board, made)
    if wait:
        sys.exit(EXIT_CODES[State(made.state)])


def _numbers(text: str) -> list[int]:
    """Raises click.UsageError."""
    try:
        return [int(part) for part in text.split(",")]
    except ValueError as error:
        raise click.UsageError(f"--images are numbers such as 100,300, not {text}") from error


def _show(board: Client, view: TaskTransferView) -> None:
    """The matrix, its answers, the policies, and where the page is."""
    gains = _gains(view)
    if gains:
        _print_matrix(view, gains)
    if view.answers is not None:
        for line in _answer_lines(view.answers):
            echo(line)
        for budget in BUDGETS:
            echo(f"budget {budget}  {board.task_policy(view.id, budget).text}")
    for warning in warning_lines(view.warnings):
        echo(warning)
    if view.error:
        echo(f"failed    {view.error['message']} {view.error['hint']}".rstrip())
    echo(f"page      {board.url}{task_transfer_page(view.id)}")


def _gains(view: TaskTransferView) -> dict[tuple[str, str], Share]:
    """Of single sources, read out from the most images, by source and target."""
    return {
        (one.sources[0], one.target): one.gain
        for one in view.transfers
        if one.way == "frozen" and one.images == view.sizes[-1] and len(one.sources) == 1
    }


def _print_matrix(view: TaskTransferView, gains: dict[tuple[str, str], Share]) -> None:
    """Whole where it is narrow enough, else of each target the sources of highest gain."""
    targets = [one for one in view.order_of_targets if any(target == one for _, target in gains)]
    sources = [one for one in view.order_of_sources if any(source == one for source, _ in gains)]
    echo(f"gain in %: test images on which a readout of {view.sizes[-1]} images beats one from scratch")
    width = max(map(len, sources)) + sum(2 + max(len(target), 5) for target in targets)
    if width <= WIDEST:
        heads = ("source \\ target", *targets)
        rows = [(source, *(_text(gains.get((source, target))) for target in targets)) for source in sources]
    else:
        heads = ("target", *(("highest",) + ("",) * (FIRST - 1)))
        rows = [(target, *_highest(gains, target)) for target in targets]
    table = plain_table()
    for at, head in enumerate(heads):
        table.add_column(head, justify="right" if at and width <= WIDEST else "left")
    for row in rows:
        table.add_row(*map(cell, row))
    print_table(table)


def _text(share: Share | None) -> str:
    return DASH if share is None else percent(share.mean)


def _highest(gains: dict[tuple[str, str], Share], target: str) -> Sequence[str]:
    """The first few sources other than the target itself."""
    found = [
        (share.mean, source)
        for (source, served), share in gains.items()
        if served == target and source != target and share.mean is not None
    ]
    said = [f"{source} {100 * gain:.0f}" for gain, source in sorted(found, key=lambda one: -one[0])[:FIRST]]
    return [*said, *[""] * (FIRST - len(said))]


def _answer_lines(answers: Answers) -> Sequence[str]:
    lines = [f"strongest {answers.strongest}", f"weakest   {answers.weakest}"]
    lines += [f"claim     {one.claim} {one.verdict.capitalize()}. {one.text}" for one in answers.claims]
    if answers.levels is not None:
        lines.append(f"levels    {answers.levels.verdict.capitalize()}. {answers.levels.text}")
        lines += [f"against   {one.text}" for one in answers.levels.contradictions]
    lines += [f"guess     {one.target}: {one.text}" for one in answers.expectations]
    not_better = [one.target for one in answers.controls if not one.is_better]
    told = "The best source of every target beats a random encoder."
    if not_better:
        told = f"The best source is not shown to beat a random encoder for {', '.join(not_better)}."
    return [*lines, f"control   {told}"]
