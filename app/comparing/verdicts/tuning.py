"""Settings that differ in their rate alone, as one row: each method at the rate that validation chose.

The rate of each seed's run is chosen by the validation figures of the other seeds, so that the figure which
is reported took no part in the choice; with one seed it did, and the row says so.
"""

import json
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from statistics import fmean
from typing import TYPE_CHECKING, Any

from app.comparing.baselines import refused
from app.comparing.parts import How, TriedValue, Tuning
from app.comparing.samples import RunFigures, Sample, Seeds, images_of, labels_on, seeds_of
from app.comparing.view import Changes, CompareRow, Observation
from app.formats import brief, change, gather, grouped
from app.store.tables import Run
from app.views.setting_labels import setting_fields
from trainer.config_fields import flatten, leaf_fields, nest
from trainer.config_meaning import title_of, tunable
from trainer.metrics.table import NAMES
from trainer.sweep_tuning import have_to_tune

if TYPE_CHECKING:
    from app.comparing.verdicts.scores import Scored

RATE = "optim.learning_rate"
_NAMED = 4
Scores = Mapping[int, float]
"""Balanced accuracy on validation by run id."""


def tuned_rows(chosen: Sequence[Sample], path: str, figures: Mapping[int, RunFigures]) -> tuple[Sample, ...]:
    """A row for all settings that are equal but for `path`, in the order of their first.

    A setting of one stage has its row as it is, beside those that tune a second one. Raises InvalidError for
    a field that is not `tunable` or that not every other setting has, and where a completed run has no
    validation figures.
    """
    configs = [flatten(one.config) for one in chosen]
    had = [name for name in tunable() if all(have_to_tune(configs, name))]
    if path not in had:
        raise refused("tuned", f"{path!r} is not tuned here; one of {', '.join(had)} may be")
    scores = _scores(chosen, figures)
    images = images_of(run for sample in chosen for run in sample.runs)
    keys = ((_rest(one.config, path), images[one.runs[0].id]) for one in chosen)
    groups = gather(zip(keys, chosen, strict=True))
    plain = [_at_default(group[0].config, path) for group in groups.values()]
    labels = labels_on(plain, [image for _, image in groups])
    rows = zip(labels, groups.values(), strict=True)
    return tuple(
        replace(group[0], label=label)
        if flatten(group[0].config)[path] is None
        else _row(label, group, path, scores, figures)
        for label, group in rows
    )


def _at_default(config: Mapping[str, Any], path: str) -> dict[str, Any]:
    """The configuration as a label is made of it that does not name the field."""
    flat = flatten(config)
    return nest(flat if flat[path] is None else flat | {path: leaf_fields()[path].default})


def tunes_rate(rows: Iterable[Sample | CompareRow]) -> bool:
    """Whether the learning rate is what is tuned."""
    return any(row.tuning is not None and row.tuning.path == RATE for row in rows)


def tuned_word(path: str) -> str:
    """What is tuned, in a sentence."""
    return "rate" if path == RATE else title_of(path).lower()


def budgets(chosen: Sequence[Sample]) -> str:
    """A warning where methods were given unequal numbers of rates; "" where they were not."""
    counts = gather((values_tried(one.tuning), one.label) for one in chosen if one.tuning)
    if len(counts) < 2:
        return ""
    return f"The budget of tuning is unequal, values tried: {grouped(sorted(counts.items()), _NAMED)}."


def values_tried(tuning: Tuning) -> int:
    """How many values have a run that counts."""
    return sum(one.n > 0 for one in tuning.tried)


def _scores(chosen: Sequence[Sample], figures: Mapping[int, RunFigures]) -> dict[int, float]:
    found = {}
    for run in (run for sample in chosen for run in sample.counted if run.id in figures):
        value = figures[run.id].validation["balanced_accuracy"]
        if value is None:
            problem = f"run {run.id} has no validation set to choose on; set data.validation_fraction"
            raise refused("tuned", problem)
        found[run.id] = value
    return found


