"""Fills the comparison of runs: a row a setting, its figures over seeds, and what it gains on a baseline."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence

from sqlalchemy.orm import Session

from app.errors import InvalidError
from app.views.compare import CompareClass, CompareRow, Comparison, Delta, Spread
from app.views.compare_deltas import class_deltas, metric_delta, metric_deltas, pairs
from app.views.compare_differences import differences
from app.views.compare_published import contradictions, published_compare_rows
from app.views.compare_warnings import warnings_about
from app.views.observations import Between, observations
from app.views.published import PublishedRow
from app.views.samples import METRICS, At, RunFigures, Sample, figures_of, samples
from app.views.spread import mean_sd
from trainer.errors import FieldProblem

MOST_RUNS = 500


def comparison(
    session: Session,
    run_ids: Sequence[int],
    baseline: str | None = None,
    at: At = "last",
    published: Sequence[PublishedRow] = (),
) -> Comparison:
    """These runs by setting, settings in the order of their first run, after each run's last or best epoch.

    baseline: the label of a setting; None takes the only unweighted cross-entropy, if it is one; "" none.
    published: results to show below the settings, unpaired. Classes are those of the first run that has
    started, in the data set's own order; other runs' classes are matched by name. Raises NotFoundError
    for an unknown run, InvalidError for too many runs and for a baseline that is no setting's label.
    """
    chosen = checked_samples(session, run_ids)
    base = baseline_of(chosen, baseline)
    figures = figures_of(session, chosen, at)
    classes = _classes(chosen)
    settings = tuple(_row(sample, base, figures, classes) for sample in chosen)
    rows = settings + published_compare_rows(published, classes, [one.label for one in chosen])
    view = Comparison(
        classes=classes,
        epoch=at,
        chosen_on_test=at == "best" and _chosen_on_test(chosen),
        baseline=base.label if base else None,
        rows=rows,
        warnings=(*warnings_about(chosen), *contradictions(rows)),
        observations=(),
        differences=differences([row.config for row in rows]),
    )
    return view.model_copy(update={"observations": observations(view, _between(chosen, figures))})


def checked_samples(session: Session, run_ids: Sequence[int]) -> tuple[Sample, ...]:
    """The runs by setting. Raises NotFoundError, and InvalidError for too many runs."""
    wanted = tuple(dict.fromkeys(run_ids))
    if len(wanted) > MOST_RUNS:
        raise refused("runs", f"has {len(wanted)} runs; at most {MOST_RUNS} are compared at once")
    return samples(session, wanted)


def baseline_of(chosen: Sequence[Sample], label: str | None) -> Sample | None:
    """The setting to compare with, as `comparison` has it. Raises InvalidError for an unknown label."""
    if label is None:
        plain = [one for one in chosen if _is_plain(one)]
        return plain[0] if len(plain) == 1 else None
    found = {one.label: one for one in chosen}
    if label and label not in found:
        raise refused("baseline", f"{label!r} is not the label of a setting here")
    return found.get(label)


def refused(path: str, message: str) -> InvalidError:
    """The error that names what was wrong with the request."""
    return InvalidError("The comparison was refused.", fields=[FieldProblem(path, message)])


def _row(
    sample: Sample,
    baseline: Sample | None,
    figures: Mapping[int, RunFigures],
    classes: Sequence[CompareClass],
) -> CompareRow:
    seen = {run.id: figures[run.id] for run in sample.counted if run.id in figures}
    paired = pairs(sample, baseline, figures) if baseline and baseline is not sample else []
    deltas = metric_deltas(paired)
    return CompareRow(
        label=sample.label,
        kind="setting",
        run_ids=tuple(run.id for run in sample.runs),
        n=len(seen),
        setting_hash=sample.runs[0].setting_hash,
        config=sample.runs[0].config,
        states=dict(Counter(run.state for run in sample.runs)),
        epochs=tuple(seen[run.id].epoch if run.id in seen else None for run in sample.runs),
        metrics={name: spread(one.metrics[name] for one in seen.values()) for name in METRICS},
        classes=tuple(spread(one.recall.get(column.name) for one in seen.values()) for column in classes),
        delta=deltas.get("accuracy"),
        deltas=deltas,
        class_deltas=class_deltas(paired, [column.name for column in classes]),
    )


def _between(chosen: Sequence[Sample], figures: Mapping[int, RunFigures]) -> Between:
    by_label = {one.label: one for one in chosen}

    def between(label: str, other: str, metric: str) -> Delta | None:
        return metric_delta(metric, pairs(by_label[label], by_label[other], figures))

    return between


def spread(values: Iterable[float | None]) -> Spread:
    """Mean and sd of the values that there are."""
    mean, sd = mean_sd([value for value in values if value is not None])
    return Spread(mean=mean, sd=sd)


def _classes(chosen: Sequence[Sample]) -> tuple[CompareClass, ...]:
    started = next((run.started for sample in chosen for run in sample.runs if run.started), None)
    if started is None:
        return ()
    columns = zip(started["class_names"], started["train_counts"], strict=True)
    return tuple(CompareClass(name=name, train_count=count) for name, count in columns)


def _chosen_on_test(chosen: Sequence[Sample]) -> bool:
    return any((run.best or {}).get("chosen_on") == "test" for one in chosen for run in one.counted)


def _is_plain(sample: Sample) -> bool:
    loss = sample.runs[0].config["loss"]
    return bool(loss["name"] == "cross_entropy" and loss["weighting"] == "none")
