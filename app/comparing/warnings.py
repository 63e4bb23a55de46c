"""What limits a comparison, as sentences: other data, epochs, rates, seeds, unfinished runs, the test set.

The loss may differ: it is what is compared. Rows on other data or after other epochs are not subtracted; all
other fields are named as differences beside the loss.
"""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence

from app.comparing.comparability import Standing
from app.comparing.samples import RunFigures, Sample, experiment_of, has_no_tail, is_uneven, seeds_of
from app.comparing.unfinished import TO_COME
from app.comparing.verdicts.judging import ALPHA, Judgement
from app.comparing.verdicts.tuning import budgets
from app.comparing.view import Changes
from app.formats import grouped, listed, percent
from app.lifecycle import State
from app.runs.naming import value_text
from app.store.tables import Run
from app.views.data_warnings import data_warnings
from app.views.rates import rates_differ
from app.views.setting_labels import differing_fields
from trainer.config_fields import flatten
from trainer.config_meaning import role_of, title_of

_MOST_NAMED = 4
Figures = Mapping[int, RunFigures]


def warnings_about(
    chosen: Sequence[Sample], apart: Mapping[str, str], view: Changes, judged: Judgement, figures: Figures
) -> tuple[str, ...]:
    """Every sentence that applies, the gravest first. apart: by label, why a row is not subtracted, or ""."""
    runs = [run for sample in chosen for run in sample.distinct]
    return (
        *_not_comparable(apart),
        *_other_fields(chosen, view),
        *_other_rates(chosen, view),
        *_stopped(chosen),
        *data_warnings(runs),
        *_test_set(view, figures),
        *_no_tail(view),
        *_chosen_on_test(view),
        *_several_subsets(chosen),
        *_other_seeds(chosen, view),
        *_repeated(chosen),
        *_added_later(chosen, view),
        *_diverged(runs),
        *_not_kept(judged),
        *filter(None, [budgets(chosen)]),
        *_not_adjusted(view),
        *_paired(view),
    )


def same_but_loss(chosen: Sequence[Sample], standings: Mapping[str, Standing], view: Changes) -> bool:
    """Whether the rows differ in their loss alone, the effective rate included."""
    paths = differing_fields([flatten(sample.config) for sample in chosen])
    alike = all(role_of(path) == "compared" for path in paths) and not any(one.tuning for one in chosen)
    rates = [row.effective_rate for row in view.rows if row.effective_rate is not None]
    settings = [row for row in view.rows if row.kind == "setting"]
    known = len(rates) == len(settings) and not (rates and rates_differ(min(rates), max(rates)))
    return alike and known and len(set(standings.values())) < 2


def _added_later(chosen: Sequence[Sample], view: Changes) -> Iterator[str]:
    """Seeds that joined a setting whose first results could be seen, where no looks were planned."""
    later = [one.label for one in chosen if _grew(one)]
    if later and view.alpha == ALPHA:
        yield (
            f"Seeds joined after the first results of {listed(later, _MOST_NAMED)} could be seen. "
            "Who goes on until an answer is firm is wrong more often than 5 % (17 % over looks at each of "
            "3 to 10 seeds)."
        )


def _grew(one: Sample) -> bool:
    ends = [run.finished_at for run in one.counted if run.finished_at]
    return bool(ends) and any(run.created_at > min(ends) for run in one.counted)


def _not_comparable(apart: Mapping[str, str]) -> Iterator[str]:
    """Rows that stand beside the others and are not subtracted."""
    reasons: dict[str, list[str]] = {}
    for label, why in apart.items():
        reasons.setdefault(why, []).append(label)
    for why, labels in reasons.items():
        if why:
            yield f"Not comparable, so shown but not subtracted: {_listed(labels)}: {why}."


def _other_fields(chosen: Sequence[Sample], view: Changes) -> Iterator[str]:
    """A control is left out: it stands there to differ in rate and decay, as `two_by_two` recognises it."""
    controls = {row.label for row in view.rows if row.control_of}
    chosen = [sample for sample in chosen if sample.label not in controls]
    flat = [flatten(sample.config) for sample in chosen]
    tuned = {sample.tuning.path for sample in chosen if sample.tuning}
    for path in differing_fields(flat):
        if role_of(path) in ("compared", "data") or path == "optim.epochs" or path in tuned:
            continue
        groups: dict[str, list[str]] = {}
        for sample, config in zip(chosen, flat, strict=True):
            groups.setdefault(_short(config.get(path)), []).append(sample.label)
        told = f"{title_of(path).lower()} is {grouped(groups.items(), _MOST_NAMED)}"
        yield f"The settings differ in more than the loss: {told}."


def _short(value: object) -> str:
    """A number to three digits: a control's rate is a long one."""
    return f"{value:.3g}" if isinstance(value, float) else value_text(value)


def _other_rates(chosen: Sequence[Sample], view: Changes) -> Iterator[str]:
    """Class weights scale the gradient: equal learning rates may train at unequal ones.

    Weighted rows with a control beside them, and the controls, are told apart by the page itself.
    """
    controlled = {row.control_of for row in view.rows}
    others = (row for row in view.rows if not row.control_of and row.label not in controlled)
    rows = [row for row in others if row.effective_rate is not None]
    rates = [row.effective_rate for row in rows if row.effective_rate is not None]
    if not rates or not rates_differ(min(rates), max(rates)) or any(sample.tuning for sample in chosen):
        return
    groups: dict[str, list[str]] = {}
    for row, rate in zip(rows, rates, strict=True):
        groups.setdefault(f"{rate:.3g}", []).append(row.label)
    yield (
        f"Effective learning rates (rate times the mean weight of a training image, approximate) differ "
        f"by more than 10 %: {grouped(groups.items(), _MOST_NAMED)}."
    )


