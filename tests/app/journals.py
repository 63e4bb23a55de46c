"""Hand-made runs: events with plausible figures, journals of them, and a run that a worker has claimed."""

from collections.abc import Callable, Iterable
from typing import Any

from sqlalchemy import JSON, select, type_coerce, update
from sqlalchemy.orm import Session

from app.runs.drafts import Draft, drafted
from app.runs.queue import claim, enqueue_all
from app.settings import Settings
from app.store.clock import now
from app.store.engine import Database
from app.store.tables import Run
from trainer.config import RunConfig
from trainer.events import ENTRY, Entry, Epoch, Event, Started
from trainer.journal import Journal
from trainer.run_dir import RunDir

FIGURES = {
    "train_loss": 1.5, "train_accuracy": 0.4, "test_loss": 1.6, "test_accuracy": 0.5,
    "test_balanced_accuracy": 0.45, "test_geometric_mean": 0.2, "test_worst_class": 0.1, "test_macro_f1": 0.4,
    "test_head": 0.8, "test_medium": 0.4, "test_tail": 0.1, "test_many_shot": 0.7, "test_medium_shot": 0.3,
    "test_few_shot": None, "learning_rate": 0.1, "seconds": 2.0, "images_per_second": 1200.0, "images": 2400,
}  # fmt: skip


def started(classes: int = 2, **changes: Any) -> Started:
    """A start with `classes` classes of 100, 50, ... training images."""
    fields: dict[str, Any] = {
        "config": RunConfig(),
        "class_names": tuple(f"class {c}" for c in range(classes)),
        "train_counts": tuple(max(1, 100 >> c) for c in range(classes)),
        "validation_counts": (0,) * classes,
        "test_counts": (10,) * classes,
        "weights": None,
        "fingerprint": "f" * 64,
        "achieved_ratio": 2.0,
        "images_per_epoch": 150,
        "steps_per_epoch": 3,
        "parameters": 1000,
    }
    return Started(**fields | changes)


def epoch(number: int, classes: int = 2, **changes: Any) -> Epoch:
    """An epoch in which each of `classes` classes has 10 test images, 5 of them right."""
    confusion = [[0] * classes for _ in range(classes)]
    for true in range(classes):
        confusion[true][true] = 5
        confusion[true][(true + 1) % classes] += 5
    counts = {"support": (10,) * classes, "correct": (5,) * classes, "predicted": (10,) * classes}
    return Epoch(**{"epoch": number, "confusion": confusion, **FIGURES, **counts, **changes})


def write_journal(run_dir: RunDir, events: Iterable[Event]) -> None:
    """Append the events, as a run's process would."""
    with Journal(run_dir.events) as journal:
        for event in events:
            journal.append(event)


def write_long_journal(run_dir: RunDir, events: Iterable[Event]) -> None:
    """A new journal of many events, without waiting for the disk at each."""
    with run_dir.events.open("wb") as file:
        for seq, event in enumerate(events, start=1):
            file.write(ENTRY.dump_json(Entry(seq=seq, time=now(), event=event)) + b"\n")


def queued_alone(s: Session, draft: Draft) -> Run:
    """Queue it; a second stage as if its first one had been deleted since, so that it can be claimed."""
    first = draft.first_stage
    [run_id] = enqueue_all(s, [draft], first_stages={first.config_hash: 0} if first else {})
    run = s.get_one(Run, run_id)
    run.first_stage_id = None
    return run


def claimed(
    db: Database, settings: Settings, config: RunConfig | None = None, worker: str = "w1"
) -> tuple[int, RunDir]:
    """A new run that `worker` has just claimed, and its empty folder."""
    with db.write() as s:
        queued_alone(s, drafted(config or RunConfig(), "run"))
    with db.write() as s:
        run = claim(s, worker)
        assert run is not None
        folder = RunDir(settings.run_dir(run.id))
    folder.path.mkdir(parents=True)
    return run.id, folder


def change_configs(s: Session, change: Callable[[dict[str, Any]], object], of: int | None = None) -> None:
    """Change the configurations of all runs, or of one, as they are stored: as an earlier version did."""
    runs = Run.__table__
    stored = select(runs.c.id, type_coerce(runs.c.config, JSON))
    stored = stored if of is None else stored.where(runs.c.id == of)
    for run_id, config in s.execute(stored).all():
        change(config)
        s.execute(update(runs).where(runs.c.id == run_id).values(config=config))  # type: ignore[arg-type]
