"""`betaboard adjust`: a run's kept logits adjusted without training, and its figures before and after."""

from collections.abc import Iterator
from typing import Any, get_args

import click
from rich.table import Table

from app.cli.client_options import choice_option, client_options, json_option, text_option
from app.cli.runs import run_argument
from app.cli.tables import cell, plain_table, print_table
from app.cli.terminal import echo, print_json
from app.client import Client
from app.formats import DASH, change, count, percent, significant
from app.views.adjusted.view import Adjusted, AdjustedFigure
from trainer.run_dir import EpochName

_CHOOSE = "validation or test has it chosen there"
_TAU = f"Of logit adjustment, z - TAU log pi; {_CHOOSE}."
_NORM = f"Tau of tau-normalisation, (z - b) / |w|^TAU; {_CHOOSE}."
_TEMPERATURE = f"What logits are divided by; {_CHOOSE}."
_PRIOR = "Shares of the classes where it is used: uniform, train, test, forward_50 ..., or 3,1,1."


@click.command()
@run_argument
@text_option("--tau", "TAU", _TAU)
@text_option("--norm", "TAU", _NORM)
@text_option("--temperature", "T", _TEMPERATURE)
@text_option("--prior", "PRIOR", _PRIOR, default="")
@choice_option("--epoch", get_args(EpochName), "Logits after the last epoch, or after the run's best.")
@json_option
@client_options
def adjust(board: Client, run_id: int, as_json: bool, **asked: Any) -> None:
    """Adjust the kept logits of RUN, without training: figures on test before and after."""
    view = board.adjusted(run_id, **asked)
    if as_json:
        print_json(view)
        return
    echo(f"Run {view.run_id}, epoch {view.epoch}: {view.formula}")
    for number in view.numbers:
        if number.chosen_on != "given":
            echo(f"{number.name} {significant(number.value)} chosen on {number.chosen_on}")
    print_table(_figures(view))
    print_table(_classes(view))
    curve = view.curve
    flattered = ", so flattered" if curve.chosen_on == "test" else ""
    echo(f"The {curve.criterion} is best on {curve.chosen_on} at tau {curve.best:g}{flattered}.")
    for note in view.notes:
        echo(f"warning   {note}")


def _figures(view: Adjusted) -> Table:
    table = plain_table()
    for heading in ("figure", "before", "after", "change"):
        table.add_column(heading, justify="left" if heading == "figure" else "right")
    for one in view.figures:
        table.add_row(*map(cell, _figure(one)))
    return table


def _figure(one: AdjustedFigure) -> Iterator[str]:
    """Title, before, after and the change; fractions in percent."""
    is_share = one.unit == "fraction"
    said = percent if is_share else significant
    where = " at the prior" if one.at_prior and one.name != "at_prior" else ""
    yield f"{one.title}{where}{', %' if is_share else ''}"
    yield said(one.before)
    yield said(one.after)
    if one.before is None or one.after is None:
        yield DASH
    else:
        yield change(one.after - one.before) if is_share else significant(one.after - one.before)


def _classes(view: Adjusted) -> Table:
    table = plain_table("Classes before and after, %")
    table.add_column("class")
    for heading in ("training images", "recall", "after", "precision", "after", "ECE", "after"):
        table.add_column(heading, justify="right")
    for one in sorted(view.classes, key=lambda one: -one.train_count):
        pairs = ("recall", "precision", "calibration_error")
        cells = [percent(getattr(side, name)) for name in pairs for side in (one.before, one.after)]
        table.add_row(*map(cell, (one.name, count(one.train_count), *cells)))
    return table
