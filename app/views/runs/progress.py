"""How far a run is, and how pages say it: when they are loaded, and in each batch event afterwards."""

from collections.abc import Iterable, Mapping
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session, defer

from app.formats import count, duration
from app.lifecycle import State
from app.store.tables import Run
from app.views.base import View
from app.views.runs.view import Progress


class ProgressWords(View):
    """What a page says of a running run's progress; `done` is the fraction of the bar, 0..1."""

    done: float
    place: str
    """Epoch and step, such as "epoch 3 of 200, step 12 of 500"."""
    pace: str
    """Time to go and speed, such as "about 3 min 20 s left, 900 images/s"."""
    short: str
    """Both for a narrow place: "2/200, 3 min 20 s left"."""


def progress_words(progress: Progress, stop_requested: str | None) -> ProgressWords:
    """The words for a run that is running."""
    step = f", step {count(progress.step)} of {count(progress.steps)}" if progress.step else ""
    left = f"{duration(progress.eta_seconds)} left" if progress.eta_seconds is not None else ""
    ending = "stopping" if stop_requested else left
    speed = f", {count(progress.images_per_second)} images/s" if progress.images_per_second else ""
    rest = "stopping after this step" if stop_requested else f"about {left}" if left else "estimating"
    return ProgressWords(
        done=round(progress.fraction, 4),
        place=f"epoch {min(progress.epoch + 1, progress.epochs)} of {progress.epochs}{step}",
        pace=rest + speed,
        short=f"{progress.epoch}/{progress.epochs}" + (f", {ending}" if ending else ""),
    )


def words_of_runs(session: Session, run_ids: Iterable[int]) -> dict[int, ProgressWords]:
    """By id, of those of these runs that are running, in one query."""
    query = select(Run).where(Run.id.in_(set(run_ids)), Run.state == State.RUNNING)
    runs = session.scalars(query.options(defer(Run.started)))
    return {run.id: progress_words(progress_of(run), run.stop_requested) for run in runs}


def progress_of(run: Run) -> Progress:
    """By the run's own row."""
    batch = run.batch if run.state == State.RUNNING and run.batch else {}
    under_way = batch if batch.get("epoch") == run.epoch + 1 else {}
    step, steps = under_way.get("step"), under_way.get("steps")
    done = run.epoch + (step / steps if step and steps else 0.0)
    return Progress(
        epoch=run.epoch,
        epochs=run.epochs,
        step=step,
        steps=steps,
        fraction=min(1.0, done / run.epochs),
        eta_seconds=_eta(run, run.epochs - done, under_way),
        images_per_second=under_way.get("images_per_second") or (run.last or {}).get("images_per_second"),
    )


def _eta(run: Run, epochs_left: float, batch: Mapping[str, Any]) -> float | None:
    """Seconds to go: by the last epoch's duration, else by the speed of the first one under way."""
    if run.state != State.RUNNING:
        return None
    seconds = (run.last or {}).get("seconds")
    if seconds is None and batch.get("images_per_second"):
        seconds = batch["steps"] * run.config["optim"]["batch_size"] / batch["images_per_second"]
    return None if seconds is None else epochs_left * float(seconds)
