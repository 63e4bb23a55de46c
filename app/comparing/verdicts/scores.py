"""Rows of one group as the statistics take them: a run's figures, and right or wrong for each test image.

Columns are the metrics, then the classes, in the comparison's order. A figure that is a mean over images has
weights over them; the others (geometric mean, macro-F1, worst class, loss) vary over seeds alone. A row
lacks predictions as soon as one of its runs does.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from app.comparing.samples import At, KeptPredictions, RunFigures, Sample, seeds_of
from app.comparing.statistics.table import Columns, Floats, RowScores, images_behind, tuned_dependence
from app.comparing.statistics.variance import mean_over_runs
from app.comparing.view import CompareClass
from app.store.predictions import Hits, Predicted
from trainer.metrics.outcome import Outcome, confusion_matrix
from trainer.metrics.table import METRICS, NAMES


@dataclass(frozen=True)
class Scored:
    """The rows of a group. `choosing` [K, M] is the mean that the best of a column is chosen by."""

    samples: tuple[Sample, ...]
    columns: Columns
    rows: tuple[RowScores, ...]
    choosing: Floats
    choices: tuple[Floats, ...]
    """By row, what `choosing` is the mean of: [n, M]."""
    chosen_by: Literal["validation", "test"]
    unkept: tuple[str, ...]
    """Labels of rows whose predictions were not kept."""


def scored(
    group: Sequence[Sample],
    figures: Mapping[int, RunFigures],
    classes: Sequence[CompareClass],
    at: At,
    kept: KeptPredictions,
) -> Scored:
    """Rows with at least one counted run, in order; `figures` as `figures_of` gives them."""
    known = [one for one in group if any(run.id in figures for run in one.counted)]
    names = [column.name for column in classes]
    run_ids = (run.id for one in known for run in one.counted)
    first = next((figures[run_id].support for run_id in run_ids if run_id in figures), {})
    support = np.array([first.get(name, 0) for name in names], dtype=float)
    hits = _test_hits(known, figures, at, kept)
    labels = _labels(hits, at, kept)
    columns = _columns(classes, labels, support)
    rows = tuple(_row(one, figures, names, hits if labels is not None else {}) for one in known)
    choices, chosen_by = _choices(known, figures, classes, rows, at, kept)
    means = [np.nan_to_num(mean_over_runs(one), nan=-np.inf) for one in choices]
    return Scored(
        samples=tuple(known),
        columns=columns,
        rows=rows,
        choosing=np.array(means).reshape(len(known), len(columns.names)),
        choices=choices,
        chosen_by=chosen_by,
        unkept=tuple(one.label for one, row in zip(known, rows, strict=True) if row.hits is None),
    )


def column_names(classes: Sequence[CompareClass]) -> tuple[str, ...]:
    """Names of the columns: metrics, then "class:0" and so on."""
    return (*NAMES, *(f"class:{at}" for at in range(len(classes))))


def _test_hits(
    known: Sequence[Sample], figures: Mapping[int, RunFigures], at: At, kept: KeptPredictions
) -> dict[int, Hits]:
    """By run id, what was kept of the very epoch that the figures are of, on one and the same test set."""
    ids = [run.id for one in known for run in one.counted if run.id in figures]
    read = {run_id: found for run_id in ids if (found := kept.hits(run_id, at)) is not None}
    current = {run_id: one for run_id, one in read.items() if one.epoch == figures[run_id].epoch}
    tests = {run_id: (one.source, len(one.right)) for run_id, one in read.items()}
    first = next(iter(tests.values()), None)
    return {run_id: one for run_id, one in current.items() if tests[run_id] == first}


def _labels(hits: Mapping[int, Hits], at: At, kept: KeptPredictions) -> NDArray[np.int64] | None:
    """True class of each test image; None where no run kept its predictions."""
    found = (kept.predicted(run_id, "test", at) for run_id in hits)
    labels = next((one.labels for one in found if one is not None), None)
    return None if labels is None else labels.astype("int64")


def _columns(classes: Sequence[CompareClass], labels: NDArray[np.int64] | None, support: Floats) -> Columns:
    shares = class_shares(classes, support)
    weights = None
    if labels is not None:
        per_image = np.divide(1.0, support, out=np.zeros_like(support), where=support > 0)
        weights = np.array([share[labels] * per_image[labels] for share in shares])
    images = np.array([images_behind(share, support) for share in shares])
    least = support[support > 0].min() if support.any() else 0.0
    for at, metric in enumerate(METRICS.values()):
        if metric.unit == "fraction" and metric.shares is None and metric.compared:
            images[at] = support.sum() if metric.rests_on == "all images" else least
    return Columns(column_names(classes), weights, labels, images)


def class_shares(classes: Sequence[CompareClass], support: Floats) -> Floats:
    """[M, C]: the share that each class's recall has in each column; zeros where it is no mean of recalls."""
    counts = np.array([column.train_count for column in classes], dtype=np.int64)
    shares = (metric.shares for metric in METRICS.values())
    of_metrics = [of(counts, support) if of else np.zeros(len(classes)) for of in shares]
    return np.vstack([*of_metrics, np.diag((support > 0).astype(float))])


