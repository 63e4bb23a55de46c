"""What tells the runs of a list apart: for each, the fields in which they differ, and a short name.

The chips and the names that are stored say everything about a run; beside others most of that is repetition.
"""

from collections import defaultdict
from collections.abc import Hashable, Iterable, Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, Protocol

from app.runs.naming import default_name, short_text, telling_paths
from app.views.runs.configured import Configured
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


class Named(Protocol):
    """A run as far as a list tells it apart."""

    @property
    def id(self) -> int:
        """Its number."""

    @property
    def name(self) -> str:
        """As it is stored."""

    @property
    def config(self) -> Mapping[str, Any]:
        """Whole."""

    @property
    def config_hash(self) -> str:
        """Of everything but where it is trained, which tells nobody apart."""


def tell_apart(runs: Iterable[Named]) -> dict[int, RunLabel]:
    """By id, what each of these runs says beside the others.

    A field that all share in which it has an effect is left out, but a lone run keeps its own. After loss and
    seed stands what takes most values.
    """
    facts = {run.id: (run.name, _facts(Configured(run.config_hash, run.config))) for run in runs}
    values = _values(fact.values for _, fact in facts.values())
    differs = {path for path, found in values.items() if len(found) > 1 or len(facts) == 1} - {
        *shown("front")
    }
    same_loss = len({fact.loss for _, fact in facts.values()}) == 1 and len(facts) > 1
    told = {}
    for run_id, (name, fact) in facts.items():
        paths = [path for path in fact.paths if path in differs]
        if len(values[_DATA]) > 1 and _DATA not in paths:
            paths.append(_DATA)
        paths.sort(key=lambda path: (path != "seed", -len(values[path])))
        first = () if same_loss else (("loss", fact.loss),)
        rest = ((short_word(path), short_text(fact.flat[path], values[path])) for path in paths)
        told[run_id] = RunLabel((*first, *rest), "" if name == fact.name else name)
    return told


@dataclass(frozen=True)
class _Facts:
    """What a list needs of a configuration: by path its values, and those that count; loss, name, order."""

    flat: Mapping[str, Any]
    values: Mapping[str, Hashable]
    loss: str
    name: str
    paths: tuple[str, ...]


@lru_cache(maxsize=1024)
def _facts(of: Configured) -> _Facts:
    """Worked out once for equal configurations: a quarter of what a page of the list takes."""
    flat = flatten(of.config)
    values = {
        path: tuple(value) if isinstance(value, list) else value
        for path, value in flat.items()
        if value is not None or null_is_a_value(path)
    }
    return _Facts(flat, values, loss_label(of.config), default_name(of.config), tuple(telling_paths(flat)))


def _values(each: Iterable[Mapping[str, Hashable]]) -> dict[str, set[Hashable]]:
    """Each path's distinct values where it has an effect; none given is a value of some fields."""
    found: dict[str, set[Hashable]] = defaultdict(set)
    for values in each:
        for path, value in values.items():
            found[path].add(value)
    return found
