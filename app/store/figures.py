"""The figures that stand on a run's own row: those of its last epoch, and its best epoch.

The best epoch has the highest balanced accuracy on validation where the run has a validation split,
otherwise on test; a missing or non-finite figure neither wins nor blocks, and of equals the earlier wins.
"""

from typing import Any, Literal

from sqlalchemy import select
from sqlalchemy.orm import InstrumentedAttribute, Session

from app.store.tables import Epoch, Run
from trainer.events import Best

_NOT_FIGURES = frozenset({"run_id", "time"})


def set_last(s: Session, run: Run) -> None:
    """Take the last finished epoch from the epochs table; a run without one has no figures."""
    newest = select(Epoch).where(Epoch.run_id == run.id).order_by(Epoch.epoch.desc()).limit(1)
    last = s.scalar(newest.execution_options(populate_existing=True))
    run.epoch = last.epoch if last else 0
    run.last = _figures(last) if last else None
    run.test_accuracy = last.test_accuracy if last else None
    run.test_balanced_accuracy = last.test_balanced_accuracy if last else None


def set_best(s: Session, run: Run, told: Best | None = None) -> None:
    """Take the best epoch: the one that the run told at its end, or by the rule from the epochs table."""
    found = told or _best(s, run, "validation") or _best(s, run, "test")
    run.best = _best_figures(s, run, found) if found else None


def _best_figures(s: Session, run: Run, best: Best) -> dict[str, Any]:
    row = s.get(Epoch, (run.id, best.epoch))
    return {
        "epoch": best.epoch,
        "test_accuracy": row.test_accuracy if row else None,
        "test_balanced_accuracy": row.test_balanced_accuracy if row else None,
        "chosen_on": best.chosen_on,
    }


def _best(s: Session, run: Run, split: Literal["validation", "test"]) -> Best | None:
    if split == "test" and run.config["data"]["validation_fraction"] > 0:
        return None
    figure: InstrumentedAttribute[float | None] = getattr(Epoch, f"{split}_balanced_accuracy")
    ranked = select(Epoch.epoch, figure).where(Epoch.run_id == run.id, figure.is_not(None), ~Epoch.diverged)
    row = s.execute(ranked.order_by(figure.desc(), Epoch.epoch).limit(1)).first()
    return Best(epoch=row[0], value=row[1], chosen_on=split) if row and row[1] is not None else None


def _figures(epoch: Epoch) -> dict[str, Any]:
    names = (column.name for column in Epoch.__table__.columns)
    return {name: getattr(epoch, name) for name in names if name not in _NOT_FIGURES}
