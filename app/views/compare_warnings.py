"""What makes rows not comparable, as sentences: other data, model, schedule, seeds; unfinished or diverged.

The loss may differ: it is what is compared. Some fields, such as the rate, are named as mere differences.
"""

from collections import Counter
from collections.abc import Hashable, Iterator, Sequence

from app.lifecycle import State
from app.store.tables import Run
from app.views.chips import value_text
from app.views.samples import Sample, seeds_of
from app.views.setting_labels import differing_fields
from trainer.config_fields import flatten, leaf_fields

_COMPARED = "loss."
_MERE_DIFFERENCES = ("data.augment", "model.width", "model.activation", "model.batch_norm",
                     "model.initial_bias", "model.dropout_conv", "model.dropout_fc", "optim.batch_size",
                     "optim.learning_rate", "optim.momentum", "optim.weight_decay")  # fmt: skip
_MOST_NAMED = 4


def warnings_about(chosen: Sequence[Sample]) -> tuple[str, ...]:
    """Every sentence that applies."""
    runs = [run for sample in chosen for run in sample.distinct]
    return (
        *_other_fields(chosen),
        *_other_images(runs),
        *_other_seeds(chosen),
        *_repeated(chosen),
        *_unfinished(chosen),
        *_diverged(runs),
    )


def _other_fields(chosen: Sequence[Sample]) -> Iterator[str]:
    flat = [flatten(sample.runs[0].config) for sample in chosen]
    for path in differing_fields(flat):
        if path.startswith(_COMPARED):
            continue
        groups: dict[str, list[str]] = {}
        for sample, config in zip(chosen, flat, strict=True):
            groups.setdefault(value_text(config.get(path)), []).append(sample.label)
        named = "; ".join(f"{value} in {_listed(labels)}" for value, labels in groups.items())
        yield _differs(path) + f" {named}."


def _differs(path: str) -> str:
    title = (leaf_fields()[path].title or path).lower()
    if path in _MERE_DIFFERENCES:
        return f"The settings differ in more than the loss: {title} is"
    return f"Not comparable because {title} differs:"


def _other_images(runs: Sequence[Run]) -> Iterator[str]:
    """Equal settings and seed of the data, yet other images: the data set was changed or imported anew."""
    alike: dict[str, dict[Hashable, list[str]]] = {}
    for run in runs:
        if run.started:
            group = alike.setdefault(repr(sorted(run.config["data"].items())), {})
            group.setdefault(run.started["fingerprint"], []).append(f"#{run.id}")
    for prints in alike.values():
        if len(prints) > 1:
            named = " and ".join(map(_listed, prints.values()))
            yield f"Not comparable because the training images differ between {named}."


def _other_seeds(chosen: Sequence[Sample]) -> Iterator[str]:
    groups: dict[tuple[str, ...], list[str]] = {}
    for sample in chosen:
        seeds = sorted((seeds_of(run) for run in sample.distinct), key=lambda one: (one[0], one[1] or 0))
        groups.setdefault(tuple(_seed_text(*one) for one in seeds), []).append(sample.label)
    if len(groups) > 1:
        named = "; ".join(f"{_listed(seeds)} in {_listed(labels)}" for seeds, labels in groups.items())
        yield f"Seeds are unequal (differences pair only those that both have): {named}."


def _seed_text(seed: int, subset_seed: int | None) -> str:
    return f"seed {seed}" + (f" on subset {subset_seed}" if subset_seed else "")


def _repeated(chosen: Sequence[Sample]) -> Iterator[str]:
    for sample in chosen:
        counts = {seeds_of(run): run.id for run in sample.distinct}
        for seeds, kept in counts.items():
            same = [run.id for run in sample.runs if seeds_of(run) == seeds and run.id != kept]
            if same:
                others = _listed([f"#{run_id}" for run_id in same])
                yield f"#{kept} repeats the experiment of {others}; only #{kept} counts."


def _unfinished(chosen: Sequence[Sample]) -> Iterator[str]:
    """By run while they are few, else how many in which state."""
    open_runs = [(run, run in one.counted) for one in chosen for run in one.distinct
                 if run.state != State.COMPLETED]  # fmt: skip
    if len(open_runs) > _MOST_NAMED:
        states = Counter(run.state for run, _ in open_runs)
        named = ", ".join(f"{count} {state}" for state, count in states.items())
        yield f"{len(open_runs)} runs are not completed ({named}): a row is of its completed ones, if any."
        return
    for run, counts in open_runs:
        so_far = f"its figures are those after epoch {run.epoch} of {run.epochs}"
        yield f"#{run.id} is {run.state}: {so_far if counts else 'its figures are left out of the means'}."


def _diverged(runs: Sequence[Run]) -> Iterator[str]:
    for run in runs:
        if (run.last or {}).get("diverged"):
            yield f"#{run.id} diverged: its loss stopped being finite."


def _listed(names: Sequence[str]) -> str:
    rest = len(names) - _MOST_NAMED
    return ", ".join(names[:_MOST_NAMED]) + (f" and {rest} more" if rest > 0 else "")
