"""The figures that stand on a run's own row: its last epoch's, and the best epoch by the trainer's rule."""

from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import exists, func, or_, select
from sqlalchemy.orm import Session

from app.store.job_tables import FIGURE_KEYS
from app.store.tables import Epoch, Job, Run, Scalar
from trainer.events import Best
from trainer.progress import best_of

EPOCH_COLUMNS = frozenset(column.name for column in Epoch.__table__.columns)
NOT_TOLD = frozenset({"run_id", "time", "metrics"})
"""Columns that are none of an epoch's figures."""
_MEASURED = select(
    Epoch.epoch,
    Epoch.validation_loss,
    Epoch.validation_accuracy,
    Epoch.validation_balanced_accuracy,
    Epoch.test_balanced_accuracy,
    Epoch.diverged,
)
"""What decides which epoch is the best; whole rows of every epoch would be read anew after each epoch."""


def set_last(s: Session, run: Job) -> None:
    """Take the last finished epoch from the epochs table; a run without one has no figures."""
    newest = select(Epoch).where(Epoch.run_id == run.id).order_by(Epoch.epoch.desc()).limit(1)
    last = s.scalar(newest.execution_options(populate_existing=True))
    run.epoch = last.epoch if last else 0
    run.last = _figures(last) if last else None
    run.seconds = s.scalar(select(func.sum(Epoch.seconds)).where(Epoch.run_id == run.id))
    for key in FIGURE_KEYS:
        setattr(run, key, (run.last or {}).get(key))


def set_best(s: Session, run: Job, told: Best | None = None) -> None:
    """Take the best epoch: the one that the run told at its end, or the best of the epochs table."""
    found = told or best_of(s.execute(_MEASURED.where(Epoch.run_id == run.id).order_by(Epoch.epoch)))
    run.best = _best_figures(s, run, found) if found else None


def _best_figures(s: Session, run: Job, best: Best) -> dict[str, Any]:
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
    return {name: getattr(epoch, name) for name in names if name not in NOT_TOLD} | epoch.metrics


def scalars_of_runs(s: Session, run_ids: Sequence[int], prefixes: Sequence[str]) -> Sequence[Any]:
    """(run_id, key, epoch, value) of these runs' figures whose key begins with one of `prefixes`.

    By run, key and epoch, in one query. Prefixes are taken letter for letter.
    """
    begins = or_(*(Scalar.key.startswith(prefix, autoescape=True) for prefix in prefixes))
    query = select(Scalar.run_id, Scalar.key, Scalar.epoch, Scalar.value)
    chosen = query.where(Scalar.run_id.in_(run_ids), begins)
    return s.execute(chosen.order_by(Scalar.run_id, Scalar.key, Scalar.epoch)).all()


def newest_runs_with(s: Session, prefix: str, most: int) -> list[int]:
    """Ids of the newest runs, archived ones left out, that have a figure whose key begins with `prefix`.

    At most `most`, in ascending order. The prefix is taken letter for letter.
    """
    begins = Scalar.key.between(prefix, f"{prefix}\U0010ffff")  # as an index is searched
    has = exists().where(Scalar.run_id == Run.id, begins)
    query = select(Run.id).where(has, Run.archived_at.is_(None)).order_by(Run.id.desc()).limit(most)
    return sorted(s.execute(query).scalars())


def scalars_after(s: Session, run_id: int, epoch: int, prefix: str) -> dict[str, float | None]:
    """Key -> value of a run's figures after one epoch whose key begins with `prefix`, letter for letter."""
    chosen = select(Scalar.key, Scalar.value).where(Scalar.run_id == run_id, Scalar.epoch == epoch)
    rows = s.execute(chosen.where(Scalar.key.startswith(prefix, autoescape=True)).order_by(Scalar.key))
    return dict(rows.all())
