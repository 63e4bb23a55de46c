"""Recall of every class over the epochs, of runs that are watched: a finished epoch is read once."""

from dataclasses import dataclass
from itertools import takewhile
from operator import eq

from sqlalchemy.orm import Session

from app.store import runs as run_store
from app.store import series as store
from app.views.recent import Recent
from app.views.series.fill import classes_of
from app.views.series.view import ClassHistory

MOST_VALUES = 200_000
"""About 6 MB: ten runs of 100 classes and 200 epochs."""


@dataclass(frozen=True)
class _Known:
    """Recall of every class [E][C] after epochs [E], and the times at which they were stored [E]."""

    epochs: tuple[int, ...] = ()
    times: tuple[str, ...] = ()
    recall: tuple[list[float | None], ...] = ()


class Histories:
    """What is known of the runs asked for last, in bounded numbers; safe to share between threads."""

    def __init__(self, most_values: int = MOST_VALUES) -> None:
        self._known: Recent[_Known] = Recent(most_values, lambda known: sum(map(len, known.recall)))

    def of(self, session: Session, run_id: int) -> ClassHistory:
        """The run's. Raises NotFoundError."""
        names, counts = classes_of(run_store.get_run(session, run_id))
        grown = _grown(session, run_id, self._known.get(run_id) or _Known())
        self._known.put(run_id, grown)
        recall = tuple(zip(*grown.recall, strict=True)) or ((),) * len(names)
        return ClassHistory.model_construct(
            epochs=grown.epochs, names=names, train_counts=counts, recall=recall
        )


def _grown(session: Session, run_id: int, known: _Known) -> _Known:
    """With the epochs that followed. One that is trained again gets another time, as do all after it."""
    stored = list(store.curves_of_runs(session, [run_id], ("time",)))
    _, epochs, times = zip(*stored, strict=True) if stored else ((), (), ())
    same = sum(takewhile(bool, map(eq, times, known.times)))
    added = store.class_recall(session, run_id, after=epochs[same - 1] if same else 0)
    return _Known(epochs, times, (*known.recall[:same], *added.values()))
