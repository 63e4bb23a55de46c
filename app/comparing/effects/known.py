"""The settings whose fields are looked at: those on one test set that have the metric, with their scores."""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from typing import NamedTuple

import numpy as np

from app.comparing.comparability import chosen_on
from app.comparing.fill import ComparisonViews
from app.comparing.samples import At, Sample, data_of, source_of
from app.comparing.statistics.factorial import Factorial
from app.comparing.statistics.table import RowScores, narrowed
from app.comparing.verdicts.scores import scored
from app.comparing.view import SettingRow
from app.formats import counted, listed
from trainer.metrics.table import METRICS, NAMES

_NAMED = 3
_WHOLE = ("accuracy", "balanced_accuracy")
"""Means over all classes, whatever their training images."""


class Known(NamedTuple):
    """Settings in order, as samples and rows; their scores in the metric; what limits them, in sentences."""

    samples: tuple[Sample, ...]
    rows: tuple[SettingRow, ...]
    scores: Factorial
    run_ids: tuple[tuple[int, ...], ...]
    """By setting, of the runs that have the figure."""
    warnings: tuple[str, ...]


def known_settings(views: ComparisonViews, metric: str) -> Known:
    """Of these settings the largest group on equal test images whose epoch was chosen alike.

    Without rows of adjusted logits: they have the fields of the setting that they are of.
    """
    at, figures = views.options.at, views.figures
    runs = {
        one.label: tuple(
            run.id
            for run in one.counted
            if run.id in figures and figures[run.id].metrics.get(metric) is not None
        )
        for one in views.plain
    }
    having = [one for one in views.plain if runs[one.label]]
    groups = Counter(_images(one, at) for one in having)
    group = [one for one in having if _images(one, at) == groups.most_common(1)[0][0]]
    found = scored(group, figures, views.compared.classes, at, views.kept)
    rows, columns = narrowed(found.rows, found.columns, [NAMES.index(metric)])
    if metric not in _WHOLE and len({data_of(one.config) for one in group}) > 1:
        columns = replace(columns, weights=None, strata=None)  # the classes of a group differ with the data
    by_label = {row.label: row for row in views.compared.rows if row.kind == "setting"}
    return Known(
        samples=found.samples,
        rows=tuple(by_label[one.label] for one in found.samples),
        scores=Factorial(tuple(map(_defined, rows)), columns, views.options.how.pairing),
        run_ids=tuple(runs[one.label] for one in found.samples),
        warnings=tuple(_limits(views, runs, group, metric)),
    )


def _images(sample: Sample, at: At) -> tuple[object, ...]:
    """What must be equal; the training images may differ, as a field of their own."""
    kind = chosen_on(sample.counted) if at == "best" else ""
    return sample.config["data"]["dataset"], source_of(sample.runs[0]), kind


def _defined(row: RowScores) -> RowScores:
    """The runs that have the figure."""
    return row.of(np.flatnonzero(~np.isnan(row.values[:, 0])).tolist())


def _limits(
    views: ComparisonViews, runs: Mapping[str, Sequence[int]], group: Sequence[Sample], metric: str
) -> Iterator[str]:
    kept = [one.label for one in group]
    if apart := [label for label, ids in runs.items() if ids and label not in kept]:
        yield f"Left out, as on other test images or with a best epoch chosen on others: {_named(apart)}."
    if none := [label for label, ids in runs.items() if not ids]:
        yield f"Left out, without a completed run that has {METRICS[metric].spoken}: {_named(none)}."
    if read_again := [one.label for one in views.chosen if one.adjusted]:
        yield f"Left out, as adjusted after training: {_named(read_again)}."
    alone = [one.label for one in group if len(runs[one.label]) == 1]
    if alone and len(group) - len(alone) > 1:
        yield f"Drawn but in no difference, with a single run: {_named(alone)}."
    if views.options.at == "best" and any(chosen_on(one.counted) in ("test", "both") for one in group):
        yield "Best epochs were chosen on the test set: they flatter every setting."
    if views.look is not None:
        yield views.look.text


def _named(labels: Sequence[str]) -> str:
    return f"{counted(len(labels), 'setting')} ({listed(labels, _NAMED)})"