def _stopped(chosen: Sequence[Sample]) -> Iterator[str]:
    """Runs of which nothing more comes of itself: by run while they are few, else how many in which state."""
    open_runs = [
        run
        for one in chosen
        for run in one.distinct
        if run.state != State.COMPLETED and run.state not in TO_COME
    ]
    if len(open_runs) > _MOST_NAMED:
        states = Counter(run.state for run in open_runs)
        named = ", ".join(f"{count} {state}" for state, count in states.items())
        yield f"{len(open_runs)} runs are not completed ({named}): they count for nothing yet."
        return
    for run in open_runs:
        yield f"#{run.id} is {run.state} after epoch {run.epoch} of {run.epochs}: it counts for nothing yet."


def _test_set(view: Changes, figures: Figures) -> Iterator[str]:
    if view.headline == "accuracy":
        return
    support = next((one.support for one in figures.values() if is_uneven(one.support)), {})
    name = max(support, key=lambda key: support[key])
    share = support[name] / sum(support.values())
    yield (
        f"The test set is not balanced: verdicts are of balanced accuracy, since always guessing {name} "
        f"would get an accuracy of {percent(share)} %."
    )


def _no_tail(view: Changes) -> Iterator[str]:
    if view.classes and has_no_tail([column.train_count for column in view.classes]):
        yield "All classes have equally many training images: there is no head, medium or tail."


def _chosen_on_test(view: Changes) -> Iterator[str]:
    rows = [row.label for row in view.rows if row.chosen_on in ("test", "both")]
    if rows:
        yield (
            f"The best epoch was chosen by looking at the test set in {_listed(rows)}: those figures are "
            "flattered."
        )


def _several_subsets(chosen: Sequence[Sample]) -> Iterator[str]:
    subsets = {one.label: len({seeds_of(run)[1] for run in one.counted}) for one in chosen}
    several = [label for label, number in subsets.items() if number > 1]
    if several:
        yield (
            f"Subsets of images differ within {_listed(several)}: intervals rest on the means of the "
            "subsets, not on single runs."
        )


def _other_seeds(chosen: Sequence[Sample], view: Changes) -> Iterator[str]:
    if view.pairing != "paired":
        return
    groups: dict[tuple[str, ...], list[str]] = {}
    for sample in chosen:
        seeds = sorted((seeds_of(run) for run in sample.counted), key=lambda one: (one[0], one[1] or 0))
        groups.setdefault(tuple(_seed_text(*one) for one in seeds), []).append(sample.label)
    if len(groups) > 1:
        named = grouped([(_listed(seeds), labels) for seeds, labels in groups.items()], _MOST_NAMED)
        yield f"Seeds are unequal (differences pair only those that both have): {named}."


def _seed_text(seed: int, subset_seed: int | None) -> str:
    return f"seed {seed}" + (f" on subset {subset_seed}" if subset_seed else "")


def _repeated(chosen: Sequence[Sample]) -> Iterator[str]:
    """Equal experiments: which one counts, and whether a repeat came out otherwise."""
    for sample in chosen:
        for kept in sample.distinct:
            same = [
                run for run in sample.runs if experiment_of(run) == experiment_of(kept) and run.id != kept.id
            ]
            if same:
                others = _listed([f"#{run.id}" for run in same])
                said = f"{others} and #{kept.id} are one experiment; only #{kept.id} counts."
                yield said + _otherwise(kept, same)


def _otherwise(kept: Run, same: Sequence[Run]) -> str:
    told = [
        f"#{run.id} {percent(run.test_accuracy)} %"
        for run in same
        if run.state == State.COMPLETED and run.test_accuracy != kept.test_accuracy
    ]
    if not told or kept.state != State.COMPLETED:
        return ""
    return f" They came out otherwise: accuracy {percent(kept.test_accuracy)} % there, {_listed(told)}."


def _diverged(runs: Sequence[Run]) -> Iterator[str]:
    for run in runs:
        if (run.last or {}).get("diverged"):
            yield f"#{run.id} diverged: its loss stopped being finite."


def _not_kept(judged: Judgement) -> Iterator[str]:
    unkept = judged.scored.unkept
    if unkept and any(len(row.seeds) > 1 for row in judged.scored.rows):
        whose = "any row" if len(unkept) == len(judged.scored.rows) else _listed(unkept)
        yield (
            f"Predictions were not kept of {whose} (runs of an earlier version): intervals there cover "
            "seeds alone, not the choice of test images."
        )


def _not_adjusted(view: Changes) -> Iterator[str]:
    if view.multiplicity == "none":
        yield "Intervals and verdicts are not adjusted: each errs with 5 % of its own."


def _paired(view: Changes) -> Iterator[str]:
    """What pairing brought: little where seeds hardly move two settings together."""
    if view.pairing != "paired":
        return
    known = [
        (row.label, delta.correlation)
        for row in view.rows
        if (delta := row.deltas.get(view.headline)) and delta.correlation is not None
    ]
    if known:
        named = _listed([f"r = {r:.2f} for {label}" for label, r in known])
        yield f"Differences are paired by seed. Correlation with {view.baseline} over common seeds: {named}."


def _listed(names: Sequence[str]) -> str:
    return listed(names, _MOST_NAMED)
