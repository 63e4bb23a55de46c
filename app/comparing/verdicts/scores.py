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

HitsOf = Mapping[tuple[str, int], Hits]
"""By label of a row and run id: an adjusted row has the runs of another."""


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
    known = [one for one in group if one.has_figures(figures)]
    names = [column.name for column in classes]
    owns = ((run.id, one.figures_in(figures)) for one in known for run in one.counted)
    first = next((own[run_id].support for run_id, own in owns if run_id in own), {})
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
) -> HitsOf:
    """By row and run, the answers after the very epoch of the figures, on one and the same test set."""
    read = {
        (one.label, run.id): (found, own[run.id].epoch)
        for one in known
        for own in [one.figures_in(figures)]
        for run in one.counted
        if run.id in own and (found := one.kept_in(kept).hits(run.id, at)) is not None
    }
    tests = {place: (one.source, len(one.right)) for place, (one, _) in read.items()}
    first = next(iter(tests.values()), None)
    return {
        place: one for place, (one, epoch) in read.items() if one.epoch == epoch and tests[place] == first
    }


def _labels(hits: HitsOf, at: At, kept: KeptPredictions) -> NDArray[np.int64] | None:
    """True class of each test image; None where no run kept its predictions."""
    found = (kept.predicted(run_id, "test", at) for _, run_id in hits)
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


def _row(sample: Sample, figures: Mapping[int, RunFigures], names: Sequence[str], hits: HitsOf) -> RowScores:
    figures = sample.figures_in(figures)
    runs = [run for run in sample.counted if run.id in figures]
    found = [figures[run.id] for run in runs]
    values = [[*(one.metrics[n] for n in NAMES), *(one.recall.get(n) for n in names)] for one in found]
    places = [(sample.label, run.id) for run in runs]
    whole = bool(runs) and all(place in hits for place in places)
    seeds = [seeds_of(run) for run in runs]
    return RowScores(
        values=np.array(values, dtype=float).reshape(len(runs), len(NAMES) + len(names)),
        hits=np.array([hits[place].right for place in places]) if whole else None,
        seeds=tuple(seed for seed, _ in seeds),
        subsets=tuple(subset for _, subset in seeds),
        dependence=tuned_dependence(len(sample.tuning.tried)) if sample.tuning else 1.0,
        networks=tuple(run.id for run in runs),
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
    runs = [
        [(run.id, own[run.id], one.kept_in(kept)) for run in one.counted if run.id in own]
        for one in known
        for own in [one.figures_in(figures)]
    ]
    if not runs or any(of.validation["balanced_accuracy"] is None for row in runs for _, of, _ in row):
        return tuple(row.values for row in rows), "test"
    found = [np.array([_on_validation(run, of, classes, at, by) for run, of, by in row]) for row in runs]
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
