"""Runs and classes as tables at a terminal. Names are text: never read as markup."""

import sys
from collections.abc import Sequence

from rich.console import Console
from rich.table import Table
from rich.text import Text

from app.comparing.parts import Spread
from app.comparing.verdicts.parting import p_said
from app.comparing.view import Comparison, Delta
from app.formats import DASH, ago, change, count, duration, percent, significant
from app.views.runs.view import RunDetail, RunSummary
from app.views.series.view import ClassTable
from trainer.metrics.table import METRICS
from trainer.visible import visible

_WIDE = 240
"""Columns where the output is no terminal, so that nothing is cut."""


def print_table(table: Table) -> None:
    """To standard output; as wide as need be where that is no terminal."""
    width = None if sys.stdout.isatty() else _WIDE
    Console(width=width, highlight=False).print(table)


def plain_table(title: str = "") -> Table:
    """An empty table without boxes."""
    said = Text(visible(title), style="table.title") if title else None
    return Table(title=said, box=None, title_justify="left", pad_edge=False, padding=(0, 2, 0, 0))


def run_table(runs: Sequence[RunSummary]) -> Table:
    """A line a run; accuracies in percent."""
    table = plain_table()
    for heading in ("run", "state", "name"):
        table.add_column(heading, justify="right" if heading == "run" else "left")
    for heading in ("epoch", "accuracy %", "balanced %"):
        table.add_column(heading, justify="right")
    table.add_column("queued")
    table.add_column("tags")
    for run in runs:
        last, epoch = run.last, f"{run.progress.epoch}/{run.progress.epochs}"
        accuracy, balanced = (last.test_accuracy, last.test_balanced_accuracy) if last else (None, None)
        figures = (epoch, percent(accuracy), percent(balanced))
        cells = (run.id, run.state, run.name, *figures, ago(run.created_at), ", ".join(run.tags))
        table.add_row(*(cell(str(value)) for value in cells))
    return table


def class_table(view: ClassTable) -> Table:
    """Classes by training images, largest first; recall and precision in percent."""
    table = plain_table(f"Classes after epoch {view.epoch}")
    table.add_column("class")
    for heading in ("training images", "recall %", "precision %"):
        table.add_column(heading, justify="right")
    for row in sorted(view.classes, key=lambda row: -row.train_count):
        cells = (row.name, count(row.train_count), percent(row.recall), percent(row.precision))
        table.add_row(*map(cell, cells))
    return table


def comparison_table(view: Comparison) -> Table:
    """A line a class, by training images, largest first; a column a row of the comparison; percent."""
    table = Table(box=None, pad_edge=False, padding=(0, 1, 0, 0))
    table.add_column(Text("class"))
    table.add_column(Text("images"), justify="right")
    for row in view.rows:
        table.add_column(
            Text(visible(row.label).replace("-", "-\n").replace(" ", "\n")),
            justify="right",
            vertical="bottom",
        )
    order = sorted(range(len(view.classes)), key=lambda index: -view.classes[index].train_count)
    for index in order:
        column = view.classes[index]
        cells = (percent(row.classes[index].mean) for row in view.rows)
        table.add_row(*map(cell, (column.name, count(column.train_count), *cells)))
    for metric in ("accuracy", "balanced_accuracy", "tail"):
        cells = (percent(row.metrics[metric].mean) for row in view.rows)
        table.add_row(*map(cell, (METRICS[metric].title.lower(), "", *cells)), style="bold")
    return table


def setting_table(view: Comparison) -> Table:
    """A line a setting: accuracy and groups in percent over its seeds, and what it gains on the baseline."""
    table = plain_table(f"Accuracy in %, mean ± SD; difference to {view.baseline or 'nothing'} in points")
    table.add_column("setting")
    others = ("balanced_accuracy", "head", "tail")
    for heading in (
        "n",
        "accuracy",
        "difference",
        "interval, adjusted",
        "verdict",
        "seeds needed",
        *(METRICS[name].title.lower() for name in others),
    ):
        table.add_column(heading, justify="right")
    for row in view.rows:
        means = (percent(row.metrics[name].mean) for name in others)
        cells = (row.label, str(row.n or DASH), _with_sd(row.metrics["accuracy"]), *_gain(row.delta), *means)
        table.add_row(*map(cell, cells))
    return table


def cell(text: str) -> Text:
    """A name or figure as text, never as markup or as an order to the terminal."""
    return Text(visible(text))


def _with_sd(spread: Spread) -> str:
    return percent(spread.mean) + ("" if spread.sd is None else f" ± {percent(spread.sd)}")


def _gain(delta: Delta | None) -> tuple[str, str, str, str]:
    """The interval is the one that holds for the whole table together, as the verdict does."""
    if delta is None:
        return DASH, DASH, DASH, DASH
    ends = delta.adjusted
    interval = DASH if ends is None else f"{change(ends.low)} to {change(ends.high)}"
    verdict = ", ".join(filter(None, [delta.verdict, p_said(delta)]))
    return change(delta.mean), interval, verdict, str(delta.seeds_needed or DASH)


def facts(run: RunDetail) -> str:
    """The run in a few lines."""
    lines = [
        f"Run {run.id}: {run.name}",
        f"state     {run.state}" + (f" ({run.waits_for})" if run.waits_for else ""),
    ]
    if run.error is not None:
        lines.append(f"error     {run.error.message} {run.error.hint}".rstrip())
    lines.append(f"setting   {', '.join(' '.join(chip) for chip in run.chips)}")
    left = f", {duration(run.progress.eta_seconds)} to go" if run.progress.eta_seconds is not None else ""
    lines.append(f"epoch     {run.progress.epoch} of {run.progress.epochs}{left}")
    if run.last is not None:
        lines.append(
            f"last      accuracy {percent(run.last.test_accuracy)} %, balanced "
            f"{percent(run.last.test_balanced_accuracy)} %, test loss {significant(run.last.test_loss)}"
        )
    if run.best is not None:
        lines.append(
            f"best      accuracy {percent(run.best.test_accuracy)} % after epoch {run.best.epoch}, chosen on "
            f"{run.best.chosen_on}"
        )
    lines.append(f"tags      {', '.join(run.tags) or DASH}")
    return "\n".join([*lines, *(f"warning   {sentence}" for sentence in run.warnings)])
