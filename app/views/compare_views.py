"""Fills the comparison of runs: a row a setting, its figures over seeds, and what it gains on a baseline."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

from sqlalchemy.orm import Session

from app.errors import InvalidError
from app.views.compare import (
    Changes,
    CompareClass,
    Compared,
    CompareRow,
    Comparison,
    Delta,
    SettingRow,
    Spread,
)
from app.views.compare_deltas import Pair, Side, class_deltas, metric_delta, metric_deltas, pairs
from app.views.compare_differences import differences
from app.views.compare_published import contradictions, published_compare_rows
from app.views.compare_warnings import warnings_about
from app.views.observations import observations
from app.views.published import PublishedRow
from app.views.samples import METRICS, At, RunFigures, Sample, figures_of, samples
from app.views.spread import mean_sd
from trainer.errors import FieldProblem

MOST_RUNS = 500


@dataclass(frozen=True)
class Comparing:
    """Runs by setting, with their figures; each view of them is filled once, and only when asked for."""

    chosen: tuple[Sample, ...]
    base: Sample | None
    at: At
    figures: Mapping[int, RunFigures]
    published: Sequence[PublishedRow] = ()

    @cached_property
    def compared(self) -> Compared:
        """Every row without what it gains. Classes are those of the first run that has started."""
        classes = _classes(self.chosen)
        return Compared(
            classes=classes,
            epoch=self.at,
            chosen_on_test=self.at == "best" and _chosen_on_test(self.chosen),
            baseline=self.base.label if self.base else None,
            rows=(*(_row(sample, self.figures, classes) for sample in self.chosen),
                  *published_compare_rows(self.published, classes, [one.label for one in self.chosen])),
        )  # fmt: skip

    @cached_property
    def changes(self) -> Changes:
        """Every row with what it gains on the baseline; published rows gain nothing."""
        view = self.compared
        names = [column.name for column in view.classes]
        gained = [_gaining(row, self._pairs(sample), names)
                  for sample, row in zip(self.chosen, view.rows, strict=False)]  # fmt: skip
        return Changes(**vars(view) | {"rows": (*gained, *view.rows[len(gained) :])})

    @cached_property
    def comparison(self) -> Comparison:
        """With warnings, observations and differing fields."""
        view = self.changes
        return Comparison(
            **vars(view),
            warnings=(*warnings_about(self.chosen), *contradictions(view.rows)),
            observations=observations(view, self._between),
            differences=differences([row.config for row in view.rows]),
        )

    def _pairs(self, sample: Sample) -> Sequence[Pair]:
        return pairs(sample, self.base, self.figures) if self.base and self.base is not sample else ()

    def _between(self, label: str, other: str, metric: str) -> Delta | None:
        by_label = {one.label: one for one in self.chosen}
        return metric_delta(metric, pairs(by_label[label], by_label[other], self.figures))


def comparing(
    session: Session,
    run_ids: Sequence[int],
    baseline: str | None = None,
    at: At = "last",
    published: Sequence[PublishedRow] = (),
) -> Comparing:
    """These runs by setting, settings in the order of their first run, after each run's last or best epoch.

    baseline: the label of a setting; None takes the only unweighted cross-entropy, if it is one; "" none.
    published: results to show below the settings, unpaired. Classes are those of the first run that has
    started, in the data set's own order; other runs' classes are matched by name. Raises NotFoundError
    for an unknown run, InvalidError for too many runs and for a baseline that is no setting's label.
    """
    chosen = checked_samples(session, run_ids)
    base = baseline_of(chosen, baseline)
    return Comparing(chosen, base, at, figures_of(session, chosen, at), published)


def comparison(
    session: Session,
    run_ids: Sequence[int],
    baseline: str | None = None,
    at: At = "last",
    published: Sequence[PublishedRow] = (),
) -> Comparison:
    """The whole comparison, on the terms of `comparing`."""
    return comparing(session, run_ids, baseline, at, published).comparison


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


def _row(sample: Sample, figures: Mapping[int, RunFigures], classes: Sequence[CompareClass]) -> SettingRow:
    seen = {run.id: figures[run.id] for run in sample.counted if run.id in figures}
    metrics, recalls = [one.metrics for one in seen.values()], [one.recall for one in seen.values()]
    return SettingRow(
        label=sample.label,
        kind="setting",
        run_ids=tuple(run.id for run in sample.runs),
        n=len(seen),
        setting_hash=sample.runs[0].setting_hash,
        config=sample.runs[0].config,
        states=dict(Counter(run.state for run in sample.runs)),
        epochs=tuple(seen[run.id].epoch if run.id in seen else None for run in sample.runs),
        metrics={name: _spread(metrics, name) for name in METRICS},
        classes=tuple(_spread(recalls, column.name) for column in classes),
    )


def _gaining(row: SettingRow, paired: Sequence[Pair], names: Sequence[str]) -> CompareRow:
    deltas = metric_deltas(paired)
    return CompareRow(
        **vars(row),
        delta=deltas.get("accuracy"),
        deltas=deltas,
        class_deltas=class_deltas(paired, names),
    )


def _spread(sides: Sequence[Side], name: str) -> Spread:
    """Mean and sd of the named figure, over the runs that have it."""
    mean, sd = mean_sd([value for side in sides if (value := side.get(name)) is not None])
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
