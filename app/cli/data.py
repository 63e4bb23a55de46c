"""`betaboard data`: import images of one's own, and list the data sets that a run may name."""

import dataclasses
import json
import sys
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import TypeVar, get_args

import click

from app.cli.client_options import json_option
from app.cli.options import settings_options
from app.cli.terminal import echo
from app.dataset_schemas import PREFIX, DatasetPatchBody, RunsToo
from app.formats import counted, size
from app.keeping.board import check_board
from app.runs.datasets import delete_dataset, rename_dataset
from app.schemas import read
from app.serving.installation import prepare
from app.settings import Settings
from app.store.engine import Database
from app.views.datasets.fill import dataset_detail
from app.views.datasets.view import DatasetDetail
from trainer.data.findings import ImportReport
from trainer.data.folder import USUAL, import_folder
from trainer.data.nesting import LEAF, NestedError
from trainer.data.sources import list_datasets
from trainer.data.tiny_imagenet import SIZE as TINY
from trainer.data.tree import LARGEST, SMALLEST
from trainer.metrics.table import equal_classes

MOST_SKIPPED = 20
ResultT = TypeVar("ResultT")
_SIZE = f"Width and height that images are resized to; else {USUAL}, or {TINY}, Tiny-ImageNet's own."
_RUNS = "What becomes of the runs that used it: keep leaves their figures."
_DEPTH = "Which level of folders are the classes; 1 is right below train and test."


@click.group()
def data() -> None:
    """Import and list data sets."""


@data.command()
@click.argument("name")
@click.argument("path", type=click.Path(path_type=Path))
@click.option("--size", type=click.IntRange(SMALLEST, LARGEST), help=_SIZE)
@click.option("--replace", is_flag=True, help="Replace a data set of this name.")
@click.option("--depth", type=click.IntRange(1, 20), help=_DEPTH)
@click.option("--leaf", is_flag=True, help="Take every folder that holds images as a class.")
@json_option
@settings_options
def add(
    settings: Settings,
    name: str,
    path: Path,
    size: int | None,
    replace: bool,
    depth: int | None,
    leaf: bool,
    as_json: bool,
) -> None:
    """Import PATH, a folder or .zip, .tar, .tar.gz of train/<class>/* and test/<class>/*, as folder:NAME.

    Tiny-ImageNet's layout is recognised by its lists; its validation images test.
    """
    if leaf and depth is not None:
        raise click.UsageError("--depth and --leaf exclude each other.")
    imported = partial(import_folder, name, path, settings.datasets_dir, size, replace, say=_say)
    try:
        report = imported(depth=LEAF if leaf else depth)
    except NestedError as error:
        if as_json or not has_person():
            raise
        report = imported(depth=_asked(error))
    if as_json:
        echo(json.dumps(dataclasses.asdict(report), indent=2))
        return
    echo(told(report))
    launch = f"betaboard launch --set data.dataset={report.dataset}"
    echo(f"Train on all of it: {launch} --set data.imbalance=none")
    if equal_classes([row.train for row in report.classes]):
        echo(f"Its classes are equally large. As a long tail: {launch} --set data.imbalance_ratio=100")


@data.command("list")
@json_option
@settings_options
def list_data(settings: Settings, as_json: bool) -> None:
    """List the data sets of the data folder."""
    found = list_datasets(settings.datasets_dir)
    if as_json:
        echo(json.dumps([dataclasses.asdict(info) for info in found], indent=2))
        return
    for info in found:
        images = f"{sum(info.train_counts):,} training and {sum(info.test_counts):,} test images"
        ready = "" if info.ready else f". {info.note}"
        echo(f"{info.name}: {len(info.class_names)} classes, {images}{ready}")


@data.command()
@click.argument("name")
@json_option
@settings_options
def show(settings: Settings, name: str, as_json: bool) -> None:
    """Show a data set: its import's report, its duplicates, and the runs that used it."""
    view = _opened(settings, lambda db: _detail(db, settings, name))
    echo(json.dumps(view.model_dump(mode="json"), indent=2) if as_json else shown(view))


@data.command()
@click.argument("name")
@click.argument("new")
@settings_options
def rename(settings: Settings, name: str, new: str) -> None:
    """Give the imported data set NAME the name NEW; runs find it by the former one, too."""
    echo(
        f"It is {rename_dataset(settings, full_name(name), read(DatasetPatchBody, {'name': new}).name)} now."
    )


