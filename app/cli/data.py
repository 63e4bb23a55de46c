"""`betaboard data`: import images of one's own, and list the data sets that a run may name."""

import dataclasses
import json
import sys
from functools import partial
from pathlib import Path

import click

from app.cli.client_options import json_option
from app.cli.options import settings_options
from app.cli.terminal import echo
from app.settings import Settings
from trainer.data.findings import ImportReport
from trainer.data.folder import USUAL, import_folder
from trainer.data.nesting import LEAF, NestedError
from trainer.data.sources import list_datasets
from trainer.data.tiny_imagenet import SIZE as TINY
from trainer.data.tree import LARGEST, SMALLEST

MOST_SKIPPED = 20
_SIZE = f"Width and height that images are resized to; else {USUAL}, or {TINY}, Tiny-ImageNet's own."
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
    echo(
        f"Train on all of it: betaboard launch --set data.dataset={report.dataset} --set data.imbalance=none"
    )


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
