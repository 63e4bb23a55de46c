"""`betaboard import`: bring runs that MLflow, TensorBoard or a CSV has recorded, in the database itself."""

import json
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from contextlib import closing
from pathlib import Path
from typing import Any

import click
from rich.table import Table

from app.cli.client_options import choice_option, json_option, texts_option
from app.cli.options import settings_options
from app.cli.tables import cell, plain_table, print_table
from app.cli.terminal import echo
from app.errors import InvalidError
from app.formats import DASH, percent
from app.imports.csv_history import read_csv
from app.imports.keep import Brought, bring, plan
from app.imports.mapping import FIGURES, MetricMap, Understood, understand
from app.imports.mlflow import read_mlflow
from app.imports.records import SourceRun
from app.imports.tensorboard import read_tensorboard
from app.serving.installation import prepare
from app.settings import Settings
from app.store.engine import Database
from app.store.imported import Kept
from trainer.visible import ascii_json

_MAP = (
    "Which metric is which: test_accuracy=acc, validation_accuracy=val_acc, class=recall/* and so on; may be "
    "given again."
)
_CSV_MAP = f"{_MAP} Also run=COLUMN, step=COLUMN, param=COLUMN."
_DRY = "Say what would be made, and make nothing."
_MOST_SHOWN = 50
Read = Callable[[Path, MetricMap], Iterable[SourceRun]]


@click.group("import")
def import_() -> None:
    """Bring runs that another tool has recorded, read-only. Done twice, it makes nothing twice."""


def _command(name: str, read: Read, about: str, map_about: str = _MAP) -> None:
    """A command that brings the runs of one tool."""

    @click.argument("path", type=click.Path(exists=True, path_type=Path))
    @texts_option("--map", "WHAT=NAME", map_about, "words")
    @choice_option("--unit", ["auto", "fraction", "percent"], "How accuracies stand; auto: percent above 1.")
    @click.option("--dry-run", is_flag=True, help=_DRY)
    @json_option
    @settings_options
    def command(
        settings: Settings, path: Path, words: Sequence[str], dry_run: bool, as_json: bool, **more: Any
    ) -> None:
        told = MetricMap.parse(words)
        found = understand(read(path, told), told, more["unit"])
        if not any(one.run.metrics for one in found):
            raise InvalidError(f"{path} holds {'runs without metrics' if found else 'no runs'}.")
        prepare(settings)
        with closing(Database(settings.url)) as database:
            brought = (plan if dry_run else bring)(database, found, str(path))
        if as_json:
            click.echo(ascii_json(json.dumps(list(map(_as_json, brought)), indent=2)))
        else:
            _tell(brought, dry_run)

    import_.command(name, help=about)(command)


def _as_json(one: Brought) -> dict[str, Any]:
    run = one.run
    return {
        "id": one.id,
        "kept": one.kept,
        "name": run.run.name,
        "experiment": run.run.experiment,
        "state": run.run.state,
        "params": run.run.params,
        "metrics": {name: len(series) for name, series in run.run.metrics.items()},
        "figures": {name: {"metric": run.figures[name], "value": run.final(name)} for name in run.figures},
        "classes": run.recall(),
        "percent": sorted(run.percent),
    }


def _tell(brought: Sequence[Brought], dry_run: bool) -> None:
    print_table(_table(brought[:_MOST_SHOWN]))
    if len(brought) > _MOST_SHOWN:
        echo(f"and {len(brought) - _MOST_SHOWN:,} more; --json names all")
    _say_mapping([one.run for one in brought])
    counts = Counter(one.kept for one in brought)
    words: dict[Kept, str] = {"new": "new", "changed": "changed since", "same": "there already"}
    said = ", ".join(f"{counts[kept]} {word}" for kept, word in words.items() if counts[kept])
    echo(f"{'Would be' if dry_run else 'Now'}: {said}.")
    if not dry_run:
        echo("They stand at /imported, and at /published as rows to compare with.")


def _table(brought: Sequence[Brought]) -> Table:
    """A line a run."""
    table = plain_table()
    for heading in ("run", "experiment", "state", "params", "metrics", "test %", "validation %", ""):
        table.add_column(heading)
    for one in brought:
        run = one.run.run
        sizes = str(len(run.params)), str(len(run.metrics))
        shares = [_percent(one.run.final(name)) for name in ("test_accuracy", "validation_accuracy")]
        texts = (run.name, run.experiment or DASH, run.state, *sizes, *shares, one.kept)
        table.add_row(*map(cell, texts))
    return table


def _percent(value: float | None) -> str:
    return DASH if value is None else percent(value)


def _say_mapping(runs: Sequence[Understood]) -> None:
    """Which metric was taken for what, and in which unit."""
    for figure in FIGURES:
        for metric in dict.fromkeys(run.figures[figure] for run in runs if figure in run.figures):
            unit = "percent" if any(metric in run.percent for run in runs) else "a fraction"
            echo(f"{figure} is {metric}" + ("." if figure.endswith("loss") else f", {unit}."))
    classes = {name for run in runs for name in run.classes}
    if classes:
        echo(f"Recall of {len(classes)} classes.")
    if not any("test_accuracy" in run.figures for run in runs):
        echo(
            "No metric is known to be an accuracy on test: name it with --map test_accuracy=METRIC.", err=True
        )


_command("mlflow", lambda path, _: read_mlflow(path), "PATH: MLflow's folder mlruns, or its database's file.")
_command(
    "tensorboard",
    lambda path, _: read_tensorboard(path),
    "PATH: a folder of TensorBoard logs; each folder in it with event files is a run.",
)
_command(
    "csv",
    lambda path, told: read_csv(path, told.columns),
    "PATH: a CSV with a line a step and a column a metric, or W&B's export of a history or chart.",
    _CSV_MAP,
)
