"""`betaboard predict`: what a run's network says to pictures of one's own, over REST or in a data folder."""

import csv
import io
import sys
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path

import click
from rich.table import Table

from app.cli.client_options import choice_option, client_options, json_option
from app.cli.tables import cell, plain_table, print_table
from app.cli.terminal import echo, print_json
from app.client import Client
from app.errors import SetupError
from app.formats import DASH, percent
from app.settings import Settings
from app.views.pictures import PicturesView, picture_view, ranked
from trainer.run_dir import EpochName, RunDir

NOT_READ = 2
_FOLDER = "Ask the run in this data folder, without a server."
_SHOWN = 3


@click.command()
@click.argument("run_id", metavar="RUN", type=click.IntRange(min=1))
@click.argument("paths", metavar="PATH...", nargs=-1, required=True, type=click.Path(path_type=Path))
@choice_option("--epoch", ["last", "best"], "The network after this epoch.")
@click.option("--data-dir", type=click.Path(file_okay=False, path_type=Path), help=_FOLDER)
@click.option("--csv", "as_csv", is_flag=True, help="Print CSV: a line a picture, a column a class.")
@json_option
@client_options
def predict(
    board: Client,
    run_id: int,
    paths: Sequence[Path],
    epoch: EpochName,
    data_dir: Path | None,
    as_csv: bool,
    as_json: bool,
) -> None:
    """Ask RUN's network about pictures: each PATH is an image file, or a folder with image files below it.

    They are decoded, sized and normalised as the run's own images were. Exit code 2 where one could not be
    read; the others are answered.
    """
    if as_csv and as_json:
        raise click.UsageError("--csv and --json exclude each other.")
    from trainer.pictures import picture_files

    files = picture_files(paths)
    view = _here(data_dir, run_id, epoch, files) if data_dir else board.predict(run_id, files, epoch)
    if as_json:
        print_json(view)
    elif as_csv:
        echo(_csv(view), nl=False)
    else:
        print_table(_table(view))
        _say_how(view)
    if any(item.error for item in view.items):
        sys.exit(NOT_READ)


def _here(data_dir: Path, run_id: int, epoch: EpochName, files: Sequence[Path]) -> PicturesView:
    """Without a server. Raises SetupError where the folder holds no such run, and as `load_predictor`."""
    settings = Settings(data_dir=data_dir)
    run_dir = RunDir(settings.run_dir(run_id))
    if not run_dir.path.is_dir():
        raise SetupError(
            f"The data folder {data_dir} holds no run {run_id}.", "Name another with --data-dir."
        )
    from trainer.picture_answers import answers  # torch takes seconds
    from trainer.predicting import load_predictor

    network = load_predictor(run_dir, epoch, settings.datasets_dir)
    found = answers(network, ((str(file), file.read_bytes) for file in files))
    return PicturesView(
        run_id=run_id,
        at=epoch,
        epoch=network.epoch,
        classes=network.classes,
        image_size=network.image_size,
        items=tuple(picture_view(asdict(one), network.classes) for one in found),
    )


def _table(view: PicturesView) -> Table:
    """A line a picture: its most probable classes."""
    table = plain_table()
    for heading in ("picture", "class", "%", "then"):
        table.add_column(heading)
    for item in view.items:
        if item.error or item.predicted is None:
            table.add_row(cell(item.name), cell(DASH), "", cell(f"not read: {item.error}"))
            continue
        (_, first), *others = ranked(view, item, _SHOWN)
        then = ", ".join(f"{name} {percent(share)}" for name, share in others)
        table.add_row(cell(item.name), cell(item.predicted), percent(first), cell(then))
    return table


def _say_how(view: PicturesView) -> None:
    size = view.image_size
    echo(
        f"Run {view.run_id} after epoch {view.epoch}, as it sees the pictures: {size} x {size}. "
        "Probabilities are the softmax of its logits, not calibrated.",
        err=True,
    )


def _csv(view: PicturesView) -> str:
    """picture, predicted, probability, error, and p:CLASS for each class."""
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(["picture", "predicted", "probability", "error", *(f"p:{name}" for name in view.classes)])
    for item in view.items:
        shares = item.probabilities or [""] * len(view.classes)
        writer.writerow([item.name, item.predicted or "", item.probability, item.error or "", *shares])
    return text.getvalue()
