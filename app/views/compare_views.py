"""Fills the comparison of runs, a row a run, and says what makes the rows not comparable."""

from collections import Counter
from collections.abc import Sequence
from typing import Literal

from sqlalchemy.orm import Session

from app.errors import InvalidError
from app.store import runs as run_store
from app.store import series
from app.store.tables import Run
from app.views.compare import CompareClass, CompareRow, Comparison, Spread
from app.views.compare_warnings import warnings_about
from app.views.series_views import ratio
from trainer.errors import FieldProblem

MOST_RUNS = 100
METRICS = ("accuracy", "balanced_accuracy", "geometric_mean", "macro_f1", "worst_class", "head", "medium",
           "tail", "many_shot", "medium_shot", "few_shot", "loss")  # fmt: skip

At = Literal["last", "best"]


def comparison(
    session: Session, run_ids: Sequence[int], baseline: str | None = None, at: At = "last"
) -> Comparison:
    """These runs side by side, in the given order, after their last or their best epoch.

    Classes are those of the first run that has started, in the data set's own order. Raises NotFoundError
    for an unknown run, InvalidError for too many runs and for a baseline that is no row's label.
    """
    wanted = list(dict.fromkeys(run_ids))
    if len(wanted) > MOST_RUNS:
        raise _refused("runs", f"has {len(wanted)} runs; at most {MOST_RUNS} are compared at once")
    runs = [run_store.get_run(session, run_id) for run_id in wanted]
    labels = _labels(runs)
    if baseline is not None and baseline not in labels:
        raise _refused("baseline", f"{baseline!r} is not the label of a row")
    classes = _classes(runs)
    curves = series.accuracy_curves(session, wanted)
    rows = tuple(
        _row(session, run, label, classes, curves[run.id], at)
        for run, label in zip(runs, labels, strict=True)
    )
    return Comparison(classes=classes, baseline=baseline, rows=rows, warnings=warnings_about(runs))


def _row(
    session: Session,
    run: Run,
    label: str,
    classes: Sequence[CompareClass],
    curve: Sequence[tuple[int, float | None]],
    at: At,
) -> CompareRow:
    epoch = _epoch(run, at)
    return CompareRow(
        label=label,
        run_ids=(run.id,),
        n=1,
        setting_hash=run.setting_hash,
        config=run.config,
        state=run.state,
        epoch=epoch,
        metrics=_metrics(session, run, epoch),
        classes=_recalls(session, run, classes, epoch),
        curve=tuple(curve),
    )


def _epoch(run: Run, at: At) -> int | None:
    if at == "best":
        return run.best["epoch"] if run.best else None
    return run.epoch or None


def _metrics(session: Session, run: Run, epoch: int | None) -> dict[str, Spread]:
    row = next((row for row in series.epochs(session, run.id) if row.epoch == epoch), None)
    return {name: Spread(mean=getattr(row, f"test_{name}", None), sd=None) for name in METRICS}


def _recalls(
    session: Session, run: Run, classes: Sequence[CompareClass], epoch: int | None
) -> tuple[Spread, ...]:
    """By class name, so that a run over other classes leaves gaps and never shifts a column."""
    names = (run.started or {}).get("class_names", ())
    rows = series.class_epochs(session, run.id, epoch) if epoch is not None else ()
    recall = {names[row.class_id]: ratio(row.correct, row.support) for row in rows}
    return tuple(Spread(mean=recall.get(column.name), sd=None) for column in classes)


def _classes(runs: Sequence[Run]) -> tuple[CompareClass, ...]:
    started = next((run.started for run in runs if run.started), None)
    if started is None:
        return ()
    columns = zip(started["class_names"], started["train_counts"], strict=True)
    return tuple(CompareClass(name=name, train_count=count) for name, count in columns)


def _labels(runs: Sequence[Run]) -> list[str]:
    """Names; with the number in front where two runs share one."""
    names = Counter(run.name for run in runs)
    return [run.name if names[run.name] == 1 else f"#{run.id} {run.name}" for run in runs]


def _refused(path: str, message: str) -> InvalidError:
    return InvalidError("The comparison was refused.", fields=[FieldProblem(path, message)])
