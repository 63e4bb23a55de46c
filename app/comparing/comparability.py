"""Which rows may be compared: on the same images, after equally many epochs, by one choice of the epoch.

Rows that differ in something else stand in one group and are subtracted; what else differs is named by
compare_warnings. Rows of different groups stand side by side and are never subtracted.
"""

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any, Literal, NamedTuple

from app.comparing.samples import At, Sample, data_of, images_of
from app.comparing.view import ConfigField
from app.formats import setting
from app.runs.naming import value_text
from app.store.tables import Run
from trainer.config_fields import as_text, flatten, leaf_fields
from trainer.config_meaning import NO_SETTING, null_is_a_value, shown, title_of

ChosenOn = Literal["validation", "test", "both", ""]
_SPLITS: dict[str, str] = {"both": "test or validation"}


class Conditions(NamedTuple):
    """What must be equal of two rows: data by field, their images, epochs, how the best one was chosen."""

    data: tuple[tuple[str, object], ...]
    images: str
    epochs: int
    chosen_on: ChosenOn


def conditions(chosen: Sequence[Sample], at: At) -> tuple[Conditions, ...]:
    """Of each row, in order."""
    images = images_of(run for sample in chosen for run in sample.runs)
    return tuple(_conditions(sample, images[sample.runs[0].id], at) for sample in chosen)


def _conditions(sample: Sample, images: str, at: At) -> Conditions:
    epochs, chosen = sample.config["optim"]["epochs"], chosen_on(sample.counted) if at == "best" else ""
    return Conditions(data_of(sample.config), images, epochs, chosen)


def chosen_on(runs: Sequence[Run]) -> ChosenOn:
    """What the best epochs of these runs were chosen on; "" where none has one."""
    kinds = {str(run.best["chosen_on"]) for run in runs if run.best}
    if len(kinds) > 1:
        return "both"
    return "validation" if "validation" in kinds else "test" if kinds else ""


def why_apart(one: Conditions, other: Conditions) -> str:
    """Why these two are not subtracted, in a few words; "" where they may be."""
    ours, theirs = dict(one.data), dict(other.data)
    for path, value in ours.items():
        if value != theirs[path]:
            return f"other {title_of(path).lower()} ({value_text(value)}, not {value_text(theirs[path])})"
    if one.images != other.images:
        return "other images under the same name"
    if one.epochs != other.epochs:
        return f"other epochs ({one.epochs}, not {other.epochs})"
    if one.chosen_on != other.chosen_on and one.chosen_on and other.chosen_on:
        ours_on, theirs_on = (_SPLITS.get(kind, kind) for kind in (one.chosen_on, other.chosen_on))
        return f"best epoch chosen on {ours_on}, not on {theirs_on}"
    return ""


def most_alike(found: Mapping[str, Conditions], labels: Sequence[str]) -> str:
    """Of these labels the first of the largest group that stands alike; "" of none."""
    counts = Counter(found[label] for label in labels)
    return max(labels, key=lambda label: counts[found[label]], default="")


def differences(configs: Sequence[Mapping[str, Any]]) -> tuple[ConfigField, ...]:
    """Differing fields of these settings, in form order; seeds, device and threads are no part of a setting.

    "" stands where a field has no effect; a row without a configuration ({}) has "" everywhere. A field that
    labels say only when it is changed is left out where it has its default in every row that has it.
    """
    flat = [flatten(config) for config in configs]
    known = [one for one in flat if one]
    found = []
    for path in leaf_fields():
        values = [one.get(path) for one in known]
        if path not in NO_SETTING and any(value != values[0] for value in values) and _tells(path, values):
            told = tuple(_text(one.get(path)) for one in flat)
            found.append(ConfigField(path=path, label=title_of(path), values=told))
    return tuple(found)


def _tells(path: str, values: Sequence[Any]) -> bool:
    """Whether some row has chosen here, and does not only have a field that others have not."""
    used = [value for value in values if value is not None or null_is_a_value(path)]
    default = as_text(leaf_fields()[path].default)
    return path not in shown("changed") or any(as_text(value) != default for value in used)


def _text(value: object) -> str:
    return "" if value is None else setting(value)
