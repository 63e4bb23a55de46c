"""`betaboard transfer`: which of my trained networks is the best start for other images."""

import sys
from typing import Literal

import click

from app.cli.client_options import EXIT_CODES, choice_option, client_options, json_option, timeout_option
from app.cli.tables import cell, plain_table, print_table, warning_lines
from app.cli.terminal import echo, print_json
from app.cli.waiting import stay_with
from app.client import Client
from app.comparing.parts import Spread
from app.formats import counted, percent, significant
from app.lifecycle import State
from app.transfers.view import SourceRow, TransferView
from app.urls import transfer_page
from trainer.sweep_text import parse_axis
from trainer.transfer.config import FEWEST_IMAGES, MOST_IMAGES, Mode

_IMAGES = "Labelled images that are drawn for each seed."
_MODE = "A linear layer on frozen features, or the whole network trained on."
_SEEDS = "Each draws its own images: numbers such as 0..4 or 3,5."
_RANDOM = "Compare with a network that nothing has trained (the default), or not."


@click.command()
@click.argument("run_ids", metavar="RUN...", nargs=-1, required=True, type=click.IntRange(min=1))
@click.option("--data", "dataset", metavar="NAME", required=True, help="The images, such as folder:pets.")
@click.option("--images", type=click.IntRange(FEWEST_IMAGES, MOST_IMAGES), default=300, show_default=True,
              help=_IMAGES)  # fmt: skip
@choice_option("--mode", ["linear", "finetune"], _MODE)
@click.option("--seeds", default="0..4", show_default=True, metavar="NUMBERS", help=_SEEDS)
@click.option("--random/--no-random", "with_random", default=True, help=_RANDOM)
@click.option("--wait/--no-wait", default=True, show_default=True, help="Wait for the figures.")
@timeout_option
@json_option
@client_options
def transfer(
    board: Client,
    run_ids: tuple[int, ...],
    dataset: str,
    images: int,
    mode: Mode,
    seeds: str,
    with_random: bool,
    wait: bool,
    timeout: float | None,
    as_json: bool,
) -> None:
    """Measure which of the completed RUNs is the best start for the images of a data set.

    Every network reads the same few labelled images, once a seed; the table has its balanced accuracy on the
    test images, and what cheap estimates would have guessed.
    """
    sources: list[int | Literal["random"]] = [*run_ids]
    sources += ["random"] if with_random else []
    made = board.launch_transfer(sources, dataset, images, mode, parse_axis("seed", seeds))
    if wait:
        with stay_with(f"Comparison {made.id} goes on: {board.url}{transfer_page(made.id)}"):
            made = board.wait_transfer(made.id, timeout)
    if as_json:
        print_json(made)
    elif not wait:
        echo(f"Comparison {made.id} has {counted(made.pieces, 'piece')}: {board.url}{transfer_page(made.id)}")
    else:
        _show(made, board.url)
    if wait:
        sys.exit(EXIT_CODES[State(made.state)])


def _show(view: TransferView, url: str) -> None:
    """The table, the recommendation with its doubt, and where the page is."""
    table = plain_table()
    table.add_column("source")
    for heading in ("balanced %", "behind the first", "LogME", "LEEP", "H-score"):
        table.add_column(heading, justify="right")
    for row in view.rows:
        texts = (_named(row), _spread(row.balanced_accuracy), _behind(row))
        guesses = (significant(one.mean) for one in (row.log_me, row.leep, row.h_score))
        table.add_row(*(cell(text) for text in (*texts, *guesses)))
    print_table(table)
    if view.recommendation:
        echo(f"start     {view.recommendation.text}")
        echo(f"doubt     {view.recommendation.doubt}")
    for warning in warning_lines(view.warnings):
        echo(warning)
    for guess in view.guesses:
        interval = "" if guess.low is None else f" ({guess.low:.2f} to {guess.high:.2f})"
        tau = "no ranks" if guess.tau is None else f"Kendall tau {guess.tau:.2f}{interval}"
        echo(f"guess     {guess.title}: {tau} with what was measured. {guess.reason}".rstrip())
    if view.error:
        echo(f"failed    {view.error['message']} {view.error['hint']}".rstrip())
    echo(f"page      {url}{transfer_page(view.id)}")


def _named(row: SourceRow) -> str:
    return row.label if row.run is None else f"{row.run} {row.label}"


def _spread(spread: Spread) -> str:
    return percent(spread.mean) if spread.sd is None else f"{percent(spread.mean)} ± {percent(spread.sd)}"


def _behind(row: SourceRow) -> str:
    if row.behind is None:
        return ""
    ends = "" if row.behind_low is None else f" ({percent(row.behind_low)} to {percent(row.behind_high)})"
    return f"{percent(row.behind)}{ends}"
