"""Rows of a comparison before anything is subtracted: figures over seeds, progress, weight and rate."""

import hashlib
from collections import Counter
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from sqlalchemy.orm import Session

from app.comparing.comparability import chosen_on
from app.comparing.parts import ALPHA, Spread
from app.comparing.samples import At, RunFigures, Sample, is_uneven
from app.comparing.verdicts.tuning import RATE
from app.comparing.view import CompareClass, SettingRow
from app.lifecycle import State
from app.store.figures import scalars_of_runs
from app.views.rates import mean_weight_of
from trainer.metrics.table import METRICS, NAMES

if TYPE_CHECKING:
    from app.comparing.verdicts.judging import Judgement
from trainer.stages import NONE

_UNBOUNDED = {at for at, name in enumerate(NAMES) if METRICS[name].unit != "fraction"}


def setting_row(
    sample: Sample, figures: Mapping[int, RunFigures], classes: Sequence[CompareClass], at: At
) -> SettingRow:
    """The row of a sample, without intervals: those need all rows at once.

    A method of two stages has a rate in each, and so no one effective rate.
    """
    figures = sample.figures_in(figures)
    seen = {run.id: figures[run.id] for run in sample.counted if run.id in figures}
    started = next((run.started for run in sample.runs if run.started), None)
    weight = mean_weight_of(sample.config, started["train_counts"]) if started else None
    has_one_rate = sample.config["second_stage"]["name"] == NONE
    rate = sample.config["optim"]["learning_rate"]
    if sample.tuning and sample.tuning.path == RATE:
        rate = sample.tuning.chosen
    return SettingRow(
        label=sample.label,
        kind="setting",
        run_ids=tuple(run.id for run in sample.runs),
        n=len(seen),
        setting_hash=_hash_of(sample),
        config=sample.config,
        states=dict(Counter(run.state for run in sample.runs)),
        diverged=sum(run.diverged for run in sample.runs),
        complete=all(run.state == State.COMPLETED for run in sample.runs),
        progress=_progress(sample),
        epochs=tuple(seen[run.id].epoch if run.id in seen else None for run in sample.runs),
        chosen_on=chosen_on(sample.counted) if at == "best" else "",
        metrics={name: Spread.of(one.metrics.get(name) for one in seen.values()) for name in NAMES},
        classes=tuple(Spread.of(one.recall.get(column.name) for one in seen.values()) for column in classes),
        mean_weight=weight,
        effective_rate=weight * rate if weight is not None and has_one_rate else None,
        tuning=sample.tuning,
        adjusted=sample.adjusted.row if sample.adjusted else None,
    )


def _hash_of(sample: Sample) -> str:
    """Of the setting; of an adjusted row one of its own, so that it is not lit up with the setting's."""
    own = sample.runs[0].setting_hash
    if sample.adjusted is None:
        return own
    return hashlib.sha256(f"{own} {sample.adjusted.row.word.partition(':')[2]}".encode()).hexdigest()[
        : len(own)
    ]


def _possible(ends: list[float]) -> list[float]:
    """Cut to what a share can be, where it is one."""
    return [end if at in _UNBOUNDED else min(max(end, 0.0), 1.0) for at, end in enumerate(ends)]


def with_intervals(row: SettingRow, judged: "Judgement", place: int) -> dict[str, Any]:
    """The row's spreads with the intervals of their means, each alone at 95 %.

    The mean of a row with several subsets of images is that of its subsets' means, as in every difference.
    """
    low, high = (_possible(end[place].tolist()) for end in judged.means.interval(ALPHA))
    spreads = [*row.metrics.values(), *row.classes]
    means = [one.mean for one in spreads]
    if len(set(judged.scored.rows[place].subsets)) > 1:
        means = judged.means.mean[place].tolist()
    ends = zip(means, spreads, low, high, strict=True)
    found = [Spread(mean=mean, sd=one.sd, low=a, high=b) for mean, one, a, b in ends]
    size = len(row.metrics)
    return {"metrics": dict(zip(row.metrics, found, strict=False)), "classes": tuple(found[size:])}


def _progress(sample: Sample) -> str:
    """What is still to come of the row: "epoch 1 of 3" of a lone run, else how many are done."""
    open_runs = [run for run in sample.distinct if run.state != State.COMPLETED]
    if not open_runs:
        return ""
    if len(sample.distinct) == 1:
        run = open_runs[0]
        return run.state if run.state == State.QUEUED else f"{run.state}, epoch {run.epoch} of {run.epochs}"
    done = len(sample.distinct) - len(open_runs)
    states = Counter(run.state for run in open_runs)
    rest = ", ".join(f"{n} {state}" for state, n in states.items())
    return f"{done} of {len(sample.distinct)} runs done, {rest}"


def compared_classes(chosen: Sequence[Sample]) -> tuple[CompareClass, ...]:
    """Those of the first run that has started, in the data set's own order."""
    started = next((run.started for sample in chosen for run in sample.runs if run.started), None)
    if started is None:
        return ()
    columns = zip(started["class_names"], started["train_counts"], strict=True)
    return tuple(CompareClass(name=name, train_count=count) for name, count in columns)


def headline(figures: Mapping[int, RunFigures]) -> str:
    """Balanced accuracy where some class has more test images than another."""
    unequal = any(is_uneven(one.support) for one in figures.values())
    return "balanced_accuracy" if unequal else "accuracy"


def dead_units(
    session: Session, chosen: Sequence[Sample], figures: Mapping[int, RunFigures]
) -> dict[int, dict[str, float]]:
    """By run and layer, the share of units that are zero for every test image, after the row's epoch."""
    ids = [run.id for sample in chosen for run in sample.counted if run.id in figures]
    found: dict[int, dict[str, float]] = {}
    for run_id, key, epoch, value in scalars_of_runs(session, ids, ("dead_units/",)):
        if epoch == figures[run_id].epoch and value is not None:
            found.setdefault(run_id, {})[key.partition("/")[2]] = value
    return found
