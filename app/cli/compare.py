"""`betaboard compare`: settings side by side at a shell, or as a table for a report."""

from collections.abc import Sequence
from typing import Any, get_args

import click

from app.cli.client_options import (
    choice_option,
    client_options,
    json_option,
    runs_options,
    text_option,
    texts_option,
)
from app.cli.compare_options import epoch_option, margin_option, multiplicity_option, tuned_option
from app.cli.tables import MARKS, print_table, sheet_table
from app.cli.terminal import echo, print_json
from app.client import Client
from app.comparing.parts import Pairing, parting_note
from app.comparing.table.columns import DELTA, JUDGED, known_columns
from app.comparing.table.sheet import Marks, Mode, answers_in_full, sheet
from app.comparing.table.words import legend_text
from app.comparing.table.writers import WRITERS

BRIEF = ("accuracy", DELTA, *JUDGED, "balanced_accuracy", "head", "tail")
"""Columns of the table at a terminal where none are chosen."""

_ADJUSTED = (
    "A row of that run's setting with its logits adjusted, as 12:tau=validation or 12:tau=1.2:prior=train."
)
_COLUMNS = "Of all but json: names of metrics (accuracy,tail), delta, verdict, classes; with commas between."
_MARKS = "Of all but json: the best and its ties are marked, or the largest mean."


def _columns(_context: click.Context, _option: click.Parameter, text: str) -> list[str]:
    """Names of columns. Raises BadParameter for one that no table has, with the nearest."""
    names = [name for name in text.split(",") if name]
    for name in names:
        if name not in known_columns():
            from app.known import problem_of  # brings FastAPI, which only a refusal needs here

            raise click.BadParameter(f"{name} {problem_of(name, known_columns()).message}")
    return names


@click.command()
@runs_options
@click.option("--baseline", help='Label of the setting to compare with; "" for none.')
@epoch_option
@texts_option("--published", "ID", "A published result to stand beside.")
@texts_option("--adjusted", "RUN:WORDS", _ADJUSTED)
@choice_option("--pairing", get_args(Pairing), "Differences over independent seeds, or paired by seed.")
@multiplicity_option
@margin_option
@tuned_option
@choice_option("--format", ["table", "json", *WRITERS], "What to print.", "form")
@text_option("--columns", "NAMES", _COLUMNS, default="", callback=_columns)
@choice_option("--mode", get_args(Mode), "Of all but json: values, or differences to the baseline.")
@choice_option("--marks", get_args(Marks), _MARKS)
@json_option
@client_options
def compare(
    board: Client, form: str, columns: Sequence[str], mode: Mode, marks: Marks, as_json: bool, **asked: Any
) -> None:
    """Compare the settings of the RUNs, a search or a sweep: the verdict, means over seeds, differences."""
    if form in WRITERS and not as_json:
        echo(board.compare_table(form, columns=columns, mode=mode, marks=marks, **asked), nl=False)
        return
    view = board.comparison(**asked)
    if as_json or form == "json":
        print_json(view)
        return
    made = sheet(view, columns or BRIEF, mode, marks=marks)
    print_table(sheet_table(made))
    if legend := legend_text(made, MARKS):
        echo(legend)
    if note := parting_note(row.delta for row in view.rows):
        echo(note)
    for sentence in answers_in_full(view):
        echo(f"verdict   {sentence}")
    for warning in view.warnings:
        echo(f"warning   {warning}")
    for observation in view.observations:
        echo(f"observed  {observation.text}")
