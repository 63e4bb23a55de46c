"""Runs, classes, sweeps and comparisons as tables at a terminal. Names are text: never read as markup."""

import sys
from collections.abc import Sequence

from rich.console import Console
from rich.table import Table
from rich.text import Text

from app.cli.terminal import echo
from app.comparing.parts import mean_accuracy
from app.comparing.table.sheet import Mark, Sheet
from app.comparing.table.words import cells_of, texts
from app.formats import DASH, ago, count, counted, duration, percent, significant
from app.lifecycle import State
from app.requirements import as_words, in_words
from app.views.queue.view import QueueOrder
from app.views.runs.view import RunAttempt, RunDetail, RunSummary
from app.views.series.view import ClassTable
from app.views.sweeps.view import ExtensionPreview, SweepDetail, SweepPreview, SweepRow
from trainer.visible import visible

_WIDE = 240
"""Columns where the output is no terminal, so that nothing is cut."""
MARKS: dict[Mark, str] = {"best": "*", "tie": "~"}
"""What stands before a marked value of a comparison: characters, as a file has neither bold nor lines."""


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
    texts_left = ("state", "name", "queued", "tags")
    for heading in ("run", "state", "name", "epoch", "accuracy %", "balanced %", "queued", "tags"):
        table.add_column(heading, justify="left" if heading in texts_left else "right")
    for run in runs:
        last, epoch = run.last, f"{run.progress.epoch}/{run.progress.epochs}"
        accuracy, balanced = (last.test_accuracy, last.test_balanced_accuracy) if last else (None, None)
        figures = (epoch, percent(accuracy), percent(balanced))
        cells = (run.id, run.state, run.name, *figures, ago(run.created_at), ", ".join(run.tags))
        table.add_row(*(cell(str(value)) for value in cells))
    return table


def queue_table(order: QueueOrder) -> Table:
    """A line for each that waits, the next one first, with why."""
    table = plain_table()
    for heading in ("place", "id", "priority"):
        table.add_column(heading, justify="right")
    for heading in ("what", "name", "sweep", "requires", "why it waits"):
        table.add_column(heading)
    for job in order.items:
        place, sweep = job.place or DASH, job.sweep_id or DASH
        needs = ", ".join(as_words(job.requirements.model_dump())) or DASH
        kind = job.kind.replace("_", " ")
        cells = (place, job.id, job.priority, kind, job.name, sweep, needs, job.waits_for or DASH)
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


def sheet_table(made: Sheet, is_turned: bool = False) -> Table:
    """The table of a comparison, a line a setting; turned, a column a setting. Marks as MARKS has them."""
    cells = cells_of(made)
    lines = [texts(*cells.head), *cells.rows]
    heads, *rows = zip(*lines, strict=True) if is_turned else lines
    table = plain_table()
    for at, head in enumerate(heads):
        title = visible(head.main)
        title = title.replace("-", "-\n").replace(" ", "\n") if is_turned else title
        table.add_column(Text(title), justify="right" if at else "left", vertical="bottom")
    for row in rows:
        table.add_row(*(cell(" ".join(filter(None, [MARKS.get(one.mark, ""), one.text]))) for one in row))
    return table


def cell(text: str) -> Text:
    """A name or figure as text, never as markup or as an order to the terminal."""
    return Text(visible(text))