def _row(
    label: str, group: Sequence[Sample], path: str, scores: Scores, figures: Mapping[int, RunFigures]
) -> Sample:
    ordered = sorted(group, key=lambda one: _value(one, path))
    by_seed: dict[Seeds, dict[int, Run]] = {}
    for place, sample in enumerate(ordered):
        for run in sample.counted:
            if run.id in scores:
                by_seed.setdefault(seeds_of(run), {})[place] = run
    runs = tuple(run for sample in group for run in sample.runs)
    if not by_seed:
        return Sample(label, runs, chosen=())
    places = {seeds: _chosen(ordered, seeds, there, scores) for seeds, there in by_seed.items()}
    overall = _chosen(ordered, None, dict.fromkeys(range(len(ordered))), scores)
    tuning = Tuning(
        path=path,
        tried=tuple(_tried(one, path, scores, figures, one is ordered[overall]) for one in ordered),
        chosen=_value(ordered[overall], path),
        seeds=tuple(_value(ordered[place], path) for place in places.values()),
        at_edge=len(ordered) > 1 and overall in (0, len(ordered) - 1),
        held_out=all(
            any(seeds_of(run) != seeds for run in ordered[place].counted if run.id in scores)
            for seeds, place in places.items()
        ),
    )
    first = (*ordered[overall].runs, *(run for run in runs if run not in ordered[overall].runs))
    reported = tuple(by_seed[seeds][place] for seeds, place in places.items())
    return Sample(f"{label}, tuned", first, tuning, reported)


def _chosen(
    ordered: Sequence[Sample], left_out: Seeds | None, candidates: Iterable[int], scores: Scores
) -> int:
    """The place whose mean over other seeds is highest, of equal ones the first.

    A place without other seeds is no candidate beside one that has them; where none has, its own decides.
    """
    found: dict[bool, dict[int, float]] = {True: {}, False: {}}
    for place in candidates:
        known = [run for run in ordered[place].counted if run.id in scores]
        others = [run for run in known if seeds_of(run) != left_out]
        if known:
            found[bool(others)][place] = fmean(scores[run.id] for run in others or known)
    means = found[True] or found[False]
    return max(means, key=lambda place: (means[place], -place))


def _tried(
    sample: Sample, path: str, scores: Scores, figures: Mapping[int, RunFigures], is_chosen: bool
) -> TriedValue:
    runs = [run.id for run in sample.counted if run.id in scores]
    test = [value for run in runs if (value := figures[run].metrics["balanced_accuracy"]) is not None]
    return TriedValue(
        value=_value(sample, path),
        n=len(runs),
        validation=fmean(scores[run] for run in runs) if runs else None,
        test=fmean(test) if test else None,
        chosen=is_chosen,
    )


def _value(sample: Sample, path: str) -> float:
    return float(flatten(sample.config)[path])


def _rest(config: Mapping[str, Any], path: str) -> str:
    return json.dumps(setting_fields(config, but=(path,)), sort_keys=True)


def without_tuning(
    view: Changes, untuned: Sequence[Sample], scores: "Callable[[Sequence[Sample]], Scored]"
) -> Iterator[Observation]:
    """How the leading row would stand without tuning; nothing of adjusted logits."""
    by_label = {row.label: row for row in view.rows if row.adjusted is None}
    lead, base = by_label.get(view.best or ""), by_label.get(view.baseline or "")
    if not lead or not base or lead is base or not lead.tuning or not base.tuning:
        return
    if deltas := at_one_rate(lead, base, untuned, scores, NAMES.index(view.headline)):
        word = tuned_word(lead.tuning.path)
        pair = f"Without tuning, {lead.label} against {base.label} at one {word} for both"
        yield Observation(
            text=f"{pair}, in points (95 %, each for itself): {deltas}.", figure="compare-table"
        )


def at_one_rate(
    row: CompareRow,
    base: CompareRow,
    untuned: Sequence[Sample],
    scores: Callable[[Sequence[Sample]], "Scored"],
    column: int,
) -> str:
    """Such as "0.02: +6.1 (+2.0 to +10.2); 0.1: ...", each interval for itself; "" without a shared rate."""
    from app.comparing.verdicts.judging import Judgement

    assert row.tuning is not None, "a tuned row"
    path, found = row.tuning.path, []
    for tried in row.tuning.tried:
        pair = [_at_value(one, untuned, path, tried.value) for one in (row, base)]
        group = [sample for sample in pair if sample is not None]
        if len(group) < 2:
            continue
        judged = Judgement(scores(group), 1, column, How("welch", "none"))
        if len(judged.scored.rows) < 2 or (delta := judged.delta(0, 1, column)) is None:
            continue
        ends = f" ({change(delta.low)} to {change(delta.high)})" if delta.low is not None else ""
        found.append(f"{brief(tried.value, 6)}: {change(delta.mean)}{ends}")
    return "; ".join(found)


def _at_value(row: CompareRow, untuned: Sequence[Sample], path: str, value: float) -> Sample | None:
    """The setting of this row that was trained with this value."""
    own = [one for one in untuned if not {run.id for run in one.runs}.isdisjoint(row.run_ids)]
    return next((one for one in own if _value(one, path) == value), None)
