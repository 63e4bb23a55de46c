"""What a setting gains on another, paired by seeds: for every metric and every class.

A pair is a run of each setting with the same training seed and subset seed, both completed; a figure that one
of them lacks drops that pair for that figure.
"""

from collections.abc import Iterable, Mapping, Sequence

from app.lifecycle import State
from app.views.compare import Delta
from app.views.samples import METRICS, RunFigures, Sample, Seeds, seeds_of
from app.views.spread import paired_difference

Pair = tuple[RunFigures, RunFigures]
Side = Mapping[str, float | None]


def pairs(sample: Sample, baseline: Sample, figures: Mapping[int, RunFigures]) -> list[Pair]:
    """(sample's, baseline's) figures for each pair of seeds that both have completed."""
    ours, theirs = _by_seeds(sample, figures), _by_seeds(baseline, figures)
    return [(ours[seeds], theirs[seeds]) for seeds in ours if seeds in theirs]


def metric_deltas(paired: Sequence[Pair]) -> dict[str, Delta]:
    """By metric, the sample minus the baseline; a metric without a pair is left out."""
    sides = [(ours.metrics, theirs.metrics) for ours, theirs in paired]
    found = {name: _delta(name, name, sides) for name in METRICS}
    return {name: one for name, one in found.items() if one is not None}


def metric_delta(metric: str, paired: Sequence[Pair]) -> Delta | None:
    """One metric of METRICS; None without a pair."""
    return _delta(metric, metric, [(ours.metrics, theirs.metrics) for ours, theirs in paired])


def class_deltas(paired: Sequence[Pair], names: Iterable[str]) -> tuple[Delta | None, ...]:
    """Of the recall of each named class, in order; None without a pair."""
    sides = [(ours.recall, theirs.recall) for ours, theirs in paired]
    return tuple(_delta(f"recall {name}", name, sides) for name in names)


def _delta(metric: str, key: str, sides: Sequence[tuple[Side, Side]]) -> Delta | None:
    both = [(ours.get(key), theirs.get(key)) for ours, theirs in sides]
    differences = [ours - theirs for ours, theirs in both if ours is not None and theirs is not None]
    found = paired_difference(differences)
    if found is None:
        return None
    n, mean, sd, low, high, needed = found
    return Delta(metric=metric, n=n, mean=mean, sd=sd, low=low, high=high, seeds_needed=needed)


def _by_seeds(sample: Sample, figures: Mapping[int, RunFigures]) -> dict[Seeds, RunFigures]:
    return {
        seeds_of(run): figures[run.id]
        for run in sample.counted
        if run.state == State.COMPLETED and run.id in figures
    }