def _row(
    sample: Sample, figures: Mapping[int, RunFigures], names: Sequence[str], hits: Mapping[int, Hits]
) -> RowScores:
    runs = [run for run in sample.counted if run.id in figures]
    found = [figures[run.id] for run in runs]
    values = [[*(one.metrics[n] for n in NAMES), *(one.recall.get(n) for n in names)] for one in found]
    whole = bool(runs) and all(run.id in hits for run in runs)
    seeds = [seeds_of(run) for run in runs]
    return RowScores(
        values=np.array(values, dtype=float).reshape(len(runs), len(NAMES) + len(names)),
        hits=np.array([hits[run.id].right for run in runs]) if whole else None,
        seeds=tuple(seed for seed, _ in seeds),
        subsets=tuple(subset for _, subset in seeds),
        dependence=tuned_dependence(len(sample.tuning.tried)) if sample.tuning else 1.0,
    )


def _choices(
    known: Sequence[Sample],
    figures: Mapping[int, RunFigures],
    classes: Sequence[CompareClass],
    rows: Sequence[RowScores],
    at: At,
    kept: KeptPredictions,
) -> tuple[tuple[Floats, ...], Literal["validation", "test"]]:
    """The figures to choose by: on validation where every run has them, else on test.

    Of a metric that validation does not tell (its predictions were not kept), validation accuracy is taken.
    """
    runs = [[run.id for run in one.counted if run.id in figures] for one in known]
    if not runs or any(figures[run].validation["balanced_accuracy"] is None for ids in runs for run in ids):
        return tuple(row.values for row in rows), "test"
    found = [np.array([_on_validation(run, figures[run], classes, at, kept) for run in ids]) for ids in runs]
    return tuple(found), "validation"


def _on_validation(
    run_id: int, figures: RunFigures, classes: Sequence[CompareClass], at: At, kept: KeptPredictions
) -> list[float]:
    held_out = figures.validation
    plain = held_out["balanced_accuracy"]
    known: dict[str, float | None] = dict.fromkeys(column_names(classes), plain)
    known |= {name: None for name, metric in METRICS.items() if metric.better == "lower"}
    seen = kept.predicted(run_id, "validation", at)
    if seen is not None and seen.epoch == figures.epoch:
        known |= _summary(seen, classes)
    known |= {name: value for name, value in held_out.items() if value is not None}
    return [np.nan if value is None else value for value in known.values()]


def _summary(found: Predicted, classes: Sequence[CompareClass]) -> dict[str, float | None]:
    labels, predicted = found.labels.astype("int64"), found.predicted.astype("int64")
    matrix = confusion_matrix(labels, predicted, len(classes))
    seen = Outcome(matrix, [column.train_count for column in classes])
    values = {name: metric.of(seen) for name, metric in METRICS.items()}
    return values | {f"class:{at}": value for at, value in enumerate(seen.recall.tolist())}
