"""What tells the runs of a list apart: for each, the fields in which they differ, and a short name.

The chips and the names that are stored say everything about a run; beside others most of that is repetition.
"""

from collections.abc import Hashable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from app.runs.naming import default_name, telling_paths, value_text
from app.views.setting_labels import loss_label
from trainer.config_fields import flatten
from trainer.config_meaning import null_is_a_value, short_word, shown

_DATA = "data.dataset"


@dataclass(frozen=True)
class RunLabel:
    """What a line of the list says: chips (label, value), loss with beta and seed first, and a name.

    name: "" where the run was named by its configuration, which the chips tell.
    """

    chips: tuple[tuple[str, str], ...]
    name: str


def tell_apart(runs: Mapping[int, tuple[str, Mapping[str, Any]]]) -> dict[int, RunLabel]:
    """By id, what each of these runs (name, configuration) says beside the others.

    A field that all share in which it has an effect is left out, but a lone run keeps its own. After loss and
    seed stands what takes most values.
    """
    flats = {run_id: flatten(config) for run_id, (_, config) in runs.items()}
    losses = {run_id: loss_label(config) for run_id, (_, config) in runs.items()}
    values = _values(list(flats.values()))
    differs = {path for path, found in values.items() if len(found) > 1 or len(runs) == 1} - {*shown("front")}
    same_loss = len(set(losses.values())) == 1 and len(runs) > 1
    told = {}
    for run_id, (name, config) in runs.items():
        flat = flats[run_id]
        paths = [path for path in telling_paths(flat) if path in differs]
        if len(values[_DATA]) > 1 and _DATA not in paths:
            paths.append(_DATA)
        paths.sort(key=lambda path: (path != "seed", -len(values[path])))
        first = () if same_loss else (("loss", losses[run_id]),)
        rest = ((short_word(path), _short(flat[path], values[path])) for path in paths)
        told[run_id] = RunLabel((*first, *rest), "" if name == default_name(config) else name)
    return told


def _short(value: object, among: set[Hashable]) -> str:
    """The value in as few digits, four at least, as keep it apart from `among` and near itself, 0 and 1."""
    numbers = [one for one in among if isinstance(one, float)]
    if isinstance(value, float):
        scale = min(abs(value), abs(1 - value))
        for digits in range(4, 10):
            text = f"{value:.{digits}g}"
            alike = [one for one in numbers if f"{one:.{digits}g}" == text]
            if len(alike) <= 1 and abs(float(text) - value) <= scale / 1000:
                return text
    return value_text(value)


def _values(flats: Sequence[Mapping[str, Any]]) -> dict[str, set[Hashable]]:
    """Each path's distinct values where it has an effect; none given is a value of some fields."""
    found: dict[str, set[Hashable]] = {}
    for flat in flats:
        for path, value in flat.items():
            known = found.setdefault(path, set())
            if value is not None or null_is_a_value(path):
                known.add(tuple(value) if isinstance(value, list) else value)
    return found
