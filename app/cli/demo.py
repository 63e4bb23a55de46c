"""`betaboard demo`: an installation that starts, trains small networks over seeds, and says what came out.

One sweep on shapes10 asks whether the loss or its learning rate lifts the tail: class-balanced focal loss
against cross-entropy, and against cross-entropy slowed down as much as the weights slow the other one, five
seeds each. The numbers and the verdict are those of the comparison view.
"""

import hashlib
import json
import sys
import webbrowser
from collections.abc import Callable, Iterator
from concurrent.futures import Future, wait
from contextlib import contextmanager
from threading import Event, Thread
from typing import Any

import click
from click.core import ParameterSource
from rich.console import Console
from rich.progress import BarColumn, Progress, TaskProgressColumn, TextColumn, TimeElapsedColumn

from app.cli.compare import BRIEF
from app.cli.options import settings_options
from app.cli.tables import MARKS, print_table, sheet_table
from app.cli.terminal import echo
from app.client import Client
from app.comparing.table.columns import CLASSES
from app.comparing.table.sheet import answers_in_full, sheet
from app.comparing.table.words import legend_text
from app.comparing.view import Comparison
from app.errors import SetupError
from app.lifecycle import State
from app.serving.processes import Processes
from app.serving.signals import INTERRUPTED, SignalEvent, stop_on_signals
from app.settings import Settings
from app.urls import compare_sweep_page, sweep_page
from app.views.preview.view import Preview
from app.views.sweeps.view import SweepDetail
from trainer.config import parse_config
from trainer.control import scaled_to

LOOK_SECONDS = 0.5
SERVER_ENDED = 2
TAG = "demo"
BASE: dict[str, Any] = {
    "data": {"dataset": "shapes10", "validation_fraction": 0.1},
    "model": {"width": 16},
    "loss": {"name": "focal", "weighting": "class_balanced", "beta": 0.997},
    "optim": {"epochs": 6, "milestones": [4, 5]},
}
"""Six epochs of fifteen such runs are about a minute and a half on two cores."""
SEEDS = (0, 1, 2, 3, 4)

_PLAIN = {"loss.name": "cross_entropy", "loss.weighting": "none"}


def launch(board: Client) -> SweepDetail:
    """The demo's sweep: the one from before, with what broke in it queued again, or a new one."""
    preview = board.validate(BASE)
    asked: dict[str, Any] = {"base": BASE, "axes": {"seed": list(SEEDS)}, "baselines": baselines(preview)}
    known = hashlib.sha256(json.dumps([asked, preview.source]).encode()).hexdigest()
    sweep = board.launch_sweep(**asked, name="demo", tags=[TAG], idempotency_key=f"demo {known}")
    return board.retry_sweep(sweep.id) if "retry" in sweep.moves else sweep


def baselines(preview: Preview) -> list[dict[str, Any]]:
    """Cross-entropy; and cross-entropy times the mean weight of a training image, E[w], of the base.

    For gradient descent that is rate x E[w] with weight decay / E[w], as decay is no part of the loss.
    """
    slowed = scaled_to(parse_config(preview.config), preview.mean_weight or 1.0).optim
    scaled = {"optim.learning_rate": slowed.learning_rate, "optim.weight_decay": slowed.weight_decay}
    return [_PLAIN, _PLAIN | scaled]


def comparison(board: Client, sweep: SweepDetail) -> Comparison:
    """The settings side by side, against plain cross-entropy."""
    view = board.comparison(sweep=sweep.id)
    plain = [row.label for row in view.rows if row.setting_hash == sweep.rows[0].setting_hash]
    return board.comparison(sweep=sweep.id, baseline=plain[0]) if plain else view


@click.command()
@click.option("--exit", "then_exit", is_flag=True, help="End after the verdict instead of serving on.")
@click.option("--open", "open_browser", is_flag=True, help="Open the pages in a browser.")
@settings_options
def demo(settings: Settings, then_exit: bool, open_browser: bool) -> None:
    """Train small networks on an embedded long-tailed data set, compare two losses, and keep serving."""
    processes = Processes(_with_slots(settings), say=_say)
    stop = stop_on_signals(at_once=processes.kill, hurries=lambda: processes.imports)
    with processes, _tended(processes, stop) as ended:
        code = _code_of(lambda: _train_and_tell(processes.url, settings, ended, open_browser), ended)
        if code is not None and not then_exit:
            echo("Ctrl-C ends it; `betaboard serve` starts it again.")
            ended.wait()
            code = None
        interrupted = stop.is_set()
    if interrupted:
        _say("\nEnded. What is trained is kept; `betaboard demo` goes on from there.")
        code = INTERRUPTED
    sys.exit(SERVER_ENDED if code is None else code)


