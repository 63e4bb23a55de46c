"""What limits a comparison, as sentences: other data, epochs, rates, seeds, unfinished runs, the test set.

The loss may differ: it is compared. Rows on other data or after other epochs are not subtracted; others name
what else differs."""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from functools import partial
from typing import TYPE_CHECKING, Any

from app.comparing.comparability import Conditions
from app.comparing.continued import continued
from app.comparing.parts import ALPHA
from app.comparing.samples import RunFigures, Sample, experiment_of, has_no_tail, is_uneven, seeds_of
from app.comparing.unfinished import TO_COME
from app.comparing.verdicts.tuning import budgets, tunes_rate
from app.comparing.view import Changes
from app.formats import brief, gather, grouped, listed, percent
from app.lifecycle import State
from app.runs.naming import value_text
from app.store.tables import Run
from app.views.rates import rates_differ
from app.views.runs.warnings import data_warnings
from app.views.setting_labels import differing_fields
from trainer.config import LossConfig
from trainer.config_fields import flatten
from trainer.config_meaning import role_of, title_of
from trainer.losses import head_of

if TYPE_CHECKING:
    from app.comparing.verdicts.judging import Judgement

_MOST_NAMED = 4
_listed = partial(listed, most=_MOST_NAMED)
Figures = Mapping[int, RunFigures]


def warnings_about(
    chosen: Sequence[Sample], apart: Mapping[str, str], view: Changes, judged: "Judgement", figures: Figures
) -> tuple[str, ...]:
    """Every sentence that applies, the gravest first. apart: by label, why a row is not subtracted, or ""."""
    runs = [run for sample in chosen for run in sample.distinct]
    return (
        *_not_comparable(apart),
        *_other_fields(chosen, view),
        *_other_rates(chosen, view),
        *_trained_on(chosen),
        *continued(chosen, _MOST_NAMED),
        *_stopped(runs),
        *data_warnings(runs),
        *_test_set(view, figures),
        *_subsets(chosen),
        *_other_seeds(chosen, view),
        *_repeated(chosen),
        *_added_later(chosen, view),
        *_diverged(runs),
        *_not_kept(judged),
        *filter(None, [budgets(chosen)]),
        *_pairing(view),
    )


def same_but_loss(chosen: Sequence[Sample], conditions: Mapping[str, Conditions], view: Changes) -> bool:
    """Whether the rows differ in their loss alone, the effective rate included."""
    paths = differing_fields([flatten(sample.config) for sample in chosen])
    alike = all(path.startswith("loss.") for path in paths) and not any(one.tuning for one in chosen)
    alike = alike and len({_head(one.config) for one in chosen}) < 2
    rates = [row.effective_rate for row in view.rows if row.effective_rate is not None]
    settings = [row for row in view.rows if row.kind == "setting"]
    known = len(rates) == len(settings) and not (rates and rates_differ(min(rates), max(rates)))
    return alike and known and len(set(conditions.values())) < 2


def _head(config: Mapping[str, Any]) -> str:
    """What kind of last layer the loss asks for."""
    try:
        return head_of(LossConfig.model_validate(config["loss"])).kind
    except ValueError:  # a plugin that is not loaded
        return str(config["loss"]["name"])


def _trained_on(chosen: Sequence[Sample]) -> Iterator[str]:
    """A second stage that trains has had more epochs than a row without one."""
    epochs = [flatten(one.config).get("second_stage.epochs") for one in chosen]
    if not any(epochs) or all(epochs):
        return
    more = [f"{one.label} ({many} more)" for one, many in zip(chosen, epochs, strict=True) if many]
    yield (
        f"After the epochs of the others, the last layer trains on in {_listed(more)}. A part of the "
        "difference may come from these epochs."
    )


def _added_later(chosen: Sequence[Sample], view: Changes) -> Iterator[str]:
    """Seeds that joined a setting whose first results could be seen, where no looks were planned."""
    later = []
    for one in chosen:
        first = min((run.finished_at for run in one.counted if run.finished_at), default=None)
        if first and any(run.created_at > first for run in one.counted):
            later.append(one.label)
    if later and view.alpha == ALPHA:
        yield (
            f"Seeds joined after the first results of {_listed(later)} could be seen. Who goes on until an "
            "answer is firm is wrong more often than 5 % (17 % over looks at each of 3 to 10 seeds)."
        )


def _not_comparable(apart: Mapping[str, str]) -> Iterator[str]:
    """Rows that stand beside the others and are not subtracted."""
    for why, labels in gather((why, label) for label, why in apart.items()).items():
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
        values = [_short(config.get(path)) for config in flat]
        by_value = gather(zip(values, [sample.label for sample in chosen], strict=True))
        field = f"{title_of(path).lower()} is {grouped(by_value.items(), _MOST_NAMED)}"
        yield f"The settings differ in more than the loss: {field}."


def _short(value: object) -> str:
    """A number to three digits: a control's rate is a long one."""
    return brief(value) if isinstance(value, float) else value_text(value)


def _other_rates(chosen: Sequence[Sample], view: Changes) -> Iterator[str]:
    """Class weights scale the gradient: equal learning rates may train at unequal ones.

    Weighted rows with a control beside them, and the controls, are told apart by the page itself.
    """
    controlled = {row.control_of for row in view.rows}
    others = (row for row in view.rows if not row.control_of and row.label not in controlled)
    known = [(row.label, row.effective_rate) for row in others if row.effective_rate is not None]
    if not known or not rates_differ(*(rate for _, rate in known)) or tunes_rate(chosen):
        return
    by_rate = gather((brief(rate), label) for label, rate in known)
    yield (
        f"Effective learning rates (rate times the mean weight of a training image, approximate) differ "
        f"by more than 10 %: {grouped(by_rate.items(), _MOST_NAMED)}."
    )


