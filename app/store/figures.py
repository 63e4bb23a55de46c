"""The figures that stand on a run's own row: its last epoch's, and the best epoch by the trainer's rule."""

from collections.abc import Mapping
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.store.tables import Epoch, Run
from trainer.events import Best
from trainer.progress import best_of

EPOCH_COLUMNS = frozenset(column.name for column in Epoch.__table__.columns)
_NOT_FIGURES = frozenset({"run_id", "time", "metrics"})


def set_last(s: Session, run: Run) -> None:
    """Take the last finished epoch from the epochs table; a run without one has no figures."""
    newest = select(Epoch).where(Epoch.run_id == run.id).order_by(Epoch.epoch.desc()).limit(1)
    last = s.scalar(newest.execution_options(populate_existing=True))
    run.epoch = last.epoch if last else 0
    run.last = _figures(last) if last else None
    run.test_accuracy = last.test_accuracy if last else None
    run.test_balanced_accuracy = last.test_balanced_accuracy if last else None


def set_best(s: Session, run: Run, told: Best | None = None) -> None:
    """Take the best epoch: the one that the run told at its end, or the best of the epochs table."""
    epochs = select(Epoch).where(Epoch.run_id == run.id).order_by(Epoch.epoch)
    found = told or best_of(s.scalars(epochs.execution_options(populate_existing=True)))
    run.best = _best_figures(s, run, found) if found else None


def _best_figures(s: Session, run: Run, best: Best) -> dict[str, Any]:
    row = s.get(Epoch, (run.id, best.epoch))
    return {
        "epoch": best.epoch,
        "test_accuracy": row.test_accuracy if row else None,
        "test_balanced_accuracy": row.test_balanced_accuracy if row else None,
        "chosen_on": best.chosen_on,
    }


def epoch_columns(told: Mapping[str, Any]) -> dict[str, Any]:
    """What an epoch tells, as its table holds it: a metric without a column of its own in the JSON."""
    found = {name: value for name, value in told.items() if name in EPOCH_COLUMNS}
    return found | {"metrics": {name: value for name, value in told.items() if name not in EPOCH_COLUMNS}}


def _figures(epoch: Epoch) -> dict[str, Any]:
    names = (column.name for column in Epoch.__table__.columns)
    return {name: getattr(epoch, name) for name in names if name not in _NOT_FIGURES} | epoch.metrics