@data.command()
@click.argument("name")
@click.option("--runs", type=click.Choice(get_args(RunsToo)), default="refuse", help=_RUNS)
@click.option("--yes", is_flag=True, help="Do not ask.")
@settings_options
def delete(settings: Settings, name: str, runs: RunsToo, yes: bool) -> None:
    """Delete the imported data set NAME, unless a job on it has not ended, or runs used it."""
    view = _opened(settings, lambda db: _detail(db, settings, full_name(name)))
    if not yes:
        used = counted(view.used_by.runs, "run")
        click.confirm(f"Delete {view.name}, {size(view.bytes)}? {used} used it.", abort=True, err=True)
    _opened(settings, lambda db: delete_dataset(db, settings, view.name, runs))
    echo(f"{view.name} is deleted.")


def _opened(settings: Settings, work: Callable[[Database], ResultT]) -> ResultT:
    """Work on the board's database. Raises SetupError where there is no board."""
    check_board(settings)
    prepare(settings, _say)
    database = Database(settings.url)
    try:
        return work(database)
    finally:
        database.close()


def _detail(database: Database, settings: Settings, name: str) -> DatasetDetail:
    with database.read() as session:
        return dataset_detail(session, settings, name)


def has_person() -> bool:
    """Whether somebody is there to be asked."""
    return sys.stdin.isatty() and sys.stderr.isatty()


def _asked(error: NestedError) -> int:
    """The depth of the reading that the person at the terminal chooses."""
    echo(error.message, err=True)
    for number, reading in enumerate(error.readings, start=1):
        echo(f"  {number}  {reading.told}", err=True)
    chosen: int = click.prompt("Which", type=click.IntRange(1, len(error.readings)), err=True)
    return error.readings[chosen - 1].depth


def _say(text: str) -> None:
    echo(text, err=True)


def told(report: ImportReport) -> str:
    """The report for people: counts, classes, what was skipped and why."""
    modes = ", ".join(f"{mode} {number:,}" for mode, number in sorted(report.modes.items()))
    lines = [
        f"{report.dataset}: {len(report.classes)} classes, {report.train_images:,} training and "
        f"{report.test_images:,} test images of {report.image_size} x {report.image_size} (modes: {modes})",
        *(f"  {row.name}: {row.train:,} training, {row.test:,} test" for row in report.classes),
        *(f"Warning: {sentence}" for sentence in report.warnings),
    ]
    if report.litter:
        lines.append(f"Left out {report.litter:,} files of the system (.DS_Store and the like).")
    if report.skipped:
        lines.append(f"Skipped {len(report.skipped):,} files:")
        lines += [f"  {item.path}: {item.reason}" for item in report.skipped[:MOST_SKIPPED]]
    rest = len(report.skipped) - MOST_SKIPPED
    return "\n".join([*lines, *([f"  and {rest:,} more (--json names all)"] if rest > 0 else [])])


def full_name(name: str) -> str:
    """Of an imported data set that was named with or without its prefix."""
    return name if name.startswith(PREFIX) else PREFIX + name


def shown(view: DatasetDetail) -> str:
    """A data set for people."""
    lines = [
        f"{view.name}: {len(view.class_names)} classes of {view.image_size} x {view.image_size}, "
        f"{sum(view.train_counts):,} training and {sum(view.test_counts):,} test images, "
        f"{size(view.bytes)} on the disk",
        *([f"Formerly {', '.join(view.former_names)}"] if view.former_names else []),
        *(
            f"  {name}: {train:,} training, {test:,} test"
            for name, train, test in zip(view.class_names, view.train_counts, view.test_counts, strict=True)
        ),
        *(f"Warning: {sentence}" for sentence in view.warnings),
    ]
    if view.report is not None and view.report.originals is not None:
        least, most = view.report.originals.smallest, view.report.originals.largest
        lines.append(
            f"Files of {view.report.originals.different_sizes:,} sizes, {least.width} x {least.height} to "
            f"{most.width} x {most.height}; skipped: {view.report.skipped_files:,}"
        )
    if view.duplicates is None:
        lines.append("Nobody has looked for duplicates yet.")
    used = view.used_by
    return "\n".join([*lines, f"Used by {counted(used.runs, 'run')}, {used.waiting} of them not ended"])