def facts(run: RunDetail) -> str:
    """The run in a few lines."""
    progress, last, best = run.progress, run.last, run.best
    waits = f" ({run.waits_for})" if run.waits_for else ""
    left = f", {duration(progress.eta_seconds)} to go" if progress.eta_seconds is not None else ""
    lines = [f"Run {run.id}: {run.name}", f"state     {run.state}{waits}"]
    if needs := in_words(run.requirements.model_dump()):
        lines.append(f"requires  {needs}")
    if run.error is not None:
        lines.append(f"error     {run.error.message} {run.error.hint}".rstrip())
    lines.append(f"setting   {', '.join(' '.join(chip) for chip in run.chips)}")
    if run.first_stage_id is not None:
        known = run.first_stage
        lines.append(f"upon      run {run.first_stage_id} ({known.state if known else 'deleted'})")
    if run.continued_from is not None:
        state = run.origin.state if run.origin else "deleted"
        origin = run.continued_from
        lines.append(f"goes on   from run {origin.id} ({state}) after its epoch {origin.epoch}")
    if run.second_stages:
        lines.append(f"under     {', '.join(f'run {one.id} ({one.state})' for one in run.second_stages)}")
    lines.append(f"epoch     {progress.epoch} of {progress.epochs}{left}")
    if last is not None:
        shares = (
            f"accuracy {percent(last.test_accuracy)} %, balanced {percent(last.test_balanced_accuracy)} %"
        )
        lines.append(f"last      {shares}, test loss {significant(last.test_loss)}")
    if best is not None:
        share = f"accuracy {percent(best.test_accuracy)} %"
        lines.append(f"best      {share} after epoch {best.epoch}, chosen on {best.chosen_on}")
    lines.append(f"tags      {', '.join(run.tags) or DASH}")
    lines += [f"attempt   {_attempt(one)}" for one in run.attempts]
    return "\n".join([*lines, *(f"warning   {sentence}" for sentence in run.warnings)])


def _attempt(one: RunAttempt) -> str:
    """Such as "2 on desk, 2026-01-02T03:04:05.678Z: crashed after epoch 4. Its process vanished."."""
    ended = "put back" if one.ended == State.QUEUED else one.ended or "under way"
    told = f"{one.attempt} on {one.host or DASH}, {one.started_at}: {ended}"
    after = f" after epoch {one.epoch}" if one.epoch else ""
    return f"{told}{after}" + (f". {one.reason}" if one.reason else "")


def preview_text(view: SweepPreview) -> str:
    """The sweep before its launch in a few lines."""
    time = "" if view.estimated_seconds is None else f", about {duration(view.estimated_seconds)}"
    lines = [f"{counted(view.runs, 'run')}: {len(view.reused)} used again, {view.new_runs} new{time}"]
    if view.first_stages:
        lines.append(f"stages    {counted(view.first_stages, 'run')} of them first stages for second ones")
    lines += [f"setting   {label}" for label in view.settings]
    if view.mean_weights != (1, 1):
        low, high = map(significant, view.effective_rates)
        rates = low if low == high else f"{low} to {high}"
        lines.append(f"rate      effectively {rates} (approximate: learning rate x mean weight of an image)")
    return "\n".join([*lines, *warning_lines(view.warnings)])


def warning_lines(warnings: Sequence[str]) -> list[str]:
    """A line each, as every command has them."""
    return [f"warning   {sentence}" for sentence in warnings]


def warn(warnings: Sequence[str]) -> None:
    """On standard error, so that what a program reads stays as it is."""
    for line in warning_lines(warnings):
        echo(line, err=True)


def extension_text(view: ExtensionPreview) -> str:
    """What an extension would add, in a line, and what to heed."""
    time = "" if view.estimated_seconds is None else f", about {duration(view.estimated_seconds)}"
    reused = f", and {view.cells_reused} used again" if view.cells_reused else ""
    told = f"{counted(view.cells_new, 'new run')}, {counted(view.epochs, 'epoch')}{time}{reused}"
    return "\n".join([told, *warning_lines(view.warnings)])


def sweep_table(view: SweepDetail) -> Table:
    """A line a setting: accuracy in percent for each seed, or the state of its run, and their mean."""
    table = plain_table()
    table.add_column("setting")
    for heading in (*view.seeds, "mean %"):
        table.add_column(cell(heading), justify="right")
    for row in view.rows:
        table.add_row(*map(cell, (row.label, *_seeds(row), percent(mean_accuracy(row)[0]))))
    return table


def _seeds(row: SweepRow) -> list[str]:
    return [
        DASH if cell is None else percent(cell.accuracy) if cell.state == State.COMPLETED else cell.state
        for cell in row.cells
    ]