def _code_of(story: Callable[[], int], ended: Event) -> int | None:
    """The story's exit code, or None where the processes ended first.

    It is told by a thread that need not end with it: a request may wait for a process that is gone.
    """
    code: Future[int] = Future()

    def tell() -> None:
        try:
            code.set_result(story())
        except BaseException as error:
            code.set_exception(error)

    Thread(target=tell, daemon=True).start()
    while not code.done() and not ended.wait(LOOK_SECONDS / 5):
        pass
    wait((code,), timeout=LOOK_SECONDS)
    return code.result() if code.done() and not ended.is_set() else None


def _with_slots(settings: Settings) -> Settings:
    """As many slots as finish its sweep soonest, where the number was not asked for."""
    if settings.workers == 0:
        raise SetupError("The demo needs a slot to train in.", "Leave out --workers, or give 1 or more.")
    if click.get_current_context().get_parameter_source("workers") is not ParameterSource.DEFAULT:
        return settings
    return settings.model_copy(update={"workers": "auto"})


@contextmanager
def _tended(processes: Processes, stop: Event) -> Iterator[Event]:
    """Keeps web process and worker alive until `stop`, which the block's end sets; the event: they ended."""
    ended = SignalEvent()

    def tend() -> None:
        processes.run_until(stop)
        ended.set()

    thread = Thread(target=tend)
    thread.start()
    try:
        yield ended
    finally:
        stop.set()
        thread.join()


def _train_and_tell(url: str, settings: Settings, ended: Event, open_browser: bool) -> int:
    """Queue, follow, print; returns the exit code."""
    with Client(url, settings.token) as board:
        sweep = launch(board)
        page = board.url + sweep_page(sweep.id)
        what = f"{len(sweep.rows)} settings over {len(sweep.seeds)} seeds"
        echo(f"{sweep.counts.total} runs on shapes10, {what}. Watch them learn at {page}")
        if open_browser:
            webbrowser.open(page)
        sweep = _followed(board, sweep.id, ended)
        cells = [cell for row in sweep.rows for cell in row.cells if cell is not None]
        broken = [cell.run_id for cell in cells if cell.run_id and cell.state != State.COMPLETED]
        for run in map(board.run, broken):
            _say(f"Run {run.id}, {run.name}, is {run.state}: {run.error.message if run.error else ''}")
        _tell(board, sweep)
        return 1 if broken else 0


def _tell(board: Client, sweep: SweepDetail) -> None:
    """The table, and what it says in words."""
    view = comparison(board, sweep)
    echo("Recall on test after the last epoch, in percent (classes by training images):\n")
    print_table(sheet_table(sheet(view, ("accuracy", "balanced_accuracy", "tail", CLASSES)), is_turned=True))
    echo()
    made = sheet(view, BRIEF)
    print_table(sheet_table(made))
    if legend := legend_text(made, MARKS):
        echo(legend)
    echo("\nVerdict:")
    for sentence in answers_in_full(view):
        echo(f"- {sentence}")
    echo(f"\nCompare them at {board.url}{compare_sweep_page(sweep.id)}")


def _followed(board: Client, sweep_id: int, ended: Event) -> SweepDetail:
    """One bar over the epochs of all runs, until each run has ended."""
    columns = (BarColumn(), TaskProgressColumn(), TimeElapsedColumn(), TextColumn("{task.description}"))
    with Progress(*columns, console=Console(stderr=True)) as bar:
        task = bar.add_task("starting", total=1.0)
        while not ended.wait(LOOK_SECONDS):
            sweep = board.sweep(sweep_id)
            counts = sweep.counts
            told = f"{counts.completed} completed, {counts.running} running, {counts.queued} queued"
            bar.update(task, completed=sweep.fraction, description=told)
            if not counts.queued + counts.running:
                return sweep
    raise SetupError("The server ended before the runs did.", "Its messages are above.")


def _say(text: str) -> None:
    echo(text, err=True)