def _stopped(runs: Sequence[Run]) -> Iterator[str]:
    """Runs of which nothing more comes of itself: by run while they are few, else how many in which state."""
    stopped = [run for run in runs if run.state not in (State.COMPLETED, *TO_COME)]
    if len(stopped) > _MOST_NAMED:
        states = Counter(run.state for run in stopped)
        named = ", ".join(f"{count} {state}" for state, count in states.items())
        yield f"{len(stopped)} runs are not completed ({named}): they count for nothing yet."
        return
    for run in stopped:
        yield f"#{run.id} is {run.state} after epoch {run.epoch} of {run.epochs}: it counts for nothing yet."


def _test_set(view: Changes, figures: Figures) -> Iterator[str]:
    """That it is not balanced, that no class is of the tail, that epochs were chosen on it."""
    if view.headline != "accuracy":
        support = next((one.support for one in figures.values() if is_uneven(one.support)), {})
        name = max(support, key=lambda key: support[key])
        share = support[name] / sum(support.values())
        yield (
            f"The test set is not balanced: verdicts are of balanced accuracy, since always guessing {name} "
            f"would get an accuracy of {percent(share)} %."
        )
    if view.classes and has_no_tail([column.train_count for column in view.classes]):
        yield "All classes have equally many training images: there is no head, medium or tail."
    rows = [row.label for row in view.rows if row.chosen_on in ("test", "both")]
    if rows:
        chosen = f"The best epoch was chosen by looking at the test set in {_listed(rows)}"
        yield f"{chosen}: those figures are flattered."


def _subsets(chosen: Sequence[Sample]) -> Iterator[str]:
    several = [one.label for one in chosen if len({seeds_of(run)[1] for run in one.counted}) > 1]
    if several:
        differ = f"Subsets of images differ within {_listed(several)}"
        yield f"{differ}: intervals rest on the means of the subsets, not on single runs."


def _other_seeds(chosen: Sequence[Sample], view: Changes) -> Iterator[str]:
    if view.pairing != "paired":
        return
    seeds = [sorted(map(seeds_of, one.counted), key=lambda pair: (pair[0], pair[1] or 0)) for one in chosen]
    texts = [tuple(f"seed {a}" + (f" on subset {b}" if b else "") for a, b in pairs) for pairs in seeds]
    by_seeds = gather(zip(texts, [one.label for one in chosen], strict=True))
    if len(by_seeds) > 1:
        named = grouped([(_listed(names), labels) for names, labels in by_seeds.items()], _MOST_NAMED)
        yield f"Seeds are unequal (differences pair only those that both have): {named}."


def _repeated(chosen: Sequence[Sample]) -> Iterator[str]:
    """Equal experiments: which one counts, and whether a repeat came out otherwise."""
    for sample in chosen:
        for kept in sample.distinct:
            repeats = [run for run in sample.runs if experiment_of(run) == experiment_of(kept)]
            same = [run for run in repeats if run.id != kept.id]
            if same:
                others = _listed([f"#{run.id}" for run in same])
                text = f"{others} and #{kept.id} are one experiment; only #{kept.id} counts."
                yield text + _otherwise(kept, same)


def _otherwise(kept: Run, same: Sequence[Run]) -> str:
    done = [run for run in same if run.state == State.COMPLETED and run.test_accuracy != kept.test_accuracy]
    if not done or kept.state != State.COMPLETED:
        return ""
    named = _listed([f"#{run.id} {percent(run.test_accuracy)} %" for run in done])
    return f" They came out otherwise: accuracy {percent(kept.test_accuracy)} % there, {named}."


def _diverged(runs: Sequence[Run]) -> Iterator[str]:
    for run in runs:
        if run.diverged:
            yield f"#{run.id} diverged: its loss stopped being finite."


def _not_kept(judged: "Judgement") -> Iterator[str]:
    unkept = judged.scored.unkept
    if unkept and any(len(row.seeds) > 1 for row in judged.scored.rows):
        whose = "any row" if len(unkept) == len(judged.scored.rows) else _listed(unkept)
        yield (
            f"Predictions were not kept of {whose} (runs of an earlier version): intervals there cover "
            "seeds alone, not the choice of test images."
        )


def _pairing(view: Changes) -> Iterator[str]:
    """That nothing is adjusted; what pairing brought (little where seeds hardly correlate), and its cost."""
    if view.multiplicity == "none":
        yield "Intervals and verdicts are not adjusted: each errs with 5 % of its own."
    if view.pairing != "paired":
        return
    deltas = [(row.label, row.deltas.get(view.headline)) for row in view.rows]
    if known := [(label, one.correlation) for label, one in deltas if one and one.correlation is not None]:
        named = _listed([f"r = {r:.2f} for {label}" for label, r in known])
        yield f"Differences are paired by seed. Correlation with {view.baseline} over common seeds: {named}."
    if any(one for _, one in deltas):
        yield (
            "Who looks both ways, paired and over independent seeds, and keeps the one that answers errs "
            "more often than the intervals say: take the way that was chosen before the first run."
        )
