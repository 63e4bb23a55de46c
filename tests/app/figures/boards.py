"""Hand-made views for figures: a run, its epochs, its classes, its confusions, a comparison."""

from collections.abc import Mapping, Sequence
from typing import Any

from app.comparing.curves import Curve, CurvePoint, Curves
from app.comparing.parts import Spread
from app.comparing.view import CompareClass, CompareRow, Comparison
from app.views.runs.confusion import ConfusionCounts
from app.views.runs.view import Progress, RunDetail
from app.views.series.view import ClassHistory, ClassRow, ClassTable, EpochLine
from trainer.config import as_json, parse_config, setting_hash
from trainer.metrics.table import NAMES

NASTY = "<img src=x onerror=alert(1)> & <b>co</b>"

NOT_KNOWN = """stop_requested waits_for sweep_id started_at finished_at archived_at last best error
fingerprint achieved_ratio images_per_epoch steps_per_epoch parameters mean_weight effective_rate"""
EMPTY = "chips sparkline tags classes warnings moves"
Known = float | None


def config(**loss: Any) -> dict[str, Any]:
    return as_json(parse_config({"loss": loss}))


def run(settings: dict[str, Any] | None = None, epochs: int = 10, **changes: Any) -> RunDetail:
    given = settings or config()
    progress = dict.fromkeys(("step", "steps", "eta_seconds", "images_per_second"))
    plain: dict[str, Any] = dict.fromkeys(NOT_KNOWN.split()) | dict.fromkeys(EMPTY.split(), ())
    plain |= {"id": 3, "name": "a run", "state": "running", "created_at": "2025-11-25T03:00:00.000Z"}
    plain |= {"config": given, "config_hash": "c", "setting_hash": "s", "headline": "test_accuracy"}
    plain |= {"notes": "", "priority": 0, "attempt": 1, "diverged": False, "resumed_after_epoch": 0}
    plain |= {"progress": Progress(epoch=0, epochs=epochs, fraction=0.0, **progress), "provenance": {}}
    return RunDetail(**plain | changes)


def epochs(accuracy: Sequence[Known], **columns: Sequence[Any]) -> list[EpochLine]:
    """One row a value; other columns by name, None or a plain number where they are not given."""
    rows = []
    for at, value in enumerate(accuracy):
        fields: dict[str, Any] = {
            "epoch": at + 1,
            "train_loss": 1.0 / (at + 1),
            "train_accuracy": 0.5,
            "test_loss": 2.0 / (at + 1),
            "test_accuracy": value,
            "test_balanced_accuracy": value,
            "learning_rate": 0.1,
            "diverged": False,
            "validation_loss": None,
            "validation_accuracy": None,
        }
        rows.append(EpochLine(**fields | {name: column[at] for name, column in columns.items()}))
    return rows


def counts(classes: int) -> tuple[int, ...]:
    """From 10 up to 1000, smallest class first, so that order by count is not the data set's."""
    return tuple(int(10 * 100 ** (at / max(1, classes - 1))) for at in range(classes))


def names(classes: int) -> tuple[str, ...]:
    return tuple(f"class {at}" for at in range(classes))


def class_table(classes: int, recall: Sequence[Known] | None = None) -> ClassTable:
    values = recall or [at / classes for at in range(classes)]
    rows = tuple(
        ClassRow(
            class_id=at,
            name=names(classes)[at],
            train_count=counts(classes)[at],
            support=0 if values[at] is None else 10,
            correct=0,
            predicted=0,
            recall=values[at],
            precision=None,
        )
        for at in range(classes)
    )
    return ClassTable(epoch=2 if rows else None, classes=rows)


def history(classes: int, epochs: int) -> ClassHistory:
    recall = tuple(tuple(at / classes for _ in range(epochs)) for at in range(classes))
    return ClassHistory(
        epochs=tuple(range(1, epochs + 1)), names=names(classes), train_counts=counts(classes), recall=recall
    )


def confusion(
    matrix: Sequence[Sequence[int]], labels: Sequence[str], train: Sequence[int]
) -> ConfusionCounts:
    return ConfusionCounts(epoch=1, names=labels, train_counts=train, matrix=matrix)


def comparison(runs: int, classes: int = 10, labels: Sequence[str] | None = None) -> Comparison:
    rows = []
    for at in range(runs):
        settings = as_json(parse_config({"loss": {"name": "focal", "gamma": at / 10}, "seed": at}))
        rows.append(
            CompareRow(
                label=labels[at] if labels else f"run {at}",
                run_ids=(at + 1,),
                n=1,
                config=settings,
                setting_hash=setting_hash(parse_config(settings)),
                kind="setting",
                states={"completed": 1},
                epochs=(3,),
                delta=None,
                deltas={},
                class_deltas=(None,) * classes,
                metrics={
                    name: Spread(mean=0.1 * at if name == "accuracy" else None, sd=None) for name in NAMES
                },
                classes=tuple(Spread(mean=cls / classes if cls else None, sd=None) for cls in range(classes)),
            )
        )
    columns = tuple(
        CompareClass(name=name, train_count=n)
        for name, n in zip(names(classes), counts(classes), strict=True)
    )
    return Comparison(
        classes=columns,
        epoch="last",
        chosen_on_test=False,
        baseline=None,
        rows=tuple(rows),
        warnings=(),
        observations=(),
        differences=(),
    )


def curves(view: Comparison, means: Mapping[int, float | None] | None = None) -> Curves:
    """A curve for each row; the same `means` by epoch for all, or a gap and the row's accuracy at the end."""
    drawn = []
    for row in view.rows:
        by_epoch = means or {1: 0.1, 2: None, 3: row.metrics["accuracy"].mean}
        points = tuple(
            CurvePoint(
                epoch=epoch, step=10.0 * epoch, seconds=2.0 * epoch, mean=mean, sd=None, n=1, best=False
            )
            for epoch, mean in by_epoch.items()
        )
        drawn.append(Curve(label=row.label, setting_hash=row.setting_hash, config=row.config, points=points))
    return Curves(metric="test_accuracy", curves=tuple(drawn), baseline=view.baseline)
