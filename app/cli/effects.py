"""`betaboard effects`: which of the fields that differ among compared settings matter, at a shell."""

from typing import Any, get_args

import click

from app.cli.client_options import choice_option, client_options, json_option, runs_options
from app.cli.compare_options import epoch_option, margin_option, multiplicity_option, tuned_option
from app.cli.tables import cell, plain_table, print_table
from app.cli.terminal import echo, print_json
from app.client import Client
from app.comparing.effects.answer import said_of
from app.comparing.effects.view import Effects, LevelDifference
from app.comparing.parts import Pairing
from app.comparing.view import VERDICTS
from app.figures.metric_words import MetricWord, metric_word
from app.formats import DASH
from trainer.metrics.table import NAMES

WORDS = {"apart": "apart", "same": VERDICTS["same"], "unknown": VERDICTS["unknown"]}


@click.command()
@runs_options
@click.option("--metric", type=click.Choice(NAMES), default="accuracy", show_default=True, help="Of test.")
@epoch_option
@choice_option("--pairing", get_args(Pairing), "Each setting's own seeds, or seeds as blocks of all.")
@multiplicity_option
@margin_option
@tuned_option
@json_option
@client_options
def effects(board: Client, as_json: bool, **asked: Any) -> None:
    """Which field matters among the settings of the RUNs, a search or a sweep: main effects, interactions."""
    view = board.effects(**asked)
    if as_json:
        print_json(view)
        return
    _print_differences(view, metric_word(view.metric))
    for one in view.interactions:
        p = DASH if one.adjusted is None else f"{one.adjusted:.2g}"
        verdict = "interact" if one.answer == "interact" else "not told to interact"
        echo(f"pair      {one.a} x {one.b}: {verdict} (p {p})")
    for sentence in said_of(view):
        echo(f"answer    {sentence}")
    for warning in view.warnings:
        echo(f"warning   {warning}")


def _print_differences(view: Effects, word: MetricWord) -> None:
    """A line a difference of two values, the largest of each field first."""
    table = plain_table()
    for heading in ("field", "values"):
        table.add_column(heading)
    for heading in (f"{word.title.lower()} {'points' if word.unit == 'percent' else ''}".strip(), "interval"):
        table.add_column(heading, justify="right")
    table.add_column("told apart?")
    for field in view.fields:
        for one in field.differences:
            ends = _ends(one, word)
            values = (field.word, f"{one.a} - {one.b}", word.signed(one.mean), ends, WORDS[one.answer])
            table.add_row(*map(cell, values))
        if not field.differences:
            table.add_row(*map(cell, (field.word, DASH, DASH, DASH, "never changes alone")))
    print_table(table)


def _ends(one: LevelDifference, word: MetricWord) -> str:
    ends = one.adjusted
    return DASH if ends is None else f"{word.signed(ends.low)} to {word.signed(ends.high)}"
