"""Sweeps as text at a terminal: what one would do, and what its settings have come to."""

from collections.abc import Sequence

from rich.table import Table

from app.cli.tables import cell, plain_table
from app.comparing.parts import mean_accuracy
from app.formats import DASH, counted, duration, percent, significant
from app.lifecycle import State
from app.views.sweeps.view import ExtensionPreview, SweepDetail, SweepPreview, SweepRow


def preview_text(view: SweepPreview) -> str:
    """The sweep before its launch in a few lines."""
    time = "" if view.estimated_seconds is None else f", about {duration(view.estimated_seconds)}"
    lines = [f"{counted(view.runs, 'run')}: {len(view.reused)} used again, {view.new_runs} new{time}"]
    lines += [f"setting   {label}" for label in view.settings]
    if view.mean_weights != (1, 1):
        low, high = map(significant, view.effective_rates)
        rates = low if low == high else f"{low} to {high}"
        lines.append(f"rate      effectively {rates} (approximate: learning rate x mean weight of an image)")
    return "\n".join([*lines, *warning_lines(view.warnings)])


def warning_lines(warnings: Sequence[str]) -> list[str]:
    """A line each, as every command has them."""
    return [f"warning   {sentence}" for sentence in warnings]


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
